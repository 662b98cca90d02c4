//! Scenarios of simulated rollouts.

use std::time::Duration;

use flags_rollout::{
    guardrail::Arms,
    simulate::{Data, Scenario, Span, Traffic},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Reader, entries};
use crate::{Code, leaf, shape::header_span};

/// As many looks are simulated at most: about a minute of work.
const MOST_LOOKS: u128 = 10_000_000;

impl Reader<'_> {
    pub(crate) fn scenario(&mut self, table: &DeTable<'_>) -> Scenario {
        let mut scenario = Scenario { spans: vec![], ..Scenario::of_all(0.0, 0.0) };
        let (mut look, mut limit) = (None, None);
        for (name, entry) in entries(table) {
            let value = entry.value.get_ref();
            let duration = value.as_str().and_then(leaf::duration);
            match name {
                "look" => look = duration.map(|duration| (duration, entry.value)),
                "limit" => limit = duration.map(|duration| (duration, entry.value)),
                "traffic" => scenario.traffic = traffic(value).unwrap_or(scenario.traffic),
                "concentration" => scenario.concentration = leaf::float(value),
                "approve_after" => scenario.approve_after = duration,
                "spans" => scenario.spans = self.spans(value),
                "clock_jumps" => scenario.clock_jumps = jumps(value),
                _ => {}
            }
        }
        self.times(&mut scenario, look, limit);
        scenario
    }

    /// How often it is looked and for how long, if that is no more than can be done.
    fn times(&mut self, scenario: &mut Scenario, look: Option<Written<'_>>, limit: Option<Written<'_>>) {
        if let Some((duration, value)) = look {
            scenario.look = duration;
            if duration < Duration::from_millis(1) {
                self.report(Code::OUT_OF_RANGE, value.span(), "`look` must be at least a millisecond")
                    .label("expected a duration such as `\"5s\"`");
                return;
            }
        }
        if let Some((duration, _)) = limit {
            scenario.limit = duration;
        }
        let looks = scenario.limit.as_nanos() / scenario.look.as_nanos().max(1);
        let value = limit.or(look).map(|(_, value)| value);
        if let Some(value) = value.filter(|_| looks == 0) {
            self.report(Code::OUT_OF_RANGE, value.span(), "the simulation ends before its first look")
                .label("shorter than `look`")
                .help("write a `limit` that is longer than `look`");
        } else if let Some(value) = value.filter(|_| looks > MOST_LOOKS) {
            self.report(Code::OUT_OF_RANGE, value.span(), format!("there would be {looks} looks"))
                .label(format!("expected no more than {MOST_LOOKS}"))
                .help("look less often, or end earlier");
        }
    }

    fn spans(&mut self, value: &DeValue<'_>) -> Vec<Span> {
        let mut spans: Vec<Span> = vec![];
        for item in value.as_array().into_iter().flatten() {
            let Some(table) = item.get_ref().as_table() else { continue };
            let mut span = Span::new(Duration::ZERO, 0.0, 0.0);
            let mut place = header_span(self.text, None, item);
            for (name, entry) in entries(table) {
                let value = entry.value.get_ref();
                match name {
                    "from" => {
                        span.from = value.as_str().and_then(leaf::duration).unwrap_or_default();
                        place = entry.value.span();
                    }
                    "errors" => span.errors = rates(value),
                    "slow" => span.slow = rates(value),
                    "data" => span.data = data(value),
                    _ => {}
                }
            }
            if spans.iter().any(|earlier| earlier.from == span.from) {
                self.report(Code::OUT_OF_RANGE, place, "two spans begin at the same time")
                    .label("another one begins here")
                    .help("write `from` in each but the first, later than in those before");
            }
            spans.push(span);
        }
        spans
    }
}

/// A duration, and where it stands.
type Written<'t> = (Duration, &'t Spanned<DeValue<'t>>);

fn traffic(value: &DeValue<'_>) -> Option<Traffic> {
    let (name, entry) = entries(value.as_table()?).next()?;
    let runs = leaf::integer(entry.value.get_ref())?.try_into().ok()?;
    Some(if name == "total" { Traffic::Total(runs) } else { Traffic::PerArm(runs) })
}

/// One share for both arms, or one for each; what is no number counts as 0, and was reported.
fn rates(value: &DeValue<'_>) -> Arms<f64> {
    let of = |name: &str| {
        let value = value.as_table().map_or(Some(value), |table| table.get(name).map(Spanned::get_ref));
        value.and_then(leaf::float).unwrap_or_default()
    };
    Arms::new(of("control"), of("treatment"))
}

fn data(value: &DeValue<'_>) -> Data {
    match value.as_str() {
        Some("missing") => Data::Missing,
        Some("unreadable") => Data::Unreadable,
        _ => Data::Fine,
    }
}

fn jumps(value: &DeValue<'_>) -> Vec<(Duration, i64)> {
    let jump = |table: &DeTable<'_>| {
        let duration = |name: &str| table.get(name).and_then(|value| leaf::duration(value.get_ref().as_str()?));
        let seconds = |name: &str| duration(name).and_then(|duration| i64::try_from(duration.as_secs()).ok());
        let seconds = seconds("forward").or_else(|| seconds("back").map(|seconds| -seconds))?;
        Some((duration("at")?, seconds))
    };
    let tables = value.as_array().into_iter().flatten().filter_map(|item| item.get_ref().as_table());
    tables.filter_map(jump).collect()
}
