//! Actors with flags of their own (C3).

use flags::{Flagged, Flags};

struct Quote;
struct Place;

#[derive(Debug, Default)]
struct Pricing {
    served: u32,
}

const DEFINITIONS: &str = r#"
[features.for_one]
enabled = true
conditions = [{ attribute = "actor_id", equals = "pricing-7" }]
[features.for_type]
enabled = true
conditions = [{ attribute = "actor_type", equals = "Pricing" }]
[features.for_quotes]
enabled = true
conditions = [{ attribute = "message_type", equals = "Quote" }]
[features.in_europe]
enabled = true
conditions = [{ attribute = "region", equals = "eu" }]
[features.half]
enabled = true
rollout_percentage = 50
"#;

fn flags() -> Flags {
    Flags::builder().toml(DEFINITIONS).cache_ttl(std::time::Duration::from_secs(3_600)).build().unwrap()
}

#[test]
fn an_actor_is_known_by_id_type_and_message() {
    let flags = flags();
    let actor = Flagged::new(&flags, "pricing-7", Pricing::default());
    let ask = |key: &str| (actor.flags().is_enabled(key), actor.for_message::<Quote>().is_enabled(key));
    assert_eq!(
        ["for_one", "for_type", "for_quotes", "in_europe"].map(ask),
        [(true, true), (true, true), (false, true), (false, false)]
    );
    assert!(!actor.for_message::<Place>().is_enabled("for_quotes"));
    assert!(actor.for_message_type("Quote").is_enabled("for_quotes"));
    let other = Flagged::new(&flags, "pricing-8", 5_u8).with("region", "eu");
    assert!(!other.flags().is_enabled("for_one") && !other.flags().is_enabled("for_type"));
    assert!(other.flags().is_enabled("in_europe") && other.for_message::<Quote>().is_enabled("in_europe"));
    let renamed = other.with("actor_type", "Pricing");
    assert!(renamed.flags().is_enabled("for_type") && renamed.for_message::<Quote>().is_enabled("for_type"));
}

#[test]
fn a_rollout_is_to_a_share_of_the_actors_whatever_the_message() {
    let flags = flags();
    let on = (0..1_000).filter(|number| {
        let actor = Flagged::new(&flags, format!("actor-{number}"), ());
        let on = actor.flags().is_enabled("half");
        assert_eq!(on, actor.for_message::<Quote>().is_enabled("half"));
        on
    });
    assert!((400..600).contains(&on.count()));
}

#[test]
fn each_message_type_has_a_memory_of_its_own() {
    let flags = flags();
    let actor = Flagged::new(&flags, "pricing-7", Pricing::default());
    for _ in 0..10 {
        let _ = actor.flags().is_enabled("half");
        let _ = actor.for_message::<Quote>().is_enabled("half");
        let _ = actor.for_message::<Place>().is_enabled("half");
    }
    assert_eq!((actor.for_message::<Quote>().cache_stats().hits, actor.cache_stats().hits), (9, 27));
    assert_eq!(actor.cache_stats().misses, 3);
}

#[test]
fn it_is_the_actor() {
    let mut actor = Flagged::new(&flags(), "pricing-7", Pricing::default());
    actor.served += 1;
    assert_eq!(actor.served, 1);
    assert_eq!(actor.into_inner().served, 1);
    fn both<T: Send + Sync>() {}
    both::<Flagged<Pricing>>();
}
