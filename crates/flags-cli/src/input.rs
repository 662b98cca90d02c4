//! Reading: definitions from a file, a folder or standard input, by the way the library itself takes; other text from files.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read as _},
    path::Path,
    sync::Arc,
};

use flags::{
    Timestamp,
    config::{Document, Report, Source, Sources, load},
    core::{CompileOptions, FlagSet},
    watch::{Documents, Limits, Origin, ReadError},
};

use crate::{failure::Failure, operate::Laid};

/// Definitions that were read and accepted.
pub(crate) struct Definitions {
    /// What they say.
    pub(crate) document: Document,
    /// The texts, and what there is to say about them.
    pub(crate) report: Report,
}

impl Definitions {
    /// The environment decisions are made for: the one asked for, else `FLAGS_ENVIRONMENT`, else that of the settings, else
    /// none.
    pub(crate) fn environment<'a>(&'a self, asked: Option<&'a str>) -> Box<str> {
        let of_process = || std::env::var("FLAGS_ENVIRONMENT").ok().filter(|name| !name.is_empty()).map(Box::from);
        asked
            .map(Box::from)
            .or_else(of_process)
            .or_else(|| self.document.settings.environment.clone())
            .unwrap_or_default()
    }

    /// The flags as they are in an environment, ready to be asked. Nobody has registered predicates with this program, so
    /// those that are named are told of.
    pub(crate) fn compile(&self, environment: &str) -> FlagSet {
        FlagSet::compile(&self.document.definitions, &CompileOptions::new(environment))
    }

    /// The same with the controls laid over that are in force at an instant.
    pub(crate) fn compile_under(&self, environment: &str, laid: Option<&Laid>, at: Timestamp) -> FlagSet {
        let options = CompileOptions {
            overlay: laid.map(|laid| laid.overlay(at)).unwrap_or_default(),
            ..CompileOptions::new(environment)
        };
        FlagSet::compile(&self.document.definitions, &options)
    }
}

/// Reads definitions from a file, from the `*.toml` files of a folder, or from standard input (`-`).
pub(crate) fn definitions(path: &Path) -> Result<Definitions, Failure> {
    accept(&sources(path)?)
}

/// Accepts texts as definitions, or refuses them with the report.
pub(crate) fn accept(sources: &Sources) -> Result<Definitions, Failure> {
    let loaded = load(sources);
    match loaded.document {
        Some(document) => Ok(Definitions { document, report: loaded.report }),
        None => Err(Failure::Refused(Box::new(loaded.report))),
    }
}

/// The texts at a path, whatever they say.
pub(crate) fn sources(path: &Path) -> Result<Sources, Failure> {
    if is_stdin(path) {
        return Ok(Source::from_bytes("(standard input)", &stdin_bytes()?).into());
    }
    match Origin::at(path).read(&Limits::default()) {
        Ok(documents) => Ok(of_documents(&documents)),
        // Which bytes are no text is better told with the line.
        Err(ReadError::NotUtf8 { path, .. }) => {
            let bytes = fs::read(&path).map_err(|error| Failure::file(&path, "read", &error))?;
            Ok(Source::from_bytes(path.display().to_string(), &bytes).into())
        }
        Err(error) => Err(Failure::Io(error.to_string())),
    }
}

/// The texts of documents, under the names people know them by.
pub(crate) fn of_documents(documents: &Documents) -> Sources {
    Sources::new(
        documents.files().iter().map(|file| Source::new(file.path.display().to_string(), Arc::clone(&file.text))),
    )
}

/// The text of a file, or of standard input (`-`).
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let bytes = if is_stdin(path) {
        stdin_bytes()?
    } else {
        fs::read(path).map_err(|error| Failure::file(path, "read", &error))?
    };
    String::from_utf8(bytes).map_err(|_| Failure::Io(format!("{} is not text in UTF-8", path.display())))
}

/// A file, or standard input (`-`), to be read line by line.
fn lines(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if is_stdin(path) {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).map_err(|error| Failure::file(path, "read", &error))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

/// Calls `each` with the number and the bytes of every line that is not blank.
pub(crate) fn each_line(path: &Path, mut each: impl FnMut(usize, &[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut reader = lines(path)?;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(|error| Failure::file(path, "read", &error))?;
        if read == 0 {
            break;
        }
        let text = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line).trim_ascii();
        if !text.is_empty() {
            each(number, text)?;
        }
    }
    Ok(())
}

/// What is wrong with a line of JSON. Of its place only the column is told; the line is known.
pub(crate) fn json_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.strip_suffix(&format!(" at line {} column {}", error.line(), error.column())) {
        Some(message) if error.column() > 0 => format!("{message} at column {}", error.column()),
        Some(message) => message.to_owned(),
        None => text,
    }
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn stdin_bytes() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    match io::stdin().lock().read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Failure::Io(format!("cannot read standard input: {error}"))),
    }
}
