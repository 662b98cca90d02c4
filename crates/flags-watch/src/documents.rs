//! What was read: the texts of all files of an origin, with one hash over them.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{ContentHash, hash::FieldHasher};

/// One file's text, and the path it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The path as it was configured: a symbolic link is not replaced by what it points to, so that a person
    /// recognises it.
    pub path: PathBuf,
    /// The text, byte for byte as it is in the file, including a byte order mark and the line ends.
    pub text: Arc<str>,
}

/// All documents of an origin as they were at one moment, in the order of their file names.
///
/// Cheap to clone: the texts are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documents {
    files: Arc<[Document]>,
    hash: ContentHash,
}

impl Documents {
    /// The documents, with their hash computed.
    #[must_use]
    pub fn new(files: Vec<Document>) -> Self {
        let mut hasher = FieldHasher::new();
        for file in &files {
            let name = file.path.file_name().unwrap_or(file.path.as_os_str());
            hasher.field(name.as_encoded_bytes()).field(file.text.as_bytes());
        }
        Self { hash: ContentHash::new(hasher.finish()), files: files.into() }
    }

    /// Documents made of names and texts, for a loader's tests.
    ///
    /// ```
    /// let documents = flags_watch::Documents::from_texts([("a.toml", "x = 1"), ("b.toml", "y = 2")]);
    /// assert_eq!(documents.iter().count(), 2);
    /// ```
    pub fn from_texts<P: Into<PathBuf>, T: Into<Arc<str>>>(texts: impl IntoIterator<Item = (P, T)>) -> Self {
        Self::new(texts.into_iter().map(|(path, text)| Document { path: path.into(), text: text.into() }).collect())
    }

    /// The documents in the order of their file names, compared byte by byte.
    #[must_use]
    pub fn files(&self) -> &[Document] {
        &self.files
    }

    /// The documents' paths and texts, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Path, &str)> {
        self.files.iter().map(|file| (file.path.as_path(), &*file.text))
    }

    /// The hash over the names (not the folders) and contents of all documents.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        self.hash
    }

    /// Whether every document is white space only; so of no documents at all.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.files.iter().all(|file| is_blank(&file.text))
    }

    /// Whether at least one document is white space only: what a file looks like between truncation and writing.
    pub(crate) fn has_blank(&self) -> bool {
        self.files.iter().any(|file| is_blank(&file.text))
    }
}

fn is_blank(text: &str) -> bool {
    text.strip_prefix('\u{feff}').unwrap_or(text).trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::Documents;

    #[test]
    fn names_and_contents_count_but_folders_do_not() {
        let hash = |texts: &[(&str, &str)]| Documents::from_texts(texts.iter().copied()).hash();
        let base = hash(&[("a.toml", "x"), ("b.toml", "y")]);
        assert_eq!(base, hash(&[("/elsewhere/a.toml", "x"), ("/elsewhere/b.toml", "y")]));
        assert_ne!(base, hash(&[("a.toml", "x"), ("c.toml", "y")]), "a renamed file is a change");
        assert_ne!(base, hash(&[("a.toml", "y"), ("b.toml", "x")]), "swapped contents are a change");
        assert_ne!(base, hash(&[("a.toml", "xb.toml"), ("", "y")]), "borders count");
        assert_ne!(base, hash(&[("a.toml", "x")]));
    }

    #[test]
    fn blank_is_white_space_and_nothing_else() {
        for (text, blank) in [("", true), (" \r\n\t", true), ("\u{feff}\n", true), ("# a comment", false), ("x", false)]
        {
            let documents = Documents::from_texts([("a.toml", text)]);
            assert_eq!(documents.is_blank(), blank, "{text:?}");
            assert_eq!(documents.has_blank(), blank, "{text:?}");
        }
        let half = Documents::from_texts([("a.toml", "x = 1"), ("b.toml", "")]);
        assert!(half.has_blank() && !half.is_blank());
    }
}
