//! `[signals.KEY]`.

use flags_rollout::{
    guardrail::Arms,
    signals::{CountQueries, Credentials, HealthCheck, SecretSource, SignalDefinition, SignalSource},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Reader, entries};
use crate::{Code, leaf, shape::quoted};

/// The metrics that are built in, whose names a signal cannot have.
pub(crate) const BUILT_IN: [&str; 4] = ["error_rate", "latency_p50", "latency_p95", "latency_p99"];

const CREDENTIALS: [&str; 5] = ["token_file", "token_env", "user", "password_file", "password_env"];

/// Where a signal comes from.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    Prometheus,
    Http,
    Application,
}

impl Origin {
    /// The one that is written; `None` where there is none, or more than one, which was reported.
    fn of(table: &DeTable<'_>) -> Option<Self> {
        let written = [("prometheus", Self::Prometheus), ("http", Self::Http), ("source", Self::Application)];
        let mut written = written.into_iter().filter(|(name, _)| table.contains_key(*name));
        written.next().filter(|_| written.next().is_none()).map(|(_, origin)| origin)
    }

    fn words(self) -> &'static str {
        match self {
            Self::Prometheus => "a signal from Prometheus",
            Self::Http => "a signal from `http`",
            Self::Application => "a signal from the application",
        }
    }

    /// The keys it takes besides the one that says what it is.
    fn keys(self) -> Vec<&'static str> {
        let own: &[&str] = match self {
            Self::Prometheus => &["query", "treatment", "control", "interval", "timeout"],
            Self::Http => &["status", "unreachable", "interval", "timeout"],
            Self::Application => return vec!["counts"],
        };
        [own, &CREDENTIALS].concat()
    }
}

