//! What a server does, and what is made of it.

use std::{fs, net::TcpListener, time::Duration};

use flags_core::Timestamp;
use flags_rollout::{
    guardrail::{Arms, Counts, Sample},
    machine::Verdict,
    signals::{Answer, CountQueries, Credentials, HealthCheck, Http, Prometheus, SecretSource, SignalReader},
};

use super::server::{PATIENCE, Server, answer, one, vector};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_250);

fn read(server: &Server) -> Answer {
    Prometheus::value(&server.url(), "errors", None, PATIENCE).read(NOW)
}

/// What is missing, in words, without the name of the server.
#[track_caller]
fn missing(found: Answer, verdict: Verdict, server: &Server) -> String {
    let Answer::Missing(said, text) = found else { return format!("not missing: {found:?}") };
    assert_eq!(said, verdict, "{text}");
    text.replace(&server.url(), "SERVER")
}

#[test]
fn one_number_is_read_at_one_instant() {
    let server = Server::new(|request| Some(one(request, "0.25")));
    let query = "sum(rate(errors_total{flag=\"checkout\"}[5m]))";
    let found = Prometheus::value(&format!("{}/prefix/", server.url()), query, None, PATIENCE).read(NOW);
    assert_eq!(found, Answer::Value(Sample { value: 0.25, at: NOW }));
    let request = server.request();
    assert!(request.line.starts_with("GET /prefix/api/v1/query?query=sum%28rate%28errors_total%7B"), "{request:?}");
    assert_eq!(request.field("time"), Some("1700000000.250"));
    assert_eq!(request.header("Authorization"), None);
}

#[test]
fn a_long_query_is_posted() {
    let server = Server::new(|request| Some(one(request, "1")));
    let query = format!("vector({})", "1+".repeat(2_000) + "1");
    let found = Prometheus::value(&server.url(), &query, None, PATIENCE).read(NOW);
    assert_eq!(found, Answer::Value(Sample { value: 1.0, at: NOW }));
    let request = server.request();
    assert_eq!(request.line, "POST /api/v1/query HTTP/1.1");
    assert_eq!(request.header("Content-Type"), Some("application/x-www-form-urlencoded"));
    assert!(request.body.starts_with("query=vector%281%2B1%2B"), "{}", request.body);
}

/// Each case of the research, and what it is: nothing of it is a number, nothing passes, nothing fails.
#[test]
fn what_is_not_one_number_of_now_is_missing() {
    let now = "1700000000.250";
    let warned =
        r#"{"status":"success","warnings":["store gateway is down"],"data":{"resultType":"scalar","result":[1,"1"]}}"#;
    let refused =
        r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:8: parse error"}"#;
    let busy = r#"{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}"#;
    let long = "x".repeat(300 * 1024);
    for (answered, verdict, said) in [
        (vector(now, &[]), Verdict::NoData, "the query has no result: no series matches, or none has a sample"),
        (vector(now, &["NaN"]), Verdict::NoData, "the value is NaN, as a rate over no requests is"),
        (vector(now, &["+Inf"]), Verdict::Error, "the value is infinite, as a ratio to zero is"),
        (
            vector(now, &["1", "2"]),
            Verdict::Error,
            "the query has 2 series, and one is needed: aggregate it, with sum(...) for example",
        ),
        (vector("1699999000.250", &["1"]), Verdict::NoData, "the last sample is 1000 s old"),
        (
            answer("200 OK", "", warned),
            Verdict::Error,
            "SERVER: the answer comes with a warning and may be partial: store gateway is down",
        ),
        (
            answer("400 Bad Request", "", refused),
            Verdict::Error,
            "SERVER answered 400, bad_data: invalid parameter \"query\": 1:8: parse error",
        ),
        (
            answer("503 Service Unavailable", "", busy),
            Verdict::Error,
            "SERVER answered 503, timeout: query timed out in expression evaluation",
        ),
        (
            answer("401 Unauthorized", "", "who?"),
            Verdict::Error,
            "SERVER answered 401: it does not accept the credentials",
        ),
        (
            answer("404 Not Found", "", "404 page not found"),
            Verdict::Error,
            "SERVER answered 404: there is no Prometheus at this address",
        ),
        (answer("502 Bad Gateway", "", "<h1>nginx</h1>\n"), Verdict::Error, "SERVER answered 502: <h1>nginx</h1>"),
        (answer("500 Internal Server Error", "", ""), Verdict::Error, "SERVER answered 500"),
        (
            answer("200 OK", "", "<h1>log in</h1>"),
            Verdict::Error,
            "SERVER: this is no answer of Prometheus: it is not JSON",
        ),
        (
            answer("200 OK", "", &long),
            Verdict::Error,
            "SERVER answered with more than 256 KiB: the query has too many series, and one is needed",
        ),
    ] {
        let server = Server::answering(answered);
        assert_eq!(missing(read(&server), verdict, &server), said);
    }
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let server = Server::silent();
    let found = Prometheus::value(&server.url(), "errors", None, Duration::from_millis(50)).read(NOW);
    assert_eq!(missing(found, Verdict::Error, &server), "SERVER did not answer within 0.05 s");

    // Nobody listens on a port that was just given back.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let found = Prometheus::value(&format!("http://{address}"), "errors", None, PATIENCE).read(NOW);
    let Answer::Missing(Verdict::Error, text) = found else { panic!("{found:?}") };
    assert!(text.starts_with(&format!("http://{address} cannot be reached: ")), "{text}");
}

