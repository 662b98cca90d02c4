//! Queries of a Prometheus server, at one instant.

use flags_core::Timestamp;

use super::{
    Answer, AnswerProblem, CountQueries, Credentials, SignalReader,
    answer::{decode_answer, shown},
    board::MOST_AGE,
    http::{Client, Deadline, HttpError, Method, origin},
};
use crate::guardrail::{Arms, Counts, Sample, one_value};

/// Queries beyond this length are posted: addresses have no limit by any standard, and one in any server.
const LONGEST_ADDRESS: usize = 2_000;

/// From here on a number as Prometheus knows it cannot be counted by ones.
const MOST_RUNS: f64 = 9_007_199_254_740_992.0;

/// A signal of a Prometheus server.
pub struct Prometheus {
    client: Client,
    /// The address of its queries.
    endpoint: String,
    origin: Box<str>,
    queries: Queries,
    timeout: std::time::Duration,
}

enum Queries {
    Value(Box<str>),
    Counts(Arms<CountQueries>),
}

impl Prometheus {
    /// A query that yields one number.
    #[must_use]
    pub fn value(url: &str, query: &str, credentials: Option<Credentials>, timeout: std::time::Duration) -> Self {
        Self::new(url, Queries::Value(query.into()), credentials, timeout)
    }

    /// Queries that count the runs of both arms. All of them together have `timeout` to be answered.
    #[must_use]
    pub fn counts(
        url: &str,
        queries: Arms<CountQueries>,
        credentials: Option<Credentials>,
        timeout: std::time::Duration,
    ) -> Self {
        Self::new(url, Queries::Counts(queries), credentials, timeout)
    }

    fn new(url: &str, queries: Queries, credentials: Option<Credentials>, timeout: std::time::Duration) -> Self {
        let client = Client::new(credentials);
        Self { client, endpoint: endpoint(url), origin: origin(url).into(), queries, timeout }
    }

    /// The one sample a query yields, of the instant.
    fn ask(&self, query: &str, now: Timestamp, deadline: Deadline) -> Result<Sample, Answer> {
        let samples = self.samples(query, now, deadline).map_err(Answer::error)?;
        one_value(&samples, Timestamp::from_micros(i64::MIN), MOST_AGE, now).map_err(Answer::problem)?;
        samples.first().copied().ok_or_else(|| Answer::problem(crate::guardrail::SignalProblem::Empty))
    }

    fn samples(&self, query: &str, now: Timestamp, deadline: Deadline) -> Result<Vec<Sample>, String> {
        let origin = &self.origin;
        let failed = |error: HttpError| match error {
            HttpError::Secret(secret) => secret.to_string(),
            error => format!("{origin} {error}"),
        };
        let form = form(query, now);
        let answer = if self.endpoint.len() + form.len() < LONGEST_ADDRESS {
            self.client.ask(&Method::Get, &format!("{}?{form}", self.endpoint), deadline)
        } else {
            self.client.ask(&Method::Post(&form), &self.endpoint, deadline)
        };
        let mut answer = answer.map_err(failed)?;
        let status = answer.status().as_u16();
        if (300..400).contains(&status) {
            let to = answer.headers().get("Location").and_then(|to| to.to_str().ok());
            let to = to.map(|to| format!(" to {}", shown(to))).unwrap_or_default();
            return Err(format!(
                "{origin} redirects{to}, which is not followed, so that nobody else sees the credentials: \
                 write the address of the server itself"
            ));
        }
        let body = Client::body(&mut answer, deadline).map_err(failed)?;
        match (status, decode_answer(&body)) {
            (200, Ok(samples)) => Ok(samples),
            (200, Err(problem @ AnswerProblem::Refused { .. })) => Err(format!("{origin} answered {problem}")),
            (200, Err(problem)) => Err(format!("{origin}: {problem}")),
            (_, Err(problem @ AnswerProblem::Refused { .. })) => Err(format!("{origin} answered {status}, {problem}")),
            (401 | 403, _) => Err(format!("{origin} answered {status}: it does not accept the credentials")),
            (404, _) => Err(format!("{origin} answered 404: there is no Prometheus at this address")),
            _ => {
                let said = shown(&String::from_utf8_lossy(&body));
                let said = if said.is_empty() { said } else { format!(": {said}").into() };
                Err(format!("{origin} answered {status}{said}"))
            }
        }
    }

