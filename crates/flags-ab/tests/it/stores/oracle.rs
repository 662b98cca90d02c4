//! A folder gives what the store in memory gives, whatever was done with both. // F11, G3

use flags_ab::{
    Event, EventKind,
    store::{EventStore, MemoryStore, Query, SegmentStore},
};
use proptest::prelude::*;

use super::{at, everything, exposure, small, tracked};

#[derive(Clone, Debug)]
enum Step {
    Append(Vec<Event>),
    Prune(i64),
    Tidy,
    Reopen,
    Scan(Query),
}

fn event() -> impl Strategy<Value = Event> {
    let unit_kind = prop_oneof![4 => Just(""), 1 => Just("node_id"), 1 => Just("é")];
    let unit = prop_oneof![(0..30_u8).prop_map(|unit| format!("user-{unit}")), Just(String::new()), Just("漢".into())];
    let kind = prop_oneof![
        prop_oneof![Just("button"), Just("other")].prop_map(|key| exposure(0, "", key).kind),
        (prop_oneof![Just("purchase"), Just("login")], -1..3_i32).prop_map(|(name, value)| tracked(
            0,
            "",
            name,
            f64::from(value)
        )
        .kind),
    ];
    (0..50_i64, unit_kind, unit, kind).prop_map(|(second, unit_kind, unit, kind): (_, _, _, EventKind)| Event {
        at: at(second),
        unit_kind: unit_kind.into(),
        unit: unit.into(),
        kind,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let query =
        (0..4, proptest::option::of(0..50_i64), proptest::option::of(0..50_i64)).prop_map(|(kind, from, until)| {
            let query = match kind {
                0 => Query::everything(),
                1 => Query::experiment("button").event("purchase"),
                2 => Query::tracked().event("login").event("never"),
                _ => Query::experiment("other"),
            };
            let query = from.into_iter().fold(query, |query, from| query.from(at(from)));
            until.into_iter().fold(query, |query, until| query.until(at(until)))
        });
    prop_oneof![
        8 => proptest::collection::vec(event(), 0..12).prop_map(Step::Append),
        1 => (0..50_i64).prop_map(Step::Prune),
        2 => Just(Step::Tidy),
        2 => Just(Step::Reopen),
        2 => query.prop_map(Step::Scan),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_folder_gives_what_memory_gives(
        steps in proptest::collection::vec(step(), 1..60),
        segment_bytes in prop_oneof![Just(1_u64), Just(300), Just(2_000), Just(1 << 20)],
    ) {
        // In memory, where there is such a place: what is tested is not the disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let open = || SegmentStore::open(folder.path(), small().segment_bytes(segment_bytes)).unwrap();
        let (oracle, mut store) = (MemoryStore::new(), open());
        for step in steps {
            match step {
                Step::Append(batch) => {
                    oracle.append(&batch).unwrap();
                    store.append(&batch).unwrap();
                }
                Step::Prune(second) => prop_assert_eq!(store.prune(at(second)).unwrap(), oracle.prune(at(second)).unwrap()),
                Step::Tidy => store.tidy().unwrap(),
                Step::Reopen => {
                    drop(store);
                    store = open();
                }
                Step::Scan(query) => {
                    prop_assert_eq!(everything(&store, &query), everything(&oracle, &query));
                    let reader = SegmentStore::read(folder.path()).unwrap();
                    prop_assert_eq!(everything(&reader, &query), everything(&oracle, &query));
                }
            }
            prop_assert_eq!(store.status().unwrap().events, oracle.len() as u64);
        }
        prop_assert_eq!(everything(&store, &Query::everything()), everything(&oracle, &Query::everything()));
    }
}
