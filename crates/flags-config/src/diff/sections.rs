//! What changed beside the definitions: rollout plans and circuit breakers of flags, signals, migrations, alerts, channels.

use std::collections::HashMap;

use flags_rollout::plan::Plan;

use super::{
    Change, Difference, Effect, EntryDifference, EntryKind, Status, compare_entries,
    notation::key_toml,
    tree::{Node, compare},
    written::{
        alert_fields, breaker_fields, channel_fields, compare_fields, inline, migration_nodes, plan_fields, plan_parts,
        settings_fields, signal_fields,
    },
};
use crate::{BreakerSection, Document, RolloutSection};

impl Difference {
    /// What changed from one document to another: the definitions, and everything that stands beside them.
    ///
    /// A change of a rollout plan or of a circuit breaker is one of its flag.
    ///
    /// ```
    /// use flags_config::{Difference, Source, load};
    ///
    /// let version = |hold: &str| {
    ///     let text = format!(
    ///         "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"custom\"\n\
    ///          stages = [{{ percentage = 5, hold = \"{hold}\" }}, {{ percentage = 100 }}]\n"
    ///     );
    ///     load(&Source::new("flags.toml", text).into()).document.expect("the file has no errors")
    /// };
    /// let difference = Difference::between_documents(&version("1h"), &version("2h"));
    /// assert_eq!(
    ///     difference.to_string(),
    ///     "search: rollout.stages[0] { percentage = 5, hold = \"1h\" } -> { percentage = 5, hold = \"2h\" }\n"
    /// );
    /// ```
    #[must_use]
    pub fn between_documents(old: &Document, new: &Document) -> Self {
        let mut difference = Self::between(&old.definitions, &new.definitions);
        difference.add_to_flags(old, new);
        let mut settings =
            compare_fields(settings_fields(&old.settings), settings_fields(&new.settings), Effect::Decides);
        for change in &mut settings {
            change.path = format!("settings.{}", change.path);
        }
        difference.settings.extend(settings);
        difference.signals = compare_entries(
            EntryKind::Signal,
            old.signals.iter().map(|signal| (&*signal.key, signal)),
            new.signals.iter().map(|signal| (&*signal.key, signal)),
            |old, new| compare_fields(signal_fields(old), signal_fields(new), Effect::Decides),
        );
        difference.migrations = compare_entries(
            EntryKind::Migration,
            old.migrations.iter().map(|section| (&*section.key, section)),
            new.migrations.iter().map(|section| (&*section.key, section)),
            |old, new| {
                let mut changes = vec![];
                compare(migration_nodes(old), migration_nodes(new), &mut changes);
                changes
            },
        );
        difference.alerts = compare_entries(
            EntryKind::Alert,
            old.alerts.iter().map(|alert| (&*alert.key, alert)),
            new.alerts.iter().map(|alert| (&*alert.key, alert)),
            |old, new| compare_fields(alert_fields(old), alert_fields(new), Effect::Describes),
        );
        difference.channels = compare_entries(
            EntryKind::Channel,
            old.channels.iter().map(|channel| (&*channel.key, channel)),
            new.channels.iter().map(|channel| (&*channel.key, channel)),
            |old, new| compare_fields(channel_fields(old), channel_fields(new), Effect::Describes),
        );
        difference
    }

