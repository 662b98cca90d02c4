//! What every peer is asked: the flags, the users, and the seven workloads, in terms that belong to no peer. Each
//! adapter writes its own file format from a [`FlagSet`] and its own context from a [`User`].

use std::fmt;

use serde::Serialize;

/// How many users take turns.
pub(crate) const USERS: usize = 1_024;

/// Flags in the small set (W1 to W5, W7), a quarter of each kind.
pub(crate) const SMALL_SET: usize = 100;

/// Flags in the large set (W6 and the load): what an organisation of some size has.
pub(crate) const LARGE_SET: usize = 10_000;

/// The variants of W4 and their weights, in percent.
pub(crate) const VARIANTS: [(&str, u32); 4] = [("a", 10), ("b", 20), ("c", 30), ("d", 40)];

/// What a flag of rules serves where its last rule matches.
pub(crate) const TREATMENT: &str = "treatment";

/// What it serves where one of the rules before matches.
pub(crate) const EARLY: &str = "early";

/// What it serves where no rule matches.
pub(crate) const CONTROL: &str = "control";

/// The attributes of a user.
pub(crate) mod attribute {
    pub(crate) const COUNTRY: &str = "country";
    pub(crate) const AGE: &str = "age";
    pub(crate) const PLAN: &str = "plan";
    pub(crate) const TEAM: &str = "team";
    pub(crate) const VERSION: &str = "app_version";
}

/// The countries of the users; each list of countries holds all ten, in an order of its own.
const COUNTRIES: [&str; 10] = ["AT", "BE", "DE", "DK", "ES", "FR", "IT", "NL", "NO", "SE"];

/// One thing to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) enum Workload {
    /// A boolean that is on, by name.
    #[serde(rename = "W1")]
    On,
    /// A rollout to 50 % by the user's key.
    #[serde(rename = "W2")]
    Rollout,
    /// Five rules of two conditions; the last matches.
    #[serde(rename = "W3")]
    Rules,
    /// Four weighted variants.
    #[serde(rename = "W4")]
    Variants,
    /// A name that no flag has.
    #[serde(rename = "W5")]
    Unknown,
    /// W2 over [`LARGE_SET`] flags, their names in random order.
    #[serde(rename = "W6")]
    LargeSet,
    /// W2 from two threads at once.
    #[serde(rename = "W7")]
    TwoThreads,
}

impl Workload {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; 7] =
        [Self::On, Self::Rollout, Self::Rules, Self::Variants, Self::Unknown, Self::LargeSet, Self::TwoThreads];

    /// Those timed in one thread: all but W7.
    pub(crate) const TIMED: [Self; 6] =
        [Self::On, Self::Rollout, Self::Rules, Self::Variants, Self::Unknown, Self::LargeSet];

    /// The short name and what it does, for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::On => "a boolean that is on",
            Self::Rollout => "a 50 % rollout by user key",
            Self::Rules => "five rules of two conditions, the last matches",
            Self::Variants => "four weighted variants",
            Self::Unknown => "an unknown name",
            Self::LargeSet => "W2 over 10,000 flags, names in random order",
            Self::TwoThreads => "W2 from two threads at once",
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::On => "W1",
            Self::Rollout => "W2",
            Self::Rules => "W3",
            Self::Variants => "W4",
            Self::Unknown => "W5",
            Self::LargeSet => "W6",
            Self::TwoThreads => "W7",
        })
    }
}

/// One flag, whose answer follows from its kind.
#[derive(Clone, Debug)]
pub(crate) struct Flag {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// The four kinds of flag.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A boolean, true for everybody.
    On,
    /// A boolean, true for half of the users.
    Rollout,
    /// A string: [`EARLY`] where one of the first four rules matches, [`TREATMENT`] where the last does, else [`CONTROL`].
    Rules(Vec<Rule>),
    /// A string: one of [`VARIANTS`] by weight.
    Variants,
}

/// Two conditions that both have to hold, asked in this order, and what is served then.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) conditions: [Condition; 2],
    pub(crate) serves: &'static str,
}

