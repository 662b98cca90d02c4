//! The definitions as the audit log has last heard of them: what a change is told against, and by whom it was.
//!
//! The state folder holds the texts that were last in force and recorded. So a change made while no program ran is found
//! at the next start, two programs that follow the same files record a change once, and whoever has only the state folder
//! (the command line, while the files are broken) still knows which flags there are.

use std::{
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
};

use flags_config::{Difference, Document, EntryDifference, EntryKind, Source, Sources, Status};
use flags_control::{
    Actor, ControlError, Controls, DEFAULT_LOCK_WAIT, FolderLock, Origin,
    audit::{Draft, Filter},
};
use flags_core::{Definitions, FlagDefinition, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// The action of an entry on one flag or segment.
const CHANGED: &str = "definition_changed";
/// The action of the entry that ends the entries of one change of files, with the digest of what is in force since.
const IN_FORCE: &str = "definitions_in_force";

/// Definitions that were in force and have been recorded, as a state folder keeps them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedDefinitions {
    /// The texts, by the names of their files.
    pub sources: Sources,
    /// When they were recorded.
    pub recorded_at: Timestamp,
}

impl RecordedDefinitions {
    /// Reads what the state folder keeps; `None` where nothing was recorded yet.
    ///
    /// # Errors
    ///
    /// When there is something that cannot be read.
    pub fn read(folder: &Path) -> io::Result<Option<Self>> {
        let text = match std::fs::read(path(folder)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let damaged =
            || io::Error::new(io::ErrorKind::InvalidData, "it is not what was written; it will be written anew");
        let value: Value = serde_json::from_slice(&text).map_err(|_| damaged())?;
        let recorded_at = value["recorded_at"].as_str().and_then(Timestamp::parse).ok_or_else(damaged)?;
        let sources = value["files"].as_array().ok_or_else(damaged)?.iter().map(|file| {
            let (name, text) = (file["name"].as_str()?, file["text"].as_str()?);
            Some(Source::new(name, text))
        });
        let sources: Option<Vec<Source>> = sources.collect();
        Ok(Some(Self { sources: Sources::new(sources.ok_or_else(damaged)?), recorded_at }))
    }

    fn write(&self, folder: &Path) -> Result<(), ControlError> {
        let files: Vec<Value> =
            self.sources.as_slice().iter().map(|file| json!({"name": file.name(), "text": file.text()})).collect();
        let value = json!({"format": 1, "recorded_at": self.recorded_at.to_string(), "files": files});
        Ok(flags_control::replace_file(&path(folder), value.to_string().as_bytes())?)
    }
}

/// Records in the audit log what definitions have become, if it has not heard of it; says which flags have changed without
/// their `updated_by` and `updated_at` being touched, though they have one.
///
/// # Errors
///
/// When it cannot be recorded. The definitions are in force all the same.
pub(crate) fn record(
    folder: &Path,
    controls: &Controls,
    sources: &Sources,
    now: Timestamp,
) -> Result<Vec<Box<str>>, ControlError> {
    // Of several programs that follow the same files, one records.
    let _lock = FolderLock::acquire(&folder.join("definitions.lock"), DEFAULT_LOCK_WAIT)?;
    let known = RecordedDefinitions::read(folder).unwrap_or_else(|error| {
        tracing::warn!("{}: {error}", path(folder).display());
        None
    });
    let digest = digest(sources);
    if known.as_ref().is_some_and(|known| self::digest(&known.sources) == digest) {
        return Ok(vec![]);
    }
    let mut unsigned = vec![];
    // A program that was ended between the two steps below has recorded the change and not kept the texts.
    if last_digest(controls).as_deref() != Some(&digest) {
        // Read again: seldom, and only here, where the alternative is to keep a copy of all definitions at all times.
        let document = |sources| flags_config::load(sources).document;
        let (old, new) = (known.as_ref().and_then(|known| document(&known.sources)), document(sources));
        let change = Change { now, by: owners(known.as_ref().map(|known| &known.sources), sources) };
        let mut drafts = vec![];
        // Without former definitions there is nothing to tell.
        if let (Some(old), Some(new)) = (&old, &new) {
            (drafts, unsigned) = change.drafts(old, new);
        }
        let before = known.as_ref().map(|known| json!({"digest": self::digest(&known.sources)}));
        let files: Vec<&str> = sources.as_slice().iter().map(Source::name).collect();
        let after =
            json!({"digest": digest, "files": files, "flags": new.map_or(0, |new| new.definitions.flags.len())});
        drafts.push(change.draft(IN_FORCE, None, before, Some(after), &change.by));
        controls.record(&drafts)?;
    }
    RecordedDefinitions { sources: sources.clone(), recorded_at: now }.write(folder)?;
    Ok(unsigned)
}

/// One change of definitions, to be told flag by flag.
struct Change {
    now: Timestamp,
    /// Who owns the files that changed.
    by: Actor,
}

impl Change {
    /// The entries, and the flags that changed unsigned.
    fn drafts(&self, before: &Document, after: &Document) -> (Vec<Draft>, Vec<Box<str>>) {
        let difference = Difference::between_documents(before, after);
        let (old, new) = (&before.definitions, &after.definitions);
        let mut unsigned = vec![];
        let flags = difference.flags.iter().map(|entry| {
            let (before, after) = (old.flag(&entry.key), new.flag(&entry.key));
            let by = match (before, after) {
                (Some(before), Some(after)) if has_same_signature(before, after) => {
                    if after.updated_by.is_some() || after.updated_at.is_some() {
                        unsigned.push(entry.key.clone());
                    }
                    None
                }
                (_, after) => after.and_then(|flag| flag.updated_by.as_deref()).and_then(|name| Actor::new(name).ok()),
            };
            let (before, after) = match entry.status {
                Status::Added => (None, after.map(fields_of)),
                Status::Removed => (before.map(fields_of), None),
                _ => (
                    Some(fields(entry, |change| change.before.as_ref())),
                    Some(fields(entry, |change| change.after.as_ref())),
                ),
            };
            self.draft(CHANGED, Some(entry.key.clone()), before, after, by.as_ref().unwrap_or(&self.by))
        });
        let mut drafts: Vec<Draft> = flags.collect();
        drafts.extend(difference.entries().filter(|entry| entry.kind != EntryKind::Flag).map(|entry| {
            let side =
                |there: bool, pick: fn(&flags_config::Change) -> Option<&String>| there.then(|| fields(entry, pick));
            let before = side(entry.status != Status::Added, |change| change.before.as_ref());
            let after = side(entry.status != Status::Removed, |change| change.after.as_ref());
            self.draft(CHANGED, Some(format!("{} {}", entry.kind.name(), entry.key).into()), before, after, &self.by)
        }));
        if !difference.settings.is_empty() {
            let settings = |pick: fn(&flags_config::Change) -> Option<&String>| {
                Some(object(difference.settings.iter().map(|change| (&change.path, pick(change)))))
            };
            let (before, after) = (settings(|change| change.before.as_ref()), settings(|change| change.after.as_ref()));
            drafts.push(self.draft(CHANGED, Some("settings".into()), before, after, &self.by));
        }
        (drafts, unsigned)
    }

