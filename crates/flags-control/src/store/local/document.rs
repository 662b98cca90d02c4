//! The file of the controls: what is in it, as text and back.
//!
//! ```json
//! { "format": 1, "checksum": "sha256:…", "content": { "audit_head": …, "revision": 7, "controls": […], "proposals": […] } }
//! ```
//!
//! The checksum is of `content` in its compact form: the members in their order, without white space. People may read the
//! file; who edits it makes it damaged.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::{FileDamage, StoreError};
use crate::{
    ControlState,
    audit::{EntryHash, Head},
    wire::{FormError, StateForm, to_value},
};

/// The newest format known here.
const FORMAT: u64 = 1;

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Document {
    /// Where the audit log ended before the entry of the state was appended.
    pub(super) audit_head: Option<Head>,
    /// The state.
    pub(super) state: ControlState,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audit_head: Option<Head>,
    state: StateForm,
}

impl Document {
    /// The text of the file.
    pub(super) fn to_text(&self) -> String {
        let content = to_value(&Content { audit_head: self.audit_head, state: (&self.state).into() });
        let document = serde_json::json!({ "format": FORMAT, "checksum": checksum(&content), "content": content });
        format!("{document:#}\n")
    }

    /// Reads the text of the file at `path`.
    pub(super) fn parse(path: &Path, text: &[u8]) -> Result<Self, StoreError> {
        let damaged = |damage| StoreError::Damaged { path: path.to_owned(), damage };
        let malformed = |problem: &str| damaged(FileDamage::Malformed { problem: problem.into() });
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(damaged(FileDamage::Empty));
        }
        let document: Value = serde_json::from_slice(text).map_err(|error| malformed(&error.to_string()))?;
        match document.get("format").and_then(Value::as_u64) {
            Some(format) if FORMAT < format => {
                return Err(StoreError::NewerFormat { path: path.to_owned(), format, known: FORMAT });
            }
            Some(FORMAT) => {}
            _ => return Err(malformed("its format is none that ever was")),
        }
        let content = document.get("content").ok_or_else(|| malformed("it has no content"))?;
        let written =
            document.get("checksum").and_then(Value::as_str).ok_or_else(|| malformed("it has no checksum"))?;
        if written != checksum(content) {
            return Err(damaged(FileDamage::Checksum));
        }
        // What matches its checksum was written so: if it is not understood, it is not damaged.
        let not_understood =
            |problem: &str| StoreError::NotUnderstood { path: path.to_owned(), problem: problem.into() };
        let content = Content::deserialize(content).map_err(|error| not_understood(&error.to_string()))?;
        let state = content.state.try_into().map_err(|error: FormError| not_understood(&error.to_string()))?;
        Ok(Self { audit_head: content.audit_head, state })
    }
}

fn checksum(content: &Value) -> String {
    format!("sha256:{}", EntryHash::of(content.to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use flags_core::Timestamp;

    use super::*;
    use crate::{Action, Actor, Change, Command, Decision, Origin, Protection, Request, Rules, Target, decide};

    fn document() -> Document {
        let action = Action::OverrideUnit { unit: "user \"42\"".into(), variant: "é".into() };
        let change = Change::Set {
            target: Target::flag("checkout").unwrap(),
            action,
            expires_at: Some(Timestamp::from_micros(7)),
        };
        let request = Request::new(Actor::new("ada").unwrap(), Origin::Api, Command::Change(change)).because("why not");
        let decision =
            decide(&ControlState::new(), &request, &|_| Protection::Open, &Rules::default(), Timestamp::from_micros(1));
        let Ok(Decision::Changed(changed)) = decision else { panic!("{decision:?}") };
        Document { audit_head: Some(Head { sequence: 3, hash: EntryHash::of(b"three") }), state: changed.state }
    }

    #[test]
    fn what_is_written_is_read() {
        let document = document();
        assert_eq!(Document::parse(Path::new("file"), document.to_text().as_bytes()), Ok(document));
    }

    // A16: each byte of the file, changed in each bit, and the file cut off at each: the same controls or an error, never
    // others.
    #[test]
    fn no_changed_byte_makes_other_controls() {
        let document = document();
        let text = document.to_text().into_bytes();
        let read = |text: &[u8]| Document::parse(Path::new("file"), text);
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut changed = text.clone();
                changed[at] ^= 1 << bit;
                match read(&changed) {
                    Ok(found) => assert_eq!(found, document, "byte {at}, bit {bit}"),
                    Err(StoreError::Damaged { .. } | StoreError::NewerFormat { .. }) => {}
                    Err(other) => panic!("byte {at}, bit {bit}: {other}"),
                }
            }
            let cut = read(&text[..at]);
            let only_the_end_of_the_line_is_missing = at + 1 == text.len();
            assert_eq!(cut.is_ok(), only_the_end_of_the_line_is_missing, "cut at {at}");
        }
    }
}
