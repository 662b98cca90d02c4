//! Over sockets: connections, keep-alive, and an orderly end.

use std::{fs, net::SocketAddr, time::Duration};

use flags::Flags;
use flags_server::{BoundServer, Limits, Server};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

use crate::support::{ALL, server, soon};

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn start(server: Server) -> Running {
    let bound: BoundServer = server.listen("127.0.0.1:0".parse().unwrap()).bind().await.unwrap();
    let address = bound.local_addr();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(bound.run(async {
        // A sender that was dropped stops the server as well.
        let _ = stopped.await;
    }));
    Running { address, stop, task }
}

async fn connect(address: SocketAddr) -> TcpStream {
    soon(TcpStream::connect(address)).await.unwrap()
}

async fn write(stream: &mut TcpStream, text: &str) {
    soon(stream.write_all(text.as_bytes())).await.unwrap();
}

/// Reads until `what` is there.
async fn until(stream: &mut TcpStream, what: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains(what) {
        let count = soon(stream.read(&mut buffer)).await.unwrap();
        assert_ne!(count, 0, "the connection ended after {text:?}, before {what:?}");
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    text
}

/// Reads until the connection ends.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    soon(stream.read_to_string(&mut text)).await.unwrap();
    text
}

fn request(body: &str) -> String {
    format!("POST {ALL} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

// One connection serves many requests.
#[tokio::test]
async fn a_connection_is_kept() {
    let running = start(server()).await;
    let mut stream = connect(running.address).await;
    for _ in 0..3 {
        write(&mut stream, &request("{}")).await;
        assert!(until(&mut stream, "eventStreams").await.starts_with("HTTP/1.1 200 OK\r\n"));
    }
    drop(running.stop);
    assert_eq!(rest(&mut stream).await.find("HTTP"), None);
    soon(running.task).await.unwrap();
}

// C7: a file that is saved reaches the stream.
#[tokio::test]
async fn an_edit_of_the_file_reaches_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flags.toml");
    fs::write(&file, "[features.a]\nenabled = false\n").unwrap();
    let flags = Flags::builder().file(&file).build().unwrap();
    let running = start(Server::new(flags)).await;
    let mut stream = connect(running.address).await;
    write(&mut stream, "GET /ofrep/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(until(&mut stream, "retry: 2000").await.starts_with("HTTP/1.1 200 OK\r\n"));
    fs::write(&file, "[features.a]\nenabled = true\n").unwrap();
    until(&mut stream, "refetchEvaluation").await;
    let mut other = connect(running.address).await;
    write(&mut other, &request("{}")).await;
    assert!(until(&mut other, "eventStreams").await.contains(r#""value":true"#));

    // Stopping ends the stream in an orderly way, with its last chunk.
    running.stop.send(()).unwrap();
    assert!(rest(&mut stream).await.ends_with("0\r\n\r\n"));
    soon(running.task).await.unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}

// What is under way when the server stops is finished.
#[tokio::test]
async fn a_request_under_way_is_finished() {
    let running = start(server()).await;
    let mut stream = connect(running.address).await;
    let text = request("{}");
    let (first, second) = text.split_at(text.len() - 1);
    // The server reads the head, and waits for the rest of the body.
    write(&mut stream, &format!("{}{first}", request("{}"))).await;
    until(&mut stream, "eventStreams").await;
    running.stop.send(()).unwrap();
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    write(&mut stream, second).await;
    assert!(rest(&mut stream).await.contains("HTTP/1.1 200 OK\r\n"));
    soon(running.task).await.unwrap();
}

// A client that never finishes does not keep the server from stopping.
#[tokio::test]
async fn a_client_that_never_finishes_is_cut_off() {
    let mut limits = Limits::default();
    limits.drain = Duration::from_millis(50);
    let running = start(server().limits(limits)).await;
    let mut stream = connect(running.address).await;
    write(&mut stream, &format!("{}POST {ALL} HTTP/1.1\r\nContent-Length: 10\r\n\r\n{{", request("{}"))).await;
    until(&mut stream, "eventStreams").await;
    running.stop.send(()).unwrap();
    soon(running.task).await.unwrap();
    let mut text = String::new();
    // Closed or reset, as the system has it.
    let _ = soon(stream.read_to_string(&mut text)).await;
    assert_eq!(text, "");
}

// A head that does not arrive is not waited for.
#[tokio::test]
async fn a_head_that_does_not_arrive_is_not_waited_for() {
    let mut limits = Limits::default();
    limits.head_timeout = Duration::from_millis(50);
    let running = start(server().limits(limits)).await;
    let mut stream = connect(running.address).await;
    write(&mut stream, "POST / HTTP/1.1\r\nHost:").await;
    rest(&mut stream).await;
    drop(running.stop);
    soon(running.task).await.unwrap();
}

// Connections beyond the bound wait until one ends.
#[tokio::test]
async fn connections_are_bounded() {
    let mut limits = Limits::default();
    limits.connections = 1;
    let running = start(server().limits(limits)).await;
    let mut first = connect(running.address).await;
    write(&mut first, &request("{}")).await;
    until(&mut first, "eventStreams").await;
    let mut second = connect(running.address).await;
    write(&mut second, &request("{}")).await;
    // The first is served again, so the server is awake, and still the second has not been heard.
    write(&mut first, &request("{}")).await;
    until(&mut first, "eventStreams").await;
    let mut byte = [0; 1];
    let unheard = second.try_read(&mut byte).unwrap_err();
    assert_eq!(unheard.kind(), std::io::ErrorKind::WouldBlock);
    drop(first);
    assert!(until(&mut second, "eventStreams").await.starts_with("HTTP/1.1 200 OK\r\n"));
    drop(running.stop);
    soon(running.task).await.unwrap();
}