#[test]
fn secrets_are_read_anew_for_each_request() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let file = SecretSource::File(path.to_str().unwrap().into());
    let server = Server::new(|request| Some(one(request, "1")));
    let bearer = Prometheus::value(&server.url(), "errors", Some(Credentials::Bearer(file.clone())), PATIENCE);
    // Nothing is asked in nobody's name.
    let told = missing(bearer.read(NOW), Verdict::Error, &server);
    assert!(told.starts_with("the secret in ") && told.contains("cannot be read"), "{told}");
    for token in ["first", "second"] {
        fs::write(&path, format!("  {token}\n")).unwrap();
        assert!(matches!(bearer.read(NOW), Answer::Value(_)));
        assert_eq!(server.request().header("Authorization"), Some(&*format!("Bearer {token}")));
    }
    fs::write(&path, "two\r\nX-Other: lines").unwrap();
    let told = missing(bearer.read(NOW), Verdict::Error, &server);
    assert!(told.ends_with("has a line break or another character that no token has"), "{told}");
    fs::write(&path, "\n").unwrap();
    let told = missing(bearer.read(NOW), Verdict::Error, &server);
    assert!(told.ends_with("is empty; it should hold a secret"), "{told}");
    assert!(server.requests().is_empty());

    fs::write(&path, "open sesame").unwrap();
    let basic = |user: &str| Some(Credentials::Basic { user: user.into(), password: file.clone() });
    assert!(matches!(
        Prometheus::value(&server.url(), "errors", basic("Aladdin"), PATIENCE).read(NOW),
        Answer::Value(_)
    ));
    // RFC 7617 has the same user with `open sesame` as its example.
    assert_eq!(server.request().header("Authorization"), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    let found = Prometheus::value(&server.url(), "errors", basic("a:b"), PATIENCE).read(NOW);
    assert_eq!(
        missing(found, Verdict::Error, &server),
        "the user has a colon in it, which basic authentication cannot send"
    );

    let unset = SecretSource::Environment("FLAGS_TEST_NO_SUCH_SECRET".into());
    let found = Prometheus::value(&server.url(), "errors", Some(Credentials::Bearer(unset)), PATIENCE).read(NOW);
    assert_eq!(
        missing(found, Verdict::Error, &server),
        "the environment variable FLAGS_TEST_NO_SUCH_SECRET holds no secret; set it where the program is started"
    );
}

#[test]
fn a_redirect_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "secret").unwrap();
    let token = || Some(Credentials::Bearer(SecretSource::File(path.to_str().unwrap().into())));
    let elsewhere = Server::new(|request| Some(one(request, "1")));
    let location = format!("Location: {}/api/v1/query\r\n", elsewhere.url());
    let server = Server::answering(answer("307 Temporary Redirect", &location, ""));
    let found = Prometheus::value(&server.url(), "errors", token(), PATIENCE).read(NOW);
    let told = missing(found, Verdict::Error, &server);
    assert!(told.starts_with(&format!("SERVER redirects to {}", elsewhere.url())), "{told}");
    assert!(told.ends_with("write the address of the server itself") && !told.contains("secret"), "{told}");
    assert!(elsewhere.requests().is_empty());
}

