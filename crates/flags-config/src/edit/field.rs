//! The fields of a flag that can be set, and what each of them takes.

use toml_edit::Key;

use super::EditError;
use crate::suggest::closest;

/// A field of a flag: the way to it from the top of the file, and what it takes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) steps: Vec<Step>,
    pub(super) kind: Kind,
}

/// One step on the way to a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// The entry of that name of a table.
    Key(String),
    /// The element of a list, by its `name` or its position from 0.
    Element(String),
}

impl Step {
    pub(super) fn key(name: impl Into<String>) -> Self {
        Self::Key(name.into())
    }
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    State,
    ValueType,
    Percentage,
    Weight,
    Integer,
    Number,
    Text,
    /// A text, or a list of texts.
    TextOrList,
    List,
    Instant,
    Date,
    /// The name of a variant, or true and false.
    Variant,
    /// The value of a variant, which may be written in the long form with a weight.
    VariantValue,
    /// Whatever a person likes.
    Any,
}

/// The plain fields of a flag, and whether an environment may have them too.
const PLAIN: [(&str, Kind, bool); 21] = [
    ("enabled", Kind::Boolean, true),
    ("state", Kind::State, true),
    ("rollout_percentage", Kind::Percentage, true),
    ("serve", Kind::Variant, true),
    ("off", Kind::Variant, true),
    ("type", Kind::ValueType, false),
    ("description", Kind::Text, true),
    ("owner", Kind::Text, true),
    ("tags", Kind::List, true),
    ("expires", Kind::Date, true),
    ("protected", Kind::Boolean, true),
    ("created_at", Kind::Instant, false),
    ("updated_at", Kind::Instant, true),
    ("updated_by", Kind::Text, true),
    ("parent", Kind::Text, true),
    ("requires", Kind::List, true),
    ("bucket_by", Kind::TextOrList, true),
    ("salt", Kind::Text, true),
    ("conditions", Kind::List, true),
    ("rules", Kind::List, true),
    ("schedule", Kind::List, true),
];

const TARGETS: [(&str, Kind); 6] = [
    ("environments", Kind::List),
    ("users", Kind::List),
    ("node_ids", Kind::List),
    ("validator_keys", Kind::List),
    ("ip_ranges", Kind::List),
    ("segments", Kind::List),
];

const CONDITIONS: [(&str, Kind); 5] = [
    ("after", Kind::Instant),
    ("before", Kind::Instant),
    ("chain_height", Kind::Integer),
    ("sync_progress", Kind::Number),
    ("custom", Kind::TextOrList),
];

const RULE: [(&str, Kind); 4] =
    [("name", Kind::Text), ("when", Kind::List), ("rollout_percentage", Kind::Percentage), ("serve", Kind::Variant)];

const SCHEDULE: [(&str, Kind); 4] = [
    ("at", Kind::Instant),
    ("enabled", Kind::Boolean),
    ("state", Kind::State),
    ("rollout_percentage", Kind::Percentage),
];

const VARIANT: [(&str, Kind); 3] = [("value", Kind::Any), ("weight", Kind::Weight), ("description", Kind::Text)];

/// What takes a number or a text, such as the window of a breaker, is taken as it is written.
const ERROR_THRESHOLD: [(&str, Kind); 6] = [
    ("rate", Kind::Number),
    ("window", Kind::Any),
    ("min_samples", Kind::Integer),
    ("cooldown", Kind::Text),
    ("permits", Kind::Integer),
    ("half_open_for", Kind::Text),
];

const ROLLOUT: [(&str, Kind); 16] = [
    ("strategy", Kind::Text),
    ("start", Kind::Percentage),
    ("target", Kind::Percentage),
    ("duration", Kind::Text),
    ("auto_advance", Kind::Boolean),
    ("min_samples", Kind::Integer),
    ("not_before", Kind::Instant),
    ("grace", Kind::Text),
    ("settle_timeout", Kind::Text),
    ("deadline", Kind::Text),
    ("cooldown", Kind::Text),
    ("on_rollback", Kind::Text),
    ("on_mismatch", Kind::Text),
    ("alpha", Kind::Number),
    ("catastrophe", Kind::Number),
    ("dry_run", Kind::Boolean),
];