    fn draft(
        &self,
        action: &str,
        target: Option<Box<str>>,
        before: Option<Value>,
        after: Option<Value>,
        by: &Actor,
    ) -> Draft {
        Draft {
            at: self.now,
            actor: by.clone(),
            origin: Origin::File,
            action: action.into(),
            target,
            reason: None,
            before,
            after,
            revision: None,
        }
    }
}

/// Whether nobody has said that it was he who changed the flag.
fn has_same_signature(before: &FlagDefinition, after: &FlagDefinition) -> bool {
    before.updated_by == after.updated_by && before.updated_at == after.updated_at
}

/// What of a flag or another entry differs, on one side, by path.
fn fields(entry: &EntryDifference, side: fn(&flags_config::Change) -> Option<&String>) -> Value {
    object(entry.changes.iter().map(|change| (&change.path, side(change))))
}

/// What a flag says beyond a flag of which nothing is said.
fn fields_of(flag: &FlagDefinition) -> Value {
    let with = |flag: FlagDefinition| Definitions { flags: vec![flag], ..Definitions::default() };
    let difference = Difference::between(&with(FlagDefinition::new(flag.key.clone())), &with(flag.clone()));
    let changes = difference.flags.iter().flat_map(|entry| &entry.changes);
    object(changes.map(|change| (&change.path, change.after.as_ref())))
}

fn object<'c>(fields: impl Iterator<Item = (&'c String, Option<&'c String>)>) -> Value {
    let fields = fields.filter_map(|(path, text)| Some((path.clone(), Value::from(text?.as_str()))));
    Value::Object(fields.collect::<Map<_, _>>())
}

/// Who owns the files that differ, by name; several owners are named one after the other.
fn owners(known: Option<&Sources>, sources: &Sources) -> Actor {
    let known: Vec<&Source> = known.into_iter().flat_map(Sources::as_slice).collect();
    let is_known = |source: &Source| {
        known.iter().any(|known| file_name(known) == file_name(source) && known.text() == source.text())
    };
    let changed = sources.as_slice().iter().filter(|source| !is_known(source));
    let mut names: Vec<String> = changed.filter_map(|source| owner(Path::new(source.name()))).collect();
    names.sort_unstable();
    names.dedup();
    Actor::new(&names.join(", ")).unwrap_or_else(|_| Actor::new("unknown").expect("because it is a short word"))
}

/// The name of a file's owner.
#[cfg(unix)]
fn owner(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let uid = std::fs::metadata(path).ok()?.uid();
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid)).ok().flatten();
    Some(user.map_or_else(|| format!("user {uid}"), |user| user.name))
}

/// The name of a file's owner, which this system does not tell.
#[cfg(not(unix))]
fn owner(_: &Path) -> Option<String> {
    None
}

/// The digest of the definitions that the log heard of last.
fn last_digest(controls: &Controls) -> Option<String> {
    let filter = Filter::default().action(IN_FORCE).limit(1).newest_first();
    let entry = controls.audit()?.entries(filter).ok()?.next()?.ok()?;
    Some(entry.after?["digest"].as_str()?.to_owned())
}

/// A digest of texts and the names of their files: SHA-256, in hexadecimal digits. The folder the files are in does not
/// count: another program may call it by another path.
fn digest(sources: &Sources) -> String {
    let mut hash = Sha256::new();
    for source in sources.as_slice() {
        for part in [file_name(source), source.text()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn file_name(source: &Source) -> &str {
    Path::new(source.name()).file_name().and_then(|name| name.to_str()).unwrap_or(source.name())
}

fn path(folder: &Path) -> PathBuf {
    folder.join("definitions.json")
}