    /// Adds what changed in the plans and breakers of the flags that are in both documents.
    fn add_to_flags(&mut self, old: &Document, new: &Document) {
        let (mut before, mut after) = (by_flag(old), by_flag(new));
        let known: HashMap<&str, usize> = self.flags.iter().enumerate().map(|(at, entry)| (&*entry.key, at)).collect();
        let mut more: HashMap<Box<str>, Vec<Change>> = HashMap::new();
        for flag in &new.definitions.flags {
            let key = &*flag.key;
            let (old_nodes, new_nodes) =
                (before.remove(key).unwrap_or_default(), after.remove(key).unwrap_or_default());
            let mut changes = vec![];
            compare(old_nodes, new_nodes, &mut changes);
            let added = known.get(key).is_some_and(|at| self.flags[*at].status == Status::Added);
            if !changes.is_empty() && !added {
                more.insert(key.into(), changes);
            }
        }
        if more.is_empty() {
            return;
        }
        // Those there are now in their order, then those that are gone.
        let mut entries: HashMap<Box<str>, EntryDifference> =
            std::mem::take(&mut self.flags).into_iter().map(|entry| (entry.key.clone(), entry)).collect();
        let mut flags = vec![];
        for flag in &new.definitions.flags {
            let mut entry = entries.remove(&flag.key);
            if let Some(changes) = more.remove(&flag.key) {
                let kind = EntryKind::Flag;
                let entry = entry.get_or_insert_with(|| EntryDifference {
                    kind,
                    key: flag.key.clone(),
                    status: Status::Changed,
                    changes: vec![],
                });
                entry.changes.extend(changes);
            }
            flags.extend(entry);
        }
        flags.extend(old.definitions.flags.iter().filter_map(|flag| entries.remove(&flag.key)));
        self.flags = flags;
    }
}

/// The plans and breakers of each flag, as nodes.
fn by_flag(document: &Document) -> HashMap<&str, Vec<Node>> {
    let mut nodes: HashMap<&str, Vec<Node>> = HashMap::new();
    let prefix = |environment: Option<&str>| {
        environment.map_or_else(String::new, |environment| format!("environments.{}.", key_toml(environment)))
    };
    for RolloutSection { flag, environment, plan } in &document.rollouts {
        let path = format!("{}rollout", prefix(environment.as_deref()));
        nodes.entry(flag).or_default().push(plan_node(path, plan));
    }
    for BreakerSection { flag, environment, options } in &document.breakers {
        let path = format!("{}error_threshold", prefix(environment.as_deref()));
        let fields = breaker_fields(options).into_iter().map(|field| field.node(&format!("{path}."), Effect::Decides));
        let fields = fields.collect();
        let text = inline(breaker_fields(options));
        nodes.entry(flag).or_default().push(Node::Group { path, text, effect: Effect::Decides, fields });
    }
    nodes
}

fn plan_node(path: String, plan: &Plan) -> Node {
    let definition = plan.definition();
    let text = plan_toml(plan);
    let effect = Effect::Decides;
    let mut fields: Vec<Node> =
        plan_fields(definition).into_iter().map(|field| field.node(&format!("{path}."), effect)).collect();
    let [(stages, stage_texts), lists @ ..] = plan_parts(definition);
    fields.extend(
        stage_texts
            .into_iter()
            .enumerate()
            .map(|(at, text)| Node::leaf(format!("{path}.{stages}[{at}]"), Some(text), effect)),
    );
    fields.extend(lists.map(|(name, texts)| Node::set(format!("{path}.{name}"), texts, effect)));
    Node::Group { path, text, effect, fields }
}

/// A rollout plan as an inline table in the notation of the file; what counts anyway is left out.
///
/// ```
/// use flags_config::plan_toml;
/// use flags_rollout::plan::{GuardMetric, GuardrailDefinition, RolloutDefinition, Strategy, Surroundings};
///
/// let guardrail = GuardrailDefinition::new(GuardMetric::ErrorRate).max(0.05);
/// let plan = RolloutDefinition::new(Strategy::Canary).guardrail(guardrail).check(&Surroundings::default());
/// assert_eq!(
///     plan_toml(&plan.expect("nothing is wrong with it")),
///     r#"{ strategy = "canary", guardrails = [{ metric = "error_rate", max = 0.05 }] }"#
/// );
/// ```
#[must_use]
pub fn plan_toml(plan: &Plan) -> String {
    let definition = plan.definition();
    let fields = inline(plan_fields(definition));
    let lists: Vec<String> = plan_parts(definition)
        .into_iter()
        .filter(|(_, texts)| !texts.is_empty())
        .map(|(name, texts)| format!(", {name} = [{}]", texts.join(", ")))
        .collect();
    // There is always a strategy, so the table is never empty.
    format!("{}{} }}", fields.trim_end_matches('}').trim_end(), lists.concat())
}