const STAGE: [(&str, Kind); 4] = [
    ("percentage", Kind::Percentage),
    ("hold", Kind::Text),
    ("min_samples", Kind::Integer),
    ("approval", Kind::Boolean),
];

const GUARDRAIL: [(&str, Kind); 8] = [
    ("metric", Kind::Text),
    ("rule", Kind::Text),
    ("max", Kind::Any),
    ("max_increase", Kind::Number),
    ("window", Kind::Text),
    ("min_samples", Kind::Integer),
    ("on_breach", Kind::Text),
    ("on_missing", Kind::Text),
];

/// The tables of a flag, for a suggestion.
const TABLES: [&str; 11] = [
    "metadata",
    "overrides",
    "variants",
    "split",
    "targets",
    "conditions",
    "rules",
    "schedule",
    "environments",
    "error_threshold",
    "rollout",
];

impl Field {
    /// The field of `flag` behind a path such as `rules.staff.rollout_percentage`.
    pub(super) fn resolve(flag: &str, path: &str) -> Result<Self, EditError> {
        let keys = keys(path);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut steps = vec![Step::key("features"), Step::key(flag)];
        match resolve(&keys, true, &mut steps) {
            Ok(kind) => Ok(Self { steps, kind }),
            Err(suggestion) => Err(EditError::UnknownField { field: path.to_owned(), suggestion }),
        }
    }
}

/// The parts of a path, quoted ones unquoted. A path that is no dotted key of TOML, such as `rules.north america.serve`, is cut
/// at its dots.
fn keys(path: &str) -> Vec<String> {
    match Key::parse(path) {
        Ok(keys) => keys.iter().map(|key| key.get().to_owned()).collect(),
        Err(_) => path.split('.').map(|part| part.trim().to_owned()).collect(),
    }
}

/// Appends the steps to the field and says what it takes; else, the path that was probably meant.
fn resolve(keys: &[&str], whole: bool, steps: &mut Vec<Step>) -> Result<Kind, Option<String>> {
    match keys {
        [field] if !field.is_empty() => {
            let allowed = || PLAIN.iter().filter(|(.., in_environment)| whole || *in_environment);
            if let Some((name, kind, _)) = allowed().find(|(name, ..)| name == field) {
                steps.push(Step::key(*name));
                return Ok(*kind);
            }
            Err(closest(field, allowed().map(|(name, ..)| *name).chain(TABLES)).map(str::to_owned))
        }
        ["metadata", names @ ..] if !names.is_empty() => {
            steps.push(Step::key("metadata"));
            steps.extend(names.iter().map(|name| Step::key(*name)));
            Ok(Kind::Any)
        }
        // A unit may have dots, and is one key.
        ["overrides", unit @ ..] if !unit.is_empty() => {
            steps.extend([Step::key("overrides"), Step::key(unit.join("."))]);
            Ok(Kind::Variant)
        }
        ["variants", name] => {
            steps.extend([Step::key("variants"), Step::key(*name)]);
            Ok(Kind::VariantValue)
        }
        ["variants", name, field] => {
            steps.extend([Step::key("variants"), Step::key(*name)]);
            one_of(&VARIANT, field, &format!("variants.{name}"), steps)
        }
        ["split", variant] => {
            steps.extend([Step::key("split"), Step::key(*variant)]);
            Ok(Kind::Weight)
        }
        [table @ ("targets" | "conditions" | "error_threshold" | "rollout"), field] => {
            steps.push(Step::key(*table));
            let fields: &[(&str, Kind)] = match *table {
                "targets" => &TARGETS,
                "conditions" => &CONDITIONS,
                "error_threshold" => &ERROR_THRESHOLD,
                _ => &ROLLOUT,
            };
            one_of(fields, field, table, steps)
        }
        ["rollout", list @ ("stages" | "guardrails"), element, field] => {
            steps.extend([Step::key("rollout"), Step::key(*list), Step::Element((*element).to_owned())]);
            let fields: &[(&str, Kind)] = if *list == "stages" { &STAGE } else { &GUARDRAIL };
            one_of(fields, field, &format!("rollout.{list}.{element}"), steps)
        }
        ["rules", rule, "split", variant] => {
            steps.extend([Step::key("rules"), Step::Element((*rule).to_owned())]);
            steps.extend([Step::key("split"), Step::key(*variant)]);
            Ok(Kind::Weight)
        }
        [list @ ("rules" | "schedule"), element, field] => {
            steps.extend([Step::key(*list), Step::Element((*element).to_owned())]);
            let fields: &[(&str, Kind)] = if *list == "rules" { &RULE } else { &SCHEDULE };
            one_of(fields, field, &format!("{list}.{element}"), steps)
        }
        ["environments", name, rest @ ..] if whole && !rest.is_empty() => {
            steps.extend([Step::key("environments"), Step::key(*name)]);
            let below = |suggestion: String| format!("environments.{name}.{suggestion}");
            resolve(rest, false, steps).map_err(|suggestion| suggestion.map(below))
        }
        [first, rest @ ..] if !rest.is_empty() => {
            let meant = closest(first, TABLES).filter(|meant| meant != first);
            Err(meant.map(|meant| format!("{meant}.{}", rest.join("."))))
        }
        _ => Err(None),
    }
}

