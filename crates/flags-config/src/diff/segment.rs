//! What changed in one segment.

use flags_core::SegmentDefinition;

use super::{
    Change, Effect,
    flag::bucket_by_node,
    notation::{condition_toml, string_toml},
    tree::{Node, compare},
};

/// The changes from one form of a segment to another; the defaults as for flags.
pub(super) fn compare_segments(
    (old, old_default): (&SegmentDefinition, &[Box<str>]),
    (new, new_default): (&SegmentDefinition, &[Box<str>]),
) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(nodes(old, old_default), nodes(new, new_default), &mut changes);
    changes
}

fn nodes(segment: &SegmentDefinition, default_bucket_by: &[Box<str>]) -> Vec<Node> {
    // Taken apart without `..`, so that a field added to the core cannot be forgotten here.
    let SegmentDefinition { key, description, members, exclude, when, bucket_by, salt } = segment;
    let quoted = |texts: &[Box<str>]| texts.iter().map(|text| string_toml(text)).collect::<Vec<_>>();
    vec![
        Node::leaf("description", description.as_deref().map(string_toml), Effect::Describes),
        Node::set("members", quoted(members), Effect::Decides),
        Node::set("exclude", quoted(exclude), Effect::Decides),
        Node::set("when", when.iter().map(condition_toml), Effect::Decides),
        bucket_by_node(bucket_by, default_bucket_by),
        Node::meaning(
            "salt",
            salt.as_deref().map(string_toml),
            salt.as_ref().unwrap_or(key).to_string(),
            Effect::Reshuffles,
        ),
    ]
}
