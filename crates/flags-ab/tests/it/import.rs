//! Files of events: what is read of them, and what is said of those that cannot be. // F9

use std::ops::ControlFlow;

use flags_ab::{
    EventKind,
    import::{EventFormat, Imported, import},
    store::{EventStore as _, MemoryStore, Query},
};

fn query() -> Query {
    Query::experiment("checkout").event("purchase")
}

/// What the store holds after an import, as text.
fn read(text: &str, format: EventFormat) -> Result<(Imported, Vec<String>), String> {
    let store = MemoryStore::new();
    let imported = import(text.as_bytes(), format, &query(), &store).map_err(|error| error.to_string())?;
    let mut units = vec![];
    store
        .scan(&query(), &mut |unit| {
            let events: Vec<String> = unit
                .events
                .iter()
                .map(|event| match &event.kind {
                    EventKind::Exposure(exposure) => {
                        format!("{} {}[{}] {:?}", event.at, exposure.arm, exposure.split, exposure.dimensions)
                    }
                    EventKind::Tracked { event: name, value } => format!("{} {name}={value}", event.at),
                })
                .collect();
            units.push(format!("{}:{}: {}", unit.unit_kind, unit.unit, events.join("; ")));
            ControlFlow::Continue(())
        })
        .unwrap();
    Ok((imported, units))
}

#[test]
fn csv_and_json_lines_say_the_same() {
    let csv = "\u{feff}At,unit,experiment,arm,split,event,value,country\r\n\
        2026-11-25T10:00:00Z,7,checkout,treatment,\"control=1,treatment=1\",,,\"Côte, d'Ivoire\"\r\n\
        2026-11-25 10:03:00,7,,,,purchase,19.9,\r\n\
        1795600980000,7,,,,purchase,,\r\n\
        2026-11-25T10:00:00Z,7,other,treatment,,,,\r\n\
        2026-11-25T10:00:00Z,7,,,,login,,\r\n";
    let json = r#"{"at":"2026-11-25T10:00:00Z","unit":7,"experiment":"checkout","arm":"treatment","split":"control=1,treatment=1","dimensions":{"country":"Côte, d'Ivoire"}}

{"occurred_at":"2026-11-25 10:03:00","unit":"7","event":"purchase","value":"19.9","arm":null}
{"timestamp":1795600980000,"unit":"7","event":"purchase"}
{"exposed_at":"2026-11-25T10:00:00Z","unit":"7","experiment":"other","arm":"treatment"}
{"at":"2026-11-25T10:00:00Z","unit":"7","event":"login"}
"#;
    let (imported, units) = read(csv, EventFormat::Csv).unwrap();
    assert_eq!(imported, Imported { exposures: 1, tracked: 2, passed_over: 2 });
    assert_eq!(
        units,
        ["\
        :7: 2026-11-25T10:00:00Z treatment[control=1,treatment=1] [(\"country\", \"Côte, d'Ivoire\")]; \
        2026-11-25T10:03:00Z purchase=19.9; 2026-11-25T10:03:00Z purchase=1"]
    );
    assert_eq!(read(json, EventFormat::JsonLines), Ok((imported, units)));
}

#[test]
fn what_cannot_be_read_names_line_and_column() {
    let csv = |text: &str| read(text, EventFormat::Csv).unwrap_err();
    let json = |text: &str| read(&format!("\n{text}\n"), EventFormat::JsonLines).unwrap_err();
    let header = "at,unit,experiment,arm,event,value,split\n";
    insta::assert_snapshot!(
        [
            csv(""),
            csv("unit,event\n"),
            csv("at,event\n"),
            csv("at,unit,arm\n"),
            csv("at,unit,country\n"),
            csv("at,unit,event,timestamp\n"),
            csv(&format!("{header}yesterday,u,,,purchase,,\n")),
            csv(&format!("{header}2026-11-25T10:00:00Z,,,,purchase,,\n")),
            csv(&format!("{header}2026-11-25T10:00:00Z,u,,,purchase,ten,\n")),
            csv(&format!("{header}2026-11-25T10:00:00Z,u,,,purchase,inf,\n")),
            csv(&format!("{header}2026-11-25T10:00:00Z,u,,control,,,\n")),
            csv(&format!("{header}2026-11-25T10:00:00Z,u,checkout,control,purchase,,\n")),
            csv(&format!("{header}2026-11-25T10:00:00Z,u,checkout,,,,\n")),
            csv(&format!("{header}2026-11-25T10:00:00Z,u,checkout,control,,,half\n")),
            csv(&format!("{header}2026-11-25T10:00:00Z,u\n")),
            csv(&format!("{header}\"2026-11-25T10:00:00Z\n2026\",u,,,purchase,,\n1,u,,,,,\n")),
            json("{\"at\":1,\"unit\":\"u\",\"event\":\"purchase\""),
            json("[1]"),
            json("{\"at\":1,\"unit\":[\"u\"],\"event\":\"purchase\"}"),
            json("{\"at\":1,\"timestamp\":2,\"unit\":\"u\",\"event\":\"purchase\"}"),
            json("{\"at\":1,\"unit\":\"u\"}"),
        ]
        .join("\n")
    );
    let store = MemoryStore::new();
    let bytes: &[u8] = b"at,unit,event\n1,u,\xff\n";
    let error = import(bytes, EventFormat::Csv, &query(), &store).unwrap_err();
    assert_eq!(error.to_string(), "line 2: cell 3 is not text in UTF-8");
}

#[test]
fn many_rows_are_all_there() {
    use std::fmt::Write as _;
    let mut text = "at,unit,experiment,arm,event\n".to_owned();
    for unit in 0..10_000 {
        writeln!(text, "{unit},u{unit},checkout,control,\n{},u{unit},,,purchase", unit + 1).unwrap();
    }
    let (imported, units) = read(&text, EventFormat::Csv).unwrap();
    assert_eq!(imported, Imported { exposures: 10_000, tracked: 10_000, passed_over: 0 });
    assert_eq!(units.len(), 10_000);
}

#[test]
fn formats_by_the_name_of_the_file() {
    for (name, format) in [
        ("events.csv", Some(EventFormat::Csv)),
        ("a.b/EVENTS.CSV", Some(EventFormat::Csv)),
        ("events.jsonl", Some(EventFormat::JsonLines)),
        ("events.parquet", None),
        ("events", None),
    ] {
        assert_eq!(EventFormat::of_name(name), format, "{name}");
    }
}