fn one_of(
    fields: &[(&'static str, Kind)],
    field: &str,
    table: &str,
    steps: &mut Vec<Step>,
) -> Result<Kind, Option<String>> {
    match fields.iter().find(|(name, _)| *name == field) {
        Some((name, kind)) => {
            steps.push(Step::key(*name));
            Ok(*kind)
        }
        None => Err(closest(field, fields.iter().map(|(name, _)| *name)).map(|meant| format!("{table}.{meant}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(path: &str) -> String {
        match Field::resolve("f", path) {
            Ok(field) => {
                let shown = field.steps[2..].iter().map(|step| match step {
                    Step::Key(key) => format!("/{key}"),
                    Step::Element(element) => format!("[{element}]"),
                });
                format!("{} {:?}", shown.collect::<String>(), field.kind)
            }
            Err(EditError::UnknownField { suggestion, .. }) => format!("? {}", suggestion.unwrap_or_default()),
            Err(other) => other.to_string(),
        }
    }

    #[test]
    fn paths() {
        for (path, expected) in [
            ("enabled", "/enabled Boolean"),
            ("rollout_percentage", "/rollout_percentage Percentage"),
            ("environments.development.rollout_percentage", "/environments/development/rollout_percentage Percentage"),
            ("environments.development.rules.0.serve", "/environments/development/rules[0]/serve Variant"),
            ("rules.0.rollout_percentage", "/rules[0]/rollout_percentage Percentage"),
            ("rules.north america.serve", "/rules[north america]/serve Variant"),
            ("rules.\"a.b\".split.express", "/rules[a.b]/split/express Weight"),
            ("variants.express", "/variants/express VariantValue"),
            ("variants.express.weight", "/variants/express/weight Weight"),
            ("metadata.risk", "/metadata/risk Any"),
            ("overrides.user-42", "/overrides/user-42 Variant"),
            ("overrides.ada@corp.example", "/overrides/ada@corp.example Variant"),
            ("overrides.\"a.b\"", "/overrides/a.b Variant"),
            ("targets.users", "/targets/users List"),
            ("schedule.1.at", "/schedule[1]/at Instant"),
            ("conditions.chain_height", "/conditions/chain_height Integer"),
            ("error_threshold.rate", "/error_threshold/rate Number"),
            ("error_threshold.permits", "/error_threshold/permits Integer"),
            ("rollout.dry_run", "/rollout/dry_run Boolean"),
            ("rollout.stages.1.hold", "/rollout/stages[1]/hold Text"),
            ("environments.staging.rollout.guardrails.0.max", "/environments/staging/rollout/guardrails[0]/max Any"),
            ("rollout.stages.1.percent", "? rollout.stages.1.percentage"),
            ("enable", "? enabled"),
            ("percentage", "? rollout_percentage"),
            ("rule.staff.serve", "? rules.staff.serve"),
            ("rules.staff.percentage", "? rules.staff.rollout_percentage"),
            ("environments.dev.enable", "? environments.dev.enabled"),
            ("environments.dev.type", "? "),
            ("environments.dev.environments.x.enabled", "? "),
            ("nonsense", "? "),
            ("", "? "),
            (".", "? "),
            ("metadata", "? metadata"),
        ] {
            assert_eq!(steps(path), expected, "{path}");
        }
    }
}
