//! Compiled conditions in the notation of the format.

use alloc::{format, string::String, string::ToString, vec::Vec};
use core::fmt::Display;

use crate::{
    FlagSet,
    definition::TextMatch,
    number::Number,
    set::{Asked, Check, Node, Span, Text},
};

/// How many elements of a list are written out before the rest is only counted.
const SHOWN: usize = 8;

/// A condition as it would be written in a definition.
pub(crate) fn node_text(set: &FlagSet, node: &Node) -> String {
    match node {
        Node::Attribute { path, test } => {
            let name = set.paths.get(*path as usize).map_or("", |path| path.whole.as_str());
            format!("{{ attribute = {name:?}, {} }}", check_text(set, test))
        }
        Node::Segment(segment) => {
            let key = set.segments.get(*segment as usize).map_or("", |segment| set.texts.get(segment.key));
            format!("{{ segment = {key:?} }}")
        }
        Node::Predicate(predicate) => {
            let name = set.predicates.get(*predicate as usize).map_or("", |slot| set.texts.get(slot.name));
            format!("{{ predicate = {name:?} }}")
        }
        Node::Flag { flag, asked } => {
            let key = set.flags.get(*flag as usize).map_or("", |flag| set.texts.get(flag.key));
            match asked {
                Asked::On => format!("{{ flag = {key:?} }}"),
                Asked::Variant { name, .. } => format!("{{ flag = {key:?}, variant = {:?} }}", set.texts.get(*name)),
            }
        }
        Node::Environment { names, .. } => format!("{{ environment = {} }}", texts(set, *names)),
        Node::After(at) => format!("{{ after = {at} }}"),
        Node::Before(at) => format!("{{ before = {at} }}"),
        Node::Percentage { percentage, .. } => format!("{{ percentage = {percentage} }}"),
        Node::All(inner) => format!("all of {}", inner.len()),
        Node::Any(inner) => format!("any of {}", inner.len()),
        Node::Not(_) => "not".into(),
    }
}

fn check_text(set: &FlagSet, check: &Check) -> String {
    let not = |negated: bool| if negated { "not_" } else { "" };
    let text = |text: Text| format!("{:?}", set.texts.get(text));
    let case = |ignore_case: bool| if ignore_case { ", ignore_case = true" } else { "" };
    match check {
        Check::Text { operand, negated } => format!("{}equals = {}", not(*negated), text(operand.text)),
        Check::FoldedText { text: wanted, negated } => {
            format!("{}equals = {}{}", not(*negated), text(*wanted), case(true))
        }
        Check::Boolean { value, negated } => format!("{}equals = {value}", not(*negated)),
        Check::Number { number, negated } => format!("{}equals = {number}", not(*negated)),
        Check::TextIn { set: place, negated } => {
            let Some(found) = set.text_sets.get(*place as usize) else { return String::new() };
            let operands = found.operands.of(&set.operands).iter();
            let shown: Vec<String> = operands.map(|operand| text(operand.text)).collect();
            format!("{}in = {}{}", not(*negated), list(shown.iter()), case(found.ignore_case))
        }
        Check::NumberIn { numbers, negated } => {
            format!("{}in = {}", not(*negated), list(numbers.of(&set.numbers).iter()))
        }
        Check::Contains { text: part, negated, ignore_case } => {
            format!("{}contains = {}{}", not(*negated), text(*part), case(*ignore_case))
        }
        Check::Affix { side, texts: parts, ignore_case } => {
            let name = match side {
                TextMatch::StartsWith => "starts_with",
                TextMatch::EndsWith => "ends_with",
            };
            format!("{name} = {}{}", texts(set, *parts), case(*ignore_case))
        }
        Check::Matches(pattern) => match set.patterns.get(*pattern as usize) {
            Some(pattern) => format!("matches = {:?}{}", pattern.source(), case(pattern.ignores_case())),
            None => String::new(),
        },
        Check::CompareInteger { comparison, number } => format!("{} = {number}", comparison.name()),
        Check::Compare { comparison, number } => format!("{} = {number}", comparison.name()),
        Check::BetweenNumbers(bounds) => format!("between = {}", list(bounds.of(&set.numbers).iter())),
        Check::BetweenInstants { low, high } => format!("between = [{low}, {high}]"),
        Check::Before(at) => format!("before = {at}"),
        Check::After(at) => format!("after = {at}"),
        Check::Version(requirement) => {
            let source = set.versions.get(*requirement as usize).map_or("", |requirement| requirement.source());
            format!("version = {source:?}")
        }
        Check::IpIn(ranges) => {
            let ranges: Vec<String> = ranges.of(&set.ip_ranges).iter().map(|range| format!("\"{range}\"")).collect();
            format!("ip_in = {}", list(ranges.iter()))
        }
        Check::Exists(there) => format!("exists = {there}"),
    }
}

/// A list of texts; a single one stands without brackets, as it may be written.
fn texts(set: &FlagSet, span: Span) -> String {
    let all: Vec<String> = span.of(&set.text_lists).iter().map(|text| format!("{:?}", set.texts.get(*text))).collect();
    if let [one] = &all[..] { one.clone() } else { list(all.iter()) }
}

fn list<T: Display>(items: impl ExactSizeIterator<Item = T>) -> String {
    let more = items.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = items.take(SHOWN).map(|item| item.to_string()).collect();
    if more > 0 {
        shown.push(format!("… {more} more"));
    }
    format!("[{}]", shown.join(", "))
}

impl Display for Number {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number:?}"),
        }
    }
}
