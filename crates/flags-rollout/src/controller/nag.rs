//! How often somebody is told of what does not end: at once, and then at growing intervals.

use std::time::Duration;

use super::Incident;

const FIRST_GAP: Duration = Duration::from_secs(60);
const LONGEST_GAP: Duration = Duration::from_secs(60 * 60);

/// What somebody has been told of, and when he is told again.
#[derive(Clone, Debug, Default)]
pub(super) struct Nag {
    told: Vec<(Incident, Duration, Duration)>,
}

impl Nag {
    /// Whether to tell of an incident now.
    pub(super) fn tells(&mut self, incident: &Incident, uptime: Duration) -> bool {
        match self.told.iter_mut().find(|(known, _, _)| known.is_like(incident)) {
            None => {
                self.told.push((incident.clone(), uptime.saturating_add(FIRST_GAP), FIRST_GAP));
                true
            }
            Some((_, next, gap)) if *next <= uptime => {
                *gap = gap.saturating_mul(2).min(LONGEST_GAP);
                *next = uptime.saturating_add(*gap);
                true
            }
            Some(_) => false,
        }
    }

    /// Forgets what is over.
    pub(super) fn is_over(&mut self, over: impl Fn(&Incident) -> bool) {
        self.told.retain(|(known, _, _)| !over(known));
    }
}
