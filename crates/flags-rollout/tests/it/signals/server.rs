//! A server on this machine that answers as it is told, and shows what it was asked.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use serde_json::json;

/// Far longer than anything here takes; a test that waits this long has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A request as it arrived.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// A field of the query, wherever it was sent.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let address = self.line.split(' ').nth(1).unwrap_or_default();
        let fields = address.split_once('?').map_or(&*self.body, |(_, fields)| fields);
        fields
            .split('&')
            .filter_map(|field| field.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}

/// What is answered to a request; `None` for a connection that stays open without an answer.
type Answering = Box<dyn FnMut(&Request) -> Option<String> + Send>;

pub(super) struct Server {
    address: SocketAddr,
    requests: Receiver<Request>,
}

impl Server {
    pub(super) fn new(mut answer: impl FnMut(&Request) -> Option<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::channel();
        let mut answer: Answering = Box::new(move |request| answer(request));
        thread::spawn(move || {
            let mut kept = vec![];
            for stream in listener.incoming().flatten() {
                let Ok(request) = read(&stream) else { continue };
                match answer(&request) {
                    // The client may have hung up: that is what some tests are about.
                    Some(answer) => drop((&stream).write_all(answer.as_bytes())),
                    None => kept.push(stream),
                }
                if sender.send(request).is_err() {
                    return;
                }
            }
        });
        Self { address, requests }
    }

    /// One that answers everything alike.
    pub(super) fn answering(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::new(move |_| Some(answer.clone()))
    }

    /// One that answers nothing.
    pub(super) fn silent() -> Self {
        Self::new(|_| None)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    #[track_caller]
    pub(super) fn request(&self) -> Request {
        self.requests.recv_timeout(PATIENCE).unwrap()
    }

    /// The requests that have arrived by now.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.try_iter().collect()
    }
}

fn read(stream: &TcpStream) -> io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = vec![];
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        match header.trim().split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => break,
        }
    }
    let request = Request { line: line.trim().to_owned(), headers, body: String::new() };
    let length = request.header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request { body: String::from_utf8_lossy(&body).into_owned(), ..request })
}

pub(super) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// An answer of Prometheus with a sample for each value, all of an instant in seconds.
pub(super) fn vector(at: &str, values: &[&str]) -> String {
    let at: f64 = at.parse().unwrap();
    let series = values.iter().map(|value| json!({ "metric": {}, "value": [at, value] })).collect::<Vec<_>>();
    let body = json!({ "status": "success", "data": { "resultType": "vector", "result": series } });
    answer("200 OK", "Content-Type: application/json\r\n", &body.to_string())
}

/// A Prometheus that has one value for everything, of the instant it is asked for.
pub(super) fn one(request: &Request, value: &str) -> String {
    vector(request.field("time").unwrap(), &[value])
}