    fn count(&self, queries: &Arms<CountQueries>, now: Timestamp) -> Result<Answer, Answer> {
        let deadline = Deadline::after(self.timeout);
        let mut at = now;
        let mut ask = |query: &str, what: &str| {
            let of = |answer| match answer {
                Answer::Missing(verdict, text) => Answer::Missing(verdict, format!("{what}: {text}").into()),
                other => other,
            };
            let sample = self.ask(query, now, deadline).map_err(of)?;
            at = at.min(sample.at);
            let count = sample.value.round();
            if !(0.0..MOST_RUNS).contains(&count) {
                return Err(of(Answer::error(format!("{} is no number of runs", sample.value))));
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is whole, not negative, and within the range"
            )]
            Ok(count as u64)
        };
        // A scrape may come in between. The bad runs are asked for first, so that there is a run for each of them.
        let bad = Arms::new(
            ask(&queries.control.bad, "the bad runs of the control")?,
            ask(&queries.treatment.bad, "the bad runs of the treatment")?,
        );
        let runs = Arms::new(
            ask(&queries.control.runs, "the runs of the control")?,
            ask(&queries.treatment.runs, "the runs of the treatment")?,
        );
        for (arm, bad, runs) in [("control", bad.control, runs.control), ("treatment", bad.treatment, runs.treatment)] {
            if bad > runs {
                let text = format!("{bad} bad runs of the {arm} among {runs}: the queries do not count the same runs");
                return Err(Answer::error(text));
            }
        }
        let arms = Arms::new(Counts::new(bad.control, runs.control), Counts::new(bad.treatment, runs.treatment));
        Ok(Answer::Counts { arms, at })
    }
}

impl SignalReader for Prometheus {
    fn read(&self, now: Timestamp) -> Answer {
        // Prometheus counts time in milliseconds.
        let now = Timestamp::from_millis(now.as_millis());
        let read = match &self.queries {
            Queries::Value(query) => self.ask(query, now, Deadline::after(self.timeout)).map(Answer::Value),
            Queries::Counts(queries) => self.count(queries, now),
        };
        read.unwrap_or_else(|missing| missing)
    }
}

impl std::fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prometheus").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// Where queries are sent, below the address of a server.
fn endpoint(url: &str) -> String {
    let base = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let base = base.strip_suffix("/api/v1/query").unwrap_or(base);
    format!("{base}/api/v1/query")
}

/// The fields of a query.
fn form(query: &str, now: Timestamp) -> String {
    let millis = now.as_millis();
    let mut form = String::from("query=");
    for byte in query.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            form.push(char::from(byte));
        } else {
            form.push_str(&format!("%{byte:02X}"));
        }
    }
    form.push_str(&format!("&time={}.{:03}", millis.div_euclid(1_000), millis.rem_euclid(1_000)));
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_added_once() {
        for (url, expected) in [
            ("http://prometheus:9090", "http://prometheus:9090/api/v1/query"),
            ("http://prometheus:9090/", "http://prometheus:9090/api/v1/query"),
            ("https://example/select/0/prometheus/", "https://example/select/0/prometheus/api/v1/query"),
            ("https://example/api/v1/query", "https://example/api/v1/query"),
        ] {
            assert_eq!(endpoint(url), expected);
        }
    }

    #[test]
    fn what_is_asked_is_written_out() {
        let form = form("rate(x{é=\"a b\"}[5m]) + 1", Timestamp::from_millis(1_700_000_000_007));
        assert_eq!(form, "query=rate%28x%7B%C3%A9%3D%22a%20b%22%7D%5B5m%5D%29%20%2B%201&time=1700000000.007");
    }
}
