//! Channels against receivers on this machine (D6).

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use flags_core::Timestamp;
use flags_metrics::{
    alerts::{AlertCondition, AlertRule, AlertSeverity, Alerts, Event, Notification},
    channels::{Channel, ChannelKind, Channels, SecretSource},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

/// Far longer than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request as it arrived.
#[derive(Debug)]
struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }
}

/// A server that answers each request with the next of its answers, and the last one from then on.
struct Server {
    address: SocketAddr,
    requests: Receiver<Request>,
}

impl Server {
    /// An answer that is empty is never given: the connection stays open.
    fn new(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on this machine");
        let address = listener.local_addr().expect("the port it was bound to");
        let (sender, requests) = mpsc::channel();
        let answers: Vec<String> = answers.iter().map(ToString::to_string).collect();
        thread::spawn(move || {
            let mut kept = vec![];
            for (at, stream) in listener.incoming().flatten().enumerate() {
                let Ok(request) = read(&stream) else { continue };
                let answer = &answers[at.min(answers.len() - 1)];
                if answer.is_empty() {
                    kept.push(stream);
                } else {
                    // The client may have hung up: that is what some tests are about.
                    let _ = (&stream).write_all(answer.as_bytes());
                }
                if sender.send(request).is_err() {
                    return;
                }
            }
        });
        Self { address, requests }
    }

    fn url(&self, path: &str) -> Box<str> {
        format!("http://{}{path}", self.address).into()
    }

    #[track_caller]
    fn request(&self) -> Request {
        self.requests.recv_timeout(PATIENCE).expect("a request")
    }

    fn webhook(&self, key: &str) -> Channel {
        Channel::new(key, ChannelKind::Webhook { url: self.url("/hook?team=a"), secret: None, token: None })
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
    let request = Request { line: line.trim().to_owned(), headers, body: vec![] };
    let length = request.header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request { body, ..request })
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// That `checkout` was rolled back, to be told to those channels.
fn rolled_back(channels: &[&str]) -> Notification {
    let rule = AlertRule::new("rolled_back", AlertCondition::Rollback).severity(AlertSeverity::Critical);
    let rule = channels.iter().fold(rule, |rule, channel| rule.notify(*channel));
    let event = Event::RolledBack { flag: "checkout".into(), detail: "error rate 8 % above 5 %".into() };
    Alerts::new([rule]).record(&event, Timestamp::from_millis(1_700_000_000_000)).remove(0)
}

#[track_caller]
fn counted(channels: &Channels) -> (u64, u64, u64) {
    assert!(channels.flush(PATIENCE), "{:?}", channels.status());
    let status = &channels.status()[0];
    (status.sent, status.failed, status.dropped)
}

fn last_error(channels: &Channels) -> String {
    channels.status()[0].last_error.as_deref().unwrap_or_default().to_owned()
}

// D6
#[test]
fn a_webhook_is_posted_signed_and_with_its_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file in it");
        Some(SecretSource::File(path))
    };
    let server = Server::new(&[&answer("204 No Content", "", "")]);
    let (secret, token) = (file("key", "whisper\n"), file("token", "t0ken"));
    let kind = ChannelKind::Webhook { url: server.url("/hook?team=a"), secret, token };
    let channels = Channels::new([Channel::new("ops", kind)], "production");
    channels.send(&rolled_back(&["ops", "nobody"]));
    let request = server.request();
    assert_eq!(request.line, "POST /hook?team=a HTTP/1.1");
    assert_eq!(request.header("Content-Type"), Some("application/json"));
    assert_eq!(request.header("Authorization"), Some("Bearer t0ken"));
    assert!(request.header("User-Agent").is_some_and(|agent| agent.starts_with("flags/")));
    assert_eq!(request.json()["alerts"][0]["flag"], "checkout");
    assert_eq!(request.json()["environment"], "production");
    // What docs/reference/webhook.md tells a receiver to do.
    let signature = request.header("Flags-Signature").expect("a signature");
    let (time, code) = signature.strip_prefix("t=").and_then(|rest| rest.split_once(",v1=")).expect("its two parts");
    let mut mac = Hmac::<Sha256>::new_from_slice(b"whisper").expect("a key");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(&request.body);
    let code: Vec<u8> = (0..code.len() / 2)
        .map(|at| u8::from_str_radix(&code[2 * at..2 * at + 2], 16).expect("hexadecimal digits"))
        .collect();
    assert!(mac.verify_slice(&code).is_ok());
    assert_eq!(counted(&channels), (1, 0, 0));
}

// D6
#[test]
fn an_accident_is_tried_again_and_a_refusal_is_not() {
    let busy = answer("503 Service Unavailable", "Retry-After: 0\r\n", "busy");
    let server =
        Server::new(&[&busy, &busy, &answer("200 OK", "", "thanks"), &answer("400 Bad Request", "", "no\n\tway")]);
    let channels = Channels::new([server.webhook("ops")], "");
    channels.send(&rolled_back(&["ops"]));
    let bodies = [server.request(), server.request(), server.request()].map(|request| request.json());
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[1], bodies[2]);
    assert_eq!(counted(&channels), (1, 0, 0));
    channels.send(&rolled_back(&["ops"]));
    assert_ne!(server.request().json()["id"], bodies[0]["id"]);
    assert_eq!(counted(&channels), (1, 1, 0));
    assert_eq!(last_error(&channels), "it answered 400: no way");
    assert!(server.requests.try_recv().is_err());
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::new(&[&answer("200 OK", "", "")]);
    let server =
        Server::new(&[&answer("307 Temporary Redirect", &format!("Location: {}\r\n", elsewhere.url("/")), "")]);
    let channels = Channels::new([server.webhook("ops")], "");
    channels.send(&rolled_back(&["ops"]));
    assert_eq!(counted(&channels), (0, 1, 0));
    assert!(last_error(&channels).starts_with("it answered 307 (a redirect"), "{}", last_error(&channels));
    assert!(elsewhere.requests.try_recv().is_err());
}

