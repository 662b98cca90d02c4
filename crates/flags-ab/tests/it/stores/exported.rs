//! Events can be read by others. // F11

use std::io;

use flags_ab::{
    Event, EventKind, ExportError, Exposure, export,
    import::{EventFormat, import},
    store::{EventStore, MemoryStore, Query},
};

use super::{at, everything, exposure, tracked};

fn store() -> MemoryStore {
    let store = MemoryStore::new();
    let plain = Exposure {
        experiment: "price".into(),
        arm: "treatment".into(),
        split: "control=1,treatment=3".into(),
        dimensions: Box::default(),
    };
    let node =
        Event { at: at(7), unit_kind: "tenant|node".into(), unit: "a|7".into(), kind: EventKind::Exposure(plain) };
    // A unit is whatever the program says it is.
    let strange = "comma, \"quote\"\nline\r\u{0}é=1+1";
    store
        .append(&[
            exposure(1, strange, "button"),
            tracked(2, strange, "purchase", 0.1 + 0.2),
            tracked(3, strange, "refund", -1e300),
            node,
            tracked(5, "", "visit", 1.0),
        ])
        .unwrap();
    store
}

fn exported(query: &Query, format: EventFormat) -> (u64, String) {
    let mut text = vec![];
    let events = export(&store(), query, format, &mut text).unwrap();
    (events, String::from_utf8(text).unwrap())
}

#[test]
fn every_event_is_a_line() {
    let (events, csv) = exported(&Query::everything(), EventFormat::Csv);
    assert_eq!(events, 5);
    insta::assert_snapshot!(csv.replace('\r', "<CR>").replace('\0', "<NUL>"));
    let (events, json) = exported(&Query::everything(), EventFormat::JsonLines);
    assert_eq!(events, 5);
    insta::assert_snapshot!(json);
}

#[test]
fn only_what_is_wanted_is_exported() {
    let (events, csv) = exported(&Query::tracked().event("visit"), EventFormat::Csv);
    assert_eq!((events, csv.lines().count()), (1, 2));
    let (events, csv) = exported(&Query::experiment("never"), EventFormat::Csv);
    assert_eq!((events, csv.lines().count()), (0, 1), "the columns are named even if there is nothing");
    assert_eq!(exported(&Query::experiment("never"), EventFormat::JsonLines), (0, String::new()));
}

// What others read of it is what was recorded: read back by readers that know nothing of this crate.
#[test]
fn nothing_is_lost_on_the_way() {
    let (_, csv) = exported(&Query::everything(), EventFormat::Csv);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(reader.headers().unwrap(), flags_ab::EXPORT_COLUMNS.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let (_, json) = exported(&Query::everything(), EventFormat::JsonLines);
    let objects: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), objects.len());
    for (row, object) in rows.iter().zip(&objects) {
        for (column, text) in flags_ab::EXPORT_COLUMNS.iter().zip(row) {
            match object.get(column) {
                None => assert_eq!(text, "", "{column}"),
                Some(serde_json::Value::String(value)) => assert_eq!(text, value, "{column}"),
                Some(value) => assert_eq!(&serde_json::from_str::<serde_json::Value>(text).unwrap(), value, "{column}"),
            }
        }
    }
    let values: Vec<f64> = rows.iter().filter_map(|row| row[4].parse().ok()).collect();
    assert_eq!(values, [1.0, 0.1 + 0.2, -1e300]);
}

// What is exported here is imported elsewhere.
#[test]
fn what_is_exported_can_be_imported() {
    let recorded = MemoryStore::new();
    recorded
        .append(&[exposure(1, "a", "button"), exposure(2, "b", "button"), tracked(2, "a,\"b\"", "purchase", 0.1 + 0.2)])
        .unwrap();
    let node = Event { unit_kind: "tenant|node".into(), ..tracked(3, "7", "purchase", -1e300) };
    recorded.append(&[node]).unwrap();
    for format in [EventFormat::Csv, EventFormat::JsonLines] {
        let mut text = vec![];
        export(&recorded, &Query::everything(), format, &mut text).unwrap();
        let imported = MemoryStore::new();
        import(text.as_slice(), format, &Query::everything(), &imported).unwrap();
        assert_eq!(
            everything(&imported, &Query::everything()),
            everything(&recorded, &Query::everything()),
            "{format:?}"
        );
    }
}

struct Full;

impl io::Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_cannot_be_written_is_told() {
    for format in [EventFormat::Csv, EventFormat::JsonLines] {
        let error = export(&store(), &Query::everything(), format, &mut Full).unwrap_err();
        assert!(matches!(&error, ExportError::Write(error) if error.kind() == io::ErrorKind::StorageFull), "{error}");
    }
}
