//! Settings of the program, signals, migrations, alerts and channels in the notation of the file.

use flags_rollout::{
    migration::PhaseDefinition,
    signals::{CountQueries, Credentials, SecretSource as Secret, SignalDefinition, SignalSource},
};

use super::{Field, duration, inline, list, number, rollout::guardrail, text};
use crate::{
    AlertCondition, AlertDefinition, ChannelDefinition, ChannelKind, MigrationSection, SecretSource, Settings,
    diff::{Effect, tree::Node},
};

/// Every field of the settings that is about the program.
pub(in crate::diff) fn settings_fields(settings: &Settings) -> Vec<Field> {
    let Settings { environment, cache_ttl, audit_evaluations } = settings;
    vec![
        Field::new("environment", environment.as_deref().map(text)),
        Field::new("cache_ttl", duration(*cache_ttl)),
        Field::new("audit_evaluations", audit_evaluations.to_string()),
    ]
}

/// Every field of a signal.
pub(in crate::diff) fn signal_fields(signal: &SignalDefinition) -> Vec<Field> {
    let default = SignalDefinition::new("", SignalSource::Pushed);
    let queries = |queries: &CountQueries| {
        inline([Field::new("bad", text(&queries.bad)), Field::new("runs", text(&queries.runs))])
    };
    let (mut fields, credentials) = match &signal.source {
        SignalSource::Prometheus { url, query, credentials } => {
            (vec![Field::new("prometheus", text(url)), Field::new("query", text(query))], credentials.as_ref())
        }
        SignalSource::PrometheusCounts { url, queries: arms, credentials } => (
            vec![
                Field::new("prometheus", text(url)),
                Field::new("treatment", queries(&arms.treatment)),
                Field::new("control", queries(&arms.control)),
            ],
            credentials.as_ref(),
        ),
        SignalSource::Http(check) => (
            vec![
                Field::new("http", text(&check.url)),
                Field::new("status", check.status.map(|status| status.to_string())),
                Field::new("unreachable", check.unreachable_is_unhealthy.then(|| text("unhealthy"))),
            ],
            check.credentials.as_ref(),
        ),
        SignalSource::PushedCounts => {
            (vec![Field::new("source", text("application")), Field::new("counts", "true".to_owned())], None)
        }
        _ => (vec![Field::new("source", text("application"))], None),
    };
    let secret = |names: [&'static str; 2], secret: &Secret| match secret {
        Secret::Environment(name) => Field::new(names[1], text(name)),
        Secret::File(path) => Field::new(names[0], text(path)),
        _ => Field::new(names[0], None),
    };
    match credentials {
        Some(Credentials::Bearer(token)) => fields.push(secret(["token_file", "token_env"], token)),
        Some(Credentials::Basic { user, password }) => {
            fields.extend([Field::new("user", text(user)), secret(["password_file", "password_env"], password)]);
        }
        _ => {}
    }
    if !matches!(signal.source, SignalSource::Pushed | SignalSource::PushedCounts) {
        fields.extend([
            Field::or("interval", duration(signal.interval), duration(default.interval)),
            Field::or("timeout", duration(signal.timeout), duration(default.timeout)),
        ]);
    }
    fields
}

/// Every field of a migration; its phases are known by their names, and their order is one as well.
pub(in crate::diff) fn migration_nodes(section: &MigrationSection) -> Vec<Node> {
    let MigrationSection { key: _, description, migration } = section;
    let rolls_back = migration.rolls_back_on_failure().to_string();
    let mut nodes = vec![
        Node::leaf("description", description.as_deref().map(text), Effect::Describes),
        Node::leaf("rollback_on_failure", Some(rolls_back), Effect::Decides),
    ];
    let order = list(migration.phases().iter().map(|phase| text(&phase.name)));
    for phase in migration.phases() {
        let path = format!("phases {}", text(&phase.name));
        let fields = phase_fields(phase).into_iter().map(|field| field.node(&format!("{path}."), Effect::Decides));
        let fields = fields.collect();
        let written = inline(phase_fields(phase));
        nodes.push(Node::Group { path, text: written, effect: Effect::Decides, fields });
    }
    nodes.push(Node::leaf("phases (order)", Some(order), Effect::Decides));
    nodes
}