#[test]
fn a_long_answer_is_not_read_to_its_end() {
    let server = Server::new(&[&answer("404 Not Found", "", &"x".repeat(4 << 20))]);
    let channels = Channels::new([server.webhook("ops")], "");
    channels.send(&rolled_back(&["ops"]));
    assert_eq!(counted(&channels), (0, 1, 0));
    assert_eq!(last_error(&channels), "it answered 404 (nothing there: is the address right?)");
}

#[test]
fn a_receiver_that_does_not_answer_holds_up_nobody_else() {
    let silent = Server::new(&[""]);
    let server = Server::new(&[&answer("200 OK", "", "")]);
    let patient = silent.webhook("silent").timeout(PATIENCE);
    let impatient = silent.webhook("impatient").timeout(Duration::from_millis(50)).retries(0);
    let channels = Channels::new([impatient, patient, server.webhook("ops")], "");
    channels.send(&rolled_back(&["silent", "impatient", "ops"]));
    server.request();
    // Both are there, and one of them waits for an answer that never comes.
    silent.request();
    silent.request();
    assert!(!channels.flush(Duration::ZERO));
    while channels.status()[0].failed == 0 {
        thread::yield_now();
    }
    assert_eq!(last_error(&channels), "there was no answer in time");
    assert_eq!(channels.status()[1].failed, 0);
}

#[test]
fn nothing_is_sent_unsigned_that_should_be_signed() {
    let server = Server::new(&[&answer("200 OK", "", "")]);
    let secret = Some(SecretSource::File("/no/such/file".into()));
    let kind = ChannelKind::Webhook { url: server.url("/"), secret, token: None };
    let channels = Channels::new([Channel::new("ops", kind).retries(0)], "");
    channels.send(&rolled_back(&["ops"]));
    assert_eq!(counted(&channels), (0, 1, 0));
    assert!(last_error(&channels).contains("/no/such/file"), "{}", last_error(&channels));
    assert!(server.requests.try_recv().is_err());
}

#[test]
fn nobody_there_is_an_accident() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let kind = ChannelKind::Webhook { url: format!("http://{free}/").into(), secret: None, token: None };
    let channels = Channels::new([Channel::new("ops", kind).retries(1)], "");
    channels.send(&rolled_back(&["ops"]));
    assert_eq!(counted(&channels), (0, 1, 0));
    assert!(last_error(&channels).starts_with("the connection failed: "), "{}", last_error(&channels));
}

// D6
#[test]
fn an_alertmanager_is_posted_to_its_api() {
    let server = Server::new(&[&answer("200 OK", "", "")]);
    let kind = ChannelKind::Alertmanager { url: server.url("/prefix/"), token: None };
    let channels = Channels::new([Channel::new("pager", kind)], "production");
    channels.send(&rolled_back(&["pager"]));
    let request = server.request();
    assert_eq!(request.line, "POST /prefix/api/v2/alerts HTTP/1.1");
    let labels = &request.json()[0]["labels"];
    assert_eq!((&labels["alertname"], &labels["flag"]), (&Value::from("rolled_back"), &Value::from("checkout")));
    assert_eq!(counted(&channels), (1, 0, 0));
}

#[test]
fn what_waits_when_the_program_ends_is_tried_once() {
    let server = Server::new(&[&answer("500 Internal Server Error", "", "")]);
    let channels = Channels::new([server.webhook("ops")], "");
    channels.send(&rolled_back(&["ops"]));
    drop(channels);
    server.request();
}

#[test]
fn a_channel_that_stays_as_it_is_keeps_its_counts() {
    let server = Server::new(&[&answer("200 OK", "", "")]);
    let mut channels = Channels::new([server.webhook("ops")], "");
    channels.send(&rolled_back(&["ops"]));
    assert_eq!(counted(&channels), (1, 0, 0));
    channels.replace([Channel::new("log", ChannelKind::Log), server.webhook("ops")]);
    assert_eq!(channels.status().iter().map(|status| status.sent).collect::<Vec<_>>(), [0, 1]);
    channels.replace([server.webhook("ops").retries(7)]);
    assert_eq!(counted(&channels), (0, 0, 0));
}

/// A writer that keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// D6
#[test]
fn the_log_says_it_as_serious_as_it_is() {
    let kept = Kept::default();
    let writer = kept.clone();
    let subscriber =
        tracing_subscriber::fmt().with_writer(move || writer.clone()).without_time().with_ansi(false).finish();
    let mut alerts = Alerts::new([
        AlertRule::new("refused", AlertCondition::ReloadFailed).severity(AlertSeverity::Critical).notify("log"),
        AlertRule::new("changed", AlertCondition::UnexpectedChange).notify("log"),
    ]);
    let mut told = alerts.record(&Event::ReloadFailed { detail: "syntax".into() }, Timestamp::default());
    told.extend(alerts.record(&Event::ReloadSucceeded, Timestamp::default()));
    let changed = Event::UnexpectedChange { flag: "checkout".into(), detail: "".into() };
    told.extend(alerts.record(&changed, Timestamp::default()));
    let channels = Channels::new([Channel::new("log", ChannelKind::Log)], "");
    tracing::subscriber::with_default(subscriber, || told.iter().for_each(|told| channels.send(told)));
    assert_eq!(counted(&channels), (3, 0, 0));
    let text = String::from_utf8(kept.0.lock().expect("nobody panicked").clone()).expect("text");
    insta::assert_snapshot!(text);
}