impl Reader<'_> {
    pub(crate) fn signal(&mut self, key: &str, table: &DeTable<'_>) -> SignalDefinition {
        if BUILT_IN.contains(&key) {
            let header = self.header.0.clone();
            self.report(Code::RESERVED_SIGNAL, header, format!("`{key}` is a metric that is built in"))
                .label("not free for a signal")
                .help("give the signal another key, and name that in the guardrails");
        }
        // Without a source the document is refused.
        let mut signal = SignalDefinition::new(key, SignalSource::Pushed);
        for (name, entry) in entries(table) {
            match name {
                "interval" => signal.interval = self.some_time(name, entry.value, signal.interval),
                "timeout" => signal.timeout = self.some_time(name, entry.value, signal.timeout),
                _ => {}
            }
        }
        let Some(origin) = Origin::of(table) else { return signal };
        self.refuse_keys(origin, table);
        let credentials = if origin == Origin::Application { None } else { self.credentials(table) };
        signal.source = match origin {
            Origin::Prometheus => self.prometheus(key, table, credentials),
            Origin::Http => SignalSource::Http(HealthCheck {
                url: url(table, "http"),
                status: content(table, "status").and_then(leaf::integer).and_then(|status| status.try_into().ok()),
                unreachable_is_unhealthy: content(table, "unreachable").and_then(DeValue::as_str) == Some("unhealthy"),
                credentials,
            }),
            Origin::Application if content(table, "counts").and_then(DeValue::as_bool) == Some(true) => {
                SignalSource::PushedCounts
            }
            Origin::Application => SignalSource::Pushed,
        };
        signal
    }

    /// Reports the keys that the source has no use for.
    fn refuse_keys(&mut self, origin: Origin, table: &DeTable<'_>) {
        let taken = origin.keys();
        let known: Vec<&str> = [Origin::Prometheus, Origin::Http, Origin::Application].map(Origin::keys).concat();
        for (name, entry) in entries(table).filter(|(name, _)| known.contains(name) && !taken.contains(name)) {
            let whose: Vec<&str> = [Origin::Prometheus, Origin::Http, Origin::Application]
                .into_iter()
                .filter(|other| other.keys().contains(&name))
                .map(Origin::words)
                .collect();
            self.report(Code::SIGNAL_SOURCE, entry.key.span(), format!("{} takes no `{name}`", origin.words()))
                .label("not for this source")
                .help(format!("remove it: `{name}` is for {}; this one takes {}", whose.join(" and "), quoted(&taken)));
        }
    }

    fn prometheus(&mut self, key: &str, table: &DeTable<'_>, credentials: Option<Credentials>) -> SignalSource {
        let url = url(table, "prometheus");
        let arms = [("treatment", "control"), ("control", "treatment")];
        let arm = arms.into_iter().find_map(|(arm, other)| Some((table.get_key_value(arm)?, arm, other)));
        let Some(((written, _), arm, other)) = arm else {
            let query = content(table, "query").and_then(leaf::text);
            if !table.contains_key("query") {
                let header = self.header.0.clone();
                let message = format!("signal `{key}` needs `query`, or `treatment` and `control`");
                self.report(Code::MISSING_KEY, header, message)
                    .label("what is asked for?")
                    .help(
                        "`query` takes the query in PromQL that yields one number; `treatment` and `control` count the runs of \
                         both arms, so that a guardrail can compare them",
                    );
            }
            return SignalSource::Prometheus { url, query: query.unwrap_or_default(), credentials };
        };
        if !table.contains_key(other) {
            self.report(Code::MISSING_KEY, written.span(), format!("`{arm}` of signal `{key}` needs `{other}`"))
                .label(format!("compared with what? `{other}` is missing"))
                .help(format!("add `{other} = {{ bad = \"…\", runs = \"…\" }}`, the same queries for the other arm"));
        }
        let queries = |arm| {
            let text = |name| {
                let query = content(table, arm).and_then(|arm| arm.get(name));
                query.and_then(|query| leaf::text(query.get_ref())).unwrap_or_default()
            };
            CountQueries { bad: text("bad"), runs: text("runs") }
        };
        let queries = Arms { treatment: queries("treatment"), control: queries("control") };
        SignalSource::PrometheusCounts { url, queries, credentials }
    }

    /// Who asks. That there is more than one secret was reported.
    fn credentials(&mut self, table: &DeTable<'_>) -> Option<Credentials> {
        let secret = |file, environment| {
            let text = |name| content(table, name).and_then(leaf::text).filter(|text| !text.is_empty());
            text(file).map(SecretSource::File).or_else(|| text(environment).map(SecretSource::Environment))
        };
        let token = secret("token_file", "token_env");
        let password = secret("password_file", "password_env");
        let user = table.get_key_value("user");
        if let (Some((user, _)), None) = (user, &password)
            && !table.contains_key("password_file")
            && !table.contains_key("password_env")
        {
            let token = table.get_key_value("token_file").or_else(|| table.get_key_value("token_env"));
            match token {
                Some((token, _)) => {
                    let token = token.span();
                    self.report(Code::EXCLUSIVE_KEYS, user.span(), "a bearer token has no `user`")
                        .label("whose name is this?")
                        .related(token, "the token")
                        .help("remove `user`, or write `password_file` or `password_env` in place of the token")
                }
                None => self
                    .report(Code::MISSING_KEY, user.span(), "`user` needs `password_file` or `password_env`")
                    .label("the password is missing")
                    .help("say where the password is; it is never written in the file itself"),
            };
        }
        if user.is_none()
            && let Some((written, _)) =
                table.get_key_value("password_file").or_else(|| table.get_key_value("password_env"))
        {
            let name: &str = written.get_ref();
            self.report(Code::MISSING_KEY, written.span(), format!("`{name}` needs `user`"))
                .label("whose password?")
                .help("add `user`, or write `token_file` or `token_env` for a bearer token");
        }
        let user = user.and_then(|(_, user)| leaf::text(user.get_ref()));
        match (token, user, password) {
            (Some(token), ..) => Some(Credentials::Bearer(token)),
            (None, Some(user), Some(password)) => Some(Credentials::Basic { user, password }),
            _ => None,
        }
    }
}

fn content<'t>(table: &'t DeTable<'t>, name: &str) -> Option<&'t DeValue<'t>> {
    table.get(name).map(Spanned::get_ref)
}

fn url(table: &DeTable<'_>, name: &str) -> Box<str> {
    content(table, name).and_then(|value| leaf::url(value).ok()).unwrap_or_default()
}
