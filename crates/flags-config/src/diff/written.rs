//! Rollout plans, circuit breakers, signals, migrations, alerts and channels in the notation of the file.

mod operations;
mod rollout;

use flags_core::Percentage;

pub(super) use self::{
    operations::{alert_fields, channel_fields, migration_nodes, settings_fields, signal_fields},
    rollout::{breaker_fields, plan_fields, plan_parts},
};
use super::{Change, Effect, notation::string_toml, tree::Node};
use crate::duration::duration_text;

/// One key of a table with its value, or without.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// What counts; `None` where nothing does.
    pub(super) text: Option<String>,
    /// What counts where nothing is written.
    default: Option<String>,
}

impl Field {
    fn new(name: &'static str, text: impl Into<Option<String>>) -> Self {
        Self { name, text: text.into(), default: None }
    }

    fn or(name: &'static str, text: String, default: String) -> Self {
        Self { name, text: Some(text), default: Some(default) }
    }

    /// As a node of a table at `prefix`, which is empty or ends in a dot.
    pub(super) fn node(self, prefix: &str, effect: Effect) -> Node {
        Node::leaf(format!("{prefix}{}", self.name), self.text, effect)
    }
}

/// The fields that are not what counts anyway, as an inline table.
pub(super) fn inline(fields: impl IntoIterator<Item = Field>) -> String {
    let written = fields.into_iter().filter(|field| field.text != field.default);
    let texts: Vec<String> = written.filter_map(|field| Some(format!("{} = {}", field.name, field.text?))).collect();
    if texts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", texts.join(", ")) }
}

/// The changes between two lists of fields.
pub(super) fn compare_fields(old: Vec<Field>, new: Vec<Field>, effect: Effect) -> Vec<Change> {
    let nodes = |fields: Vec<Field>| fields.into_iter().map(|field| field.node("", effect)).collect();
    let mut changes = vec![];
    super::tree::compare(nodes(old), nodes(new), &mut changes);
    changes
}

fn duration(duration: std::time::Duration) -> String {
    format!("\"{}\"", duration_text(duration))
}

/// A number as a person would write it, exactly.
fn number(number: f64) -> String {
    const EXACT: f64 = 1e15;
    if number.fract() == 0.0 && number.abs() < EXACT { format!("{number}") } else { format!("{number:?}") }
}

fn percentage(share: Percentage) -> String {
    share.to_string()
}

fn text(text: &str) -> String {
    string_toml(text)
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}