fn phase_fields(phase: &PhaseDefinition) -> Vec<Field> {
    let PhaseDefinition { name, flag, requires, hold, rollback_flag, guardrails } = phase;
    let some = |items: Vec<String>| (!items.is_empty()).then(|| list(items));
    vec![
        Field::new("name", text(name)),
        Field::new("flag", text(flag)),
        Field::new("requires", some(requires.iter().map(|flag| text(flag)).collect())),
        Field::or("hold", duration(*hold), duration(std::time::Duration::ZERO)),
        Field::new("rollback_flag", rollback_flag.as_deref().map(text)),
        Field::new("guardrails", some(guardrails.iter().map(guardrail).collect())),
    ]
}

/// Every field of an alert.
pub(in crate::diff) fn alert_fields(alert: &AlertDefinition) -> Vec<Field> {
    let AlertDefinition { key: _, when, severity, cooldown, hold, notify, description } = alert;
    vec![
        Field::new("when", condition(when)),
        Field::new("severity", text(severity.name())),
        Field::new("for", duration(*hold)),
        Field::new("cooldown", duration(*cooldown)),
        Field::new("notify", (!notify.is_empty()).then(|| list(notify.iter().map(|channel| text(channel))))),
        Field::new("description", description.as_deref().map(text)),
    ]
}

fn condition(when: &AlertCondition) -> String {
    let (name, value) = match when {
        AlertCondition::EvaluationLatency { percentile, above, window, min_samples } => (
            "evaluation_latency",
            inline([
                Field::new("percentile", number(*percentile)),
                Field::new("above", duration(*above)),
                Field::new("window", duration(*window)),
                Field::new("min_samples", min_samples.to_string()),
            ]),
        ),
        AlertCondition::FlagErrorRate { above, flag, window, min_samples } => (
            "flag_error_rate",
            inline([
                Field::new("above", number(*above)),
                Field::new("flag", flag.as_deref().map(text)),
                Field::new("window", duration(*window)),
                Field::new("min_samples", min_samples.to_string()),
            ]),
        ),
        AlertCondition::Rollback => ("rollback", "true".to_owned()),
        AlertCondition::RolloutAttention => ("rollout_attention", "true".to_owned()),
        AlertCondition::ExperimentSignificant => ("experiment_significant", "true".to_owned()),
        AlertCondition::UnexpectedChange => ("unexpected_change", "true".to_owned()),
        AlertCondition::ReloadFailed => ("reload_failed", "true".to_owned()),
    };
    format!("{{ {name} = {value} }}")
}

/// Every field of a channel.
pub(in crate::diff) fn channel_fields(channel: &ChannelDefinition) -> Vec<Field> {
    let ChannelDefinition { key: _, kind, timeout, retries, link } = channel;
    let secret = |names: [&'static str; 2], secret: &Option<SecretSource>| {
        secret.as_ref().map(|secret| match secret {
            SecretSource::File(path) => Field::new(names[0], text(path)),
            SecretSource::Environment(name) => Field::new(names[1], text(name)),
        })
    };
    let token = |token: &Option<SecretSource>| secret(["token_file", "token_env"], token);
    let mut fields = match kind {
        ChannelKind::Log => vec![Field::new("kind", text("log"))],
        ChannelKind::Webhook { url, secret: key, token: bearer } => {
            let mut fields = vec![Field::new("kind", text("webhook")), Field::new("url", text(url))];
            fields.extend(secret(["secret_file", "secret_env"], key));
            fields.extend(token(bearer));
            fields
        }
        ChannelKind::Alertmanager { url, token: bearer } => {
            let mut fields = vec![Field::new("kind", text("alertmanager")), Field::new("url", text(url))];
            fields.extend(token(bearer));
            fields
        }
    };
    if !matches!(kind, ChannelKind::Log) {
        fields.extend([
            Field::new("link", link.as_deref().map(text)),
            Field::new("timeout", duration(*timeout)),
            Field::new("retries", retries.to_string()),
        ]);
    }
    fields
}
