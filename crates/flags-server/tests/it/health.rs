//! Health, and what is counted.

use std::{fs, path::Path};

use flags::Flags;
use flags_server::Server;
use serde_json::Value;

use crate::support::{ALL, ONE, get, post, server};

/// Replaces what differs from run to run.
fn settle(mut json: Value, path: &Path) -> String {
    for pointer in ["/changed_at", "/source/loaded_at", "/source/checked_at", "/source/stale_since", "/source/error/at"]
    {
        if let Some(instant) = json.pointer_mut(pointer).filter(|instant| instant.is_string()) {
            assert!(flags::Timestamp::parse(instant.as_str().unwrap()).is_some(), "{pointer}: {instant}");
            *instant = "<instant>".into();
        }
    }
    json["digest"] = "<digest>".into();
    if let Some(mode) = json.pointer_mut("/source/mode") {
        *mode = "<mode>".into();
        json["source"]["caveats"] = Value::Array(vec![]);
    }
    serde_json::to_string_pretty(&json).unwrap().replace(&path.display().to_string(), "<path>")
}

#[tokio::test]
async fn flags_without_files_are_ready() {
    let answer = get(&server().into_router(), "/readyz").await;
    assert_eq!(answer.status, 200);
    insta::assert_snapshot!(settle(answer.json(), Path::new("-")));
}

// Files that were refused leave the server ready, on the last good definitions, and it says what is wrong with them.
#[tokio::test]
async fn refused_files_leave_the_server_ready_and_stale() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flags.toml");
    fs::write(&file, "[features.a]\nenabled = true\n").unwrap();
    let flags = Flags::builder().file(&file).environment("test").build().unwrap();
    let router = Server::new(flags.clone()).into_router();
    insta::assert_snapshot!("ready", settle(get(&router, "/readyz").await.json(), &file));

    fs::write(&file, "[features.a]\nenabeld = true\n").unwrap();
    assert!(flags.reload().is_err());
    let answer = get(&router, "/readyz").await;
    assert_eq!(answer.status, 200);
    insta::assert_snapshot!("stale", settle(answer.json(), &file));
    assert_eq!(post(&router, &format!("{ONE}a"), "{}").await.json()["value"], true);
    let metrics = get(&router, "/metrics").await.text;
    assert!(metrics.contains("\nflags_config_last_reload_successful 0\n"), "{metrics}");

    fs::write(&file, "[features.a]\nenabled = false\n").unwrap();
    flags.reload().unwrap();
    let answer = get(&router, "/readyz").await.json();
    assert_eq!((&answer["stale"], &answer["source"]["error"]), (&Value::Bool(false), &Value::Null));
    assert_eq!(post(&router, &format!("{ONE}a"), "{}").await.json()["value"], false);
    let metrics = get(&router, "/metrics").await.text;
    assert!(metrics.contains("\nflags_config_last_reload_successful 1\n"), "{metrics}");
    assert!(metrics.contains("\nflags_config_reloads_total{source=\"file\",result=\"failed\"} 1\n"), "{metrics}");
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    let router = server().into_router();
    for key in ["string", "float", "nothing"] {
        post(&router, &format!("{ONE}{key}"), "{}").await;
    }
    post(&router, ALL, "{}").await;
    get(&router, "/nowhere").await;
    get(&router, ALL).await;
    let answer = get(&router, "/metrics").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let settled: Vec<String> = answer
        .text
        .lines()
        // There where the client's feature `alerts` is on, which depends on what else is built.
        .filter(|line| !line.contains("flags_alert"))
        .map(|line| match line.split_once("digest=\"") {
            Some((before, after)) => format!("{before}digest=\"<digest>{}", &after[16..]),
            None if line.starts_with("flags_config_changed_timestamp_seconds") => {
                "flags_config_changed_timestamp_seconds <instant>".to_owned()
            }
            None => line.to_owned(),
        })
        .collect();
    insta::assert_snapshot!(settled.join("\n"));
}

/// The rules `promtool check metrics` goes by, as far as they concern us.
#[tokio::test]
async fn metrics_keep_the_rules_of_prometheus() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flags.toml");
    fs::write(&file, "[features.a]\nenabled = true\n").unwrap();
    let flags = Flags::builder().file(&file).build().unwrap();
    let text = get(&Server::new(flags).into_router(), "/metrics").await.text;
    assert!(text.ends_with('\n'));
    let mut family = String::new();
    let mut kinds = std::collections::HashMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(!help.is_empty() && !kinds.contains_key(name), "{line}");
            family = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, family, "{line}");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
            kinds.insert(name.to_owned(), kind.to_owned());
        } else {
            let name = line.split([' ', '{']).next().unwrap();
            let parts: &[&str] = if kinds[&family] == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            assert!(parts.iter().any(|part| name.strip_suffix(part) == Some(&family)), "{line}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line}");
            assert!(!["_ms", "_millis", "_percent", "_minutes"].iter().any(|unit| name.contains(unit)), "{line}");
            line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
        }
    }
    assert!(kinds.len() > 8);
}