/// A Prometheus with the four counters of a flag.
fn counting(bad: [&'static str; 2], runs: [&'static str; 2]) -> Server {
    Server::new(move |request| {
        let [control, treatment] = match request.field("query") {
            Some(query) if query.starts_with("bad") => bad,
            _ => runs,
        };
        let value = if request.field("query").unwrap().ends_with("control") { control } else { treatment };
        let none: &[&str] = &[];
        Some(if value.is_empty() { vector("1700000000.250", none) } else { one(request, value) })
    })
}

fn queries() -> Arms<CountQueries> {
    let of = |arm: &str| CountQueries { bad: format!("bad_{arm}").into(), runs: format!("runs_{arm}").into() };
    Arms::new(of("control"), of("treatment"))
}

#[test]
fn counts_of_both_arms_are_of_one_instant() {
    let server = counting(["1", "20"], ["1e2", "110"]);
    let found = Prometheus::counts(&server.url(), queries(), None, PATIENCE).read(NOW);
    let arms = Arms::new(Counts::new(1, 100), Counts::new(20, 110));
    assert_eq!(found, Answer::Counts { arms, at: NOW });
    let asked: Vec<_> = (0..4).map(|_| server.request()).collect();
    assert!(asked.iter().all(|request| request.field("time") == Some("1700000000.250")));
    // A scrape in between may add runs without their failures, and not the other way round.
    let order: Vec<_> = asked.iter().filter_map(|request| request.field("query")).collect();
    assert_eq!(order, ["bad_control", "bad_treatment", "runs_control", "runs_treatment"]);
}

#[test]
fn counts_that_are_none_are_missing() {
    for (bad, runs, verdict, said) in [
        (
            ["1", ""],
            ["10", "10"],
            Verdict::NoData,
            "the bad runs of the treatment: the query has no result: no series matches, or none has a sample",
        ),
        (
            ["1", "1"],
            ["NaN", "10"],
            Verdict::NoData,
            "the runs of the control: the value is NaN, as a rate over no requests is",
        ),
        (["-1", "1"], ["10", "10"], Verdict::Error, "the bad runs of the control: -1 is no number of runs"),
        (
            ["1", "1"],
            ["10", "1e18"],
            Verdict::Error,
            "the runs of the treatment: 1000000000000000000 is no number of runs",
        ),
        (
            ["1", "11"],
            ["10", "10"],
            Verdict::Error,
            "11 bad runs of the treatment among 10: the queries do not count the same runs",
        ),
    ] {
        let server = counting(bad, runs);
        let found = Prometheus::counts(&server.url(), queries(), None, PATIENCE).read(NOW);
        assert_eq!(missing(found, verdict, &server), said);
    }
}

#[test]
fn a_health_check_is_0_or_1() {
    let check = |server: &Server, status| HealthCheck {
        url: format!("{}/healthz", server.url()).into(),
        status,
        unreachable_is_unhealthy: false,
        credentials: None,
    };
    for (status, expected, healthy) in [
        ("200 OK", None, true),
        ("204 No Content", None, true),
        ("302 Found", None, false),
        ("404 Not Found", None, false),
        ("503 Service Unavailable", None, false),
        ("200 OK", Some(204), false),
        ("204 No Content", Some(204), true),
        ("302 Found", Some(302), true),
    ] {
        let server = Server::answering(answer(status, "Location: http://127.0.0.1:1/\r\n", ""));
        let found = Http::new(check(&server, expected), PATIENCE).read(NOW);
        let value = if healthy { 0.0 } else { 1.0 };
        assert_eq!(found, Answer::Value(Sample { value, at: NOW }), "{status} {expected:?}");
        assert!(server.request().line.starts_with("GET /healthz "));
    }

    // No answer is unknown, unless it is said to be unhealthy.
    let server = Server::silent();
    let timeout = Duration::from_millis(50);
    let found = Http::new(check(&server, None), timeout).read(NOW);
    assert_eq!(missing(found, Verdict::Error, &server), "SERVER did not answer within 0.05 s");
    let strict = HealthCheck { unreachable_is_unhealthy: true, ..check(&server, None) };
    assert_eq!(Http::new(strict.clone(), timeout).read(NOW), Answer::Value(Sample { value: 1.0, at: NOW }));
    // That a secret is missing here does not make the server there unhealthy.
    let secret = SecretSource::Environment("FLAGS_TEST_NO_SUCH_SECRET".into());
    let check = HealthCheck { credentials: Some(Credentials::Bearer(secret)), ..strict };
    let told = missing(Http::new(check, timeout).read(NOW), Verdict::Error, &server);
    assert!(told.contains("FLAGS_TEST_NO_SUCH_SECRET"), "{told}");
}