/// One question to one attribute, of a kind that every peer has an operator for. The ends of strings are left out for that
/// reason: three peers would need a regular expression, which one of them compiles at each evaluation.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) attribute: &'static str,
    pub(crate) test: Test,
}

/// What is asked of the attribute.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    /// One of these strings.
    In(Vec<&'static str>),
    /// This string.
    Equals(&'static str),
    /// A number of at least this.
    AtLeast(u32),
    /// A number below this.
    Below(u32),
    /// A semantic version of at least this.
    VersionAtLeast(&'static str),
}

/// The flags that a peer loads.
#[derive(Clone, Debug)]
pub(crate) struct FlagSet {
    pub(crate) flags: Vec<Flag>,
}

impl FlagSet {
    /// A set with a quarter of each kind, the kinds taking turns.
    pub(crate) fn mixed(size: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(0x5eed_0001);
        let flags = (0..size)
            .map(|index| {
                let kind = match index % 4 {
                    0 => Kind::On,
                    1 => Kind::Rollout,
                    2 => Kind::Rules(five_rules(&mut random)),
                    _ => Kind::Variants,
                };
                Flag { name: name(&mut random, index), kind }
            })
            .collect();
        Self { flags }
    }

    /// A set of rollouts only, which W6 asks for one by one.
    pub(crate) fn rollouts(size: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(0x5eed_0002);
        Self { flags: (0..size).map(|index| Flag { name: name(&mut random, index), kind: Kind::Rollout }).collect() }
    }

    /// The names a workload asks for, in the order it asks: random, but the same for every peer.
    pub(crate) fn names(&self, workload: Workload) -> Vec<String> {
        let mut random = fastrand::Rng::with_seed(0x5eed_0003);
        let mut names: Vec<String> = if workload == Workload::Unknown {
            // As long as the others and alike, so that a look-up has to do its work.
            (0..self.flags.len() / 4).map(|index| name(&mut random, 900_000 + index)).collect()
        } else {
            let asked = |kind: &Kind| match workload {
                Workload::On => matches!(kind, Kind::On),
                Workload::Rules => matches!(kind, Kind::Rules(_)),
                Workload::Variants => matches!(kind, Kind::Variants),
                Workload::Rollout | Workload::LargeSet | Workload::TwoThreads => matches!(kind, Kind::Rollout),
                Workload::Unknown => false,
            };
            self.flags.iter().filter(|flag| asked(&flag.kind)).map(|flag| flag.name.clone()).collect()
        };
        random.shuffle(&mut names);
        names
    }
}

/// Five rules. For every user of [`users`] the first condition of the first four holds and the second does not, and both
/// conditions of the last hold: all ten are asked.
fn five_rules(random: &mut fastrand::Rng) -> Vec<Rule> {
    let mut countries = || {
        let mut countries = COUNTRIES.to_vec();
        random.shuffle(&mut countries);
        Test::In(countries)
    };
    let ask = |attribute, test| Condition { attribute, test };
    vec![
        Rule {
            conditions: [ask(attribute::COUNTRY, countries()), ask(attribute::AGE, Test::AtLeast(120))],
            serves: EARLY,
        },
        Rule {
            conditions: [
                ask(attribute::VERSION, Test::VersionAtLeast("2.0.0")),
                ask(attribute::PLAN, Test::Equals("enterprise")),
            ],
            serves: EARLY,
        },
        Rule {
            conditions: [ask(attribute::AGE, Test::AtLeast(18)), ask(attribute::TEAM, Test::Equals("platform"))],
            serves: EARLY,
        },
        Rule {
            conditions: [ask(attribute::COUNTRY, countries()), ask(attribute::VERSION, Test::VersionAtLeast("9.0.0"))],
            serves: EARLY,
        },
        Rule {
            conditions: [ask(attribute::AGE, Test::Below(120)), ask(attribute::COUNTRY, countries())],
            serves: TREATMENT,
        },
    ]
}

/// A name of 22 bytes, unlike its neighbours.
fn name(random: &mut fastrand::Rng, index: usize) -> String {
    const AREAS: [&str; 8] = ["billing", "catalog", "courier", "gallery", "mailbox", "payment", "profile", "reports"];
    let area = AREAS[random.usize(..AREAS.len())];
    format!("{area}-{index:06}-{:07x}", random.u32(..1 << 28))
}

/// One user.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) key: String,
    pub(crate) country: &'static str,
    pub(crate) age: u32,
    pub(crate) plan: &'static str,
    pub(crate) team: &'static str,
    pub(crate) version: String,
}

impl User {
    /// The attributes that are strings.
    pub(crate) fn strings(&self) -> [(&'static str, &str); 4] {
        [
            (attribute::COUNTRY, self.country),
            (attribute::PLAN, self.plan),
            (attribute::TEAM, self.team),
            (attribute::VERSION, &self.version),
        ]
    }
}

/// The [`USERS`] users that take turns.
pub(crate) fn users() -> Vec<User> {
    const PLANS: [&str; 3] = ["free", "pro", "trial"];
    const TEAMS: [&str; 4] = ["checkout", "delivery", "research", "support"];
    let mut random = fastrand::Rng::with_seed(0x5eed_0004);
    (0..USERS)
        .map(|_| {
            let number = random.u64(..1 << 44);
            User {
                key: format!("user-{number:011x}"),
                country: COUNTRIES[random.usize(..COUNTRIES.len())],
                age: random.u32(18..80),
                plan: PLANS[random.usize(..PLANS.len())],
                team: TEAMS[random.usize(..TEAMS.len())],
                version: format!("{}.{}.{}", random.u32(2..9), random.u32(..20), random.u32(..100)),
            }
        })
        .collect()
}

/// Users for whom a flag of rules answers otherwise, one for each way out, and the answer. They prove that a peer asks
/// each of the conditions; they are not timed.
pub(crate) fn probes() -> Vec<(User, &'static str)> {
    let usual = User {
        key: "user-0000000probe".to_owned(),
        country: "NL",
        age: 40,
        plan: "pro",
        team: "research",
        version: "3.1.4".to_owned(),
    };
    vec![
        (User { age: 130, ..usual.clone() }, EARLY),
        (User { plan: "enterprise", ..usual.clone() }, EARLY),
        (User { team: "platform", ..usual.clone() }, EARLY),
        (User { version: "10.2.0".to_owned(), ..usual.clone() }, EARLY),
        (User { country: "BR", ..usual.clone() }, CONTROL),
        // Each breaks the first condition of a rule whose second would hold.
        (User { country: "BR", age: 130, ..usual.clone() }, CONTROL),
        (User { version: "1.9.9".to_owned(), plan: "enterprise", ..usual.clone() }, TREATMENT),
        (User { age: 17, team: "platform", ..usual.clone() }, TREATMENT),
        (User { country: "BR", version: "10.2.0".to_owned(), ..usual.clone() }, CONTROL),
        (usual, TREATMENT),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_a_quarter_of_each_kind_and_no_name_twice() {
        let set = FlagSet::mixed(SMALL_SET);
        for workload in [Workload::On, Workload::Rollout, Workload::Rules, Workload::Variants] {
            assert_eq!(set.names(workload).len(), SMALL_SET / 4, "{workload}");
        }
        let mut names: Vec<_> = set.flags.iter().map(|flag| flag.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SMALL_SET);
    }

    #[test]
    fn unknown_names_are_unknown_and_as_long_as_the_others() {
        let set = FlagSet::mixed(SMALL_SET);
        let length = set.flags[0].name.len();
        assert_eq!(length, 22);
        for name in set.names(Workload::Unknown) {
            assert_eq!(name.len(), length);
            assert!(set.flags.iter().all(|flag| flag.name != name), "{name}");
        }
    }

    #[test]
    fn the_large_set_asks_for_every_flag_once_a_round() {
        let names = FlagSet::rollouts(LARGE_SET).names(Workload::LargeSet);
        assert_eq!(names.len(), LARGE_SET);
        assert!(!names.is_sorted(), "the order is random");
    }
}
