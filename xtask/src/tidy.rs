//! The house style that a machine can check, told from the files alone.
//!
//! A file of sources opens with a `//!` paragraph and stays below [`LONGEST`] lines; nothing names a place outside of
//! the repository or leaves a mark for later; a manifest gives the reason for each foreign dependency; the changelog
//! has room for what is not released yet. What git ignores is not looked at.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ignore::WalkBuilder;

use crate::failure::Failure;

/// The most lines of a source file before its tests, beyond which it is surely more than one concept.
const LONGEST: usize = 500;

/// The kinds of text that are looked at.
const EXTENSIONS: [&str; 12] = ["rs", "toml", "md", "json", "mjs", "js", "py", "sh", "css", "html", "yml", "yaml"];

/// Folders whose files are not ours to format: inputs of tests, recorded outputs, other people's code.
const FOREIGN: [&str; 4] = ["data", "snapshots", "vendor", "regressions"];

/// Everything to mend below `root`, one line each, in the order of the paths.
pub(crate) fn problems(root: &Path) -> Result<Vec<String>, Failure> {
    let mut problems = Vec::new();
    // A home such as `/` would be the beginning of every path.
    let home = std::env::home_dir().filter(|home| home.parent().is_some());
    let machine: Vec<PathBuf> = [Some(root.to_owned()), home].into_iter().flatten().collect();
    for path in files(root) {
        let inside = path.strip_prefix(root).unwrap_or(&path);
        let extension = inside.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let executable = inside == Path::new(".ci/run");
        if !(EXTENSIONS.contains(&extension) || executable) || is_foreign(inside) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(Failure::file(&path))?;
        let file = File { path: inside, text: &text };
        let found = marks(&file).into_iter().chain(trailing_space(&file)).chain(places(&file, &machine));
        problems.extend(found);
        if extension == "rs" && inside.components().any(|part| part.as_os_str() == "src") {
            problems.extend(opening(&file));
            problems.extend(length(&file));
        }
        if inside.starts_with("crates") && inside.ends_with("Cargo.toml") {
            problems.extend(reasons(&file));
        }
        if inside.starts_with("crates") && inside.ends_with("clippy.toml") {
            let shared = fs::read_to_string(root.join("clippy.toml")).unwrap_or_default();
            problems.extend(settings(&file, &shared));
        }
    }
    problems.extend(unreleased(root));
    Ok(problems)
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn problem(&self, line: usize, what: &str) -> String {
        format!("{}:{}: {what}", self.path.display(), line + 1)
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate()
    }
}

/// The files git would not ignore, by path.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = WalkBuilder::new(root)
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(ignore::DirEntry::into_path)
        .collect();
    files.sort();
    files
}

fn is_foreign(path: &Path) -> bool {
    path.components().any(|part| FOREIGN.iter().any(|folder| part.as_os_str() == *folder))
}

/// The first line that is no inner attribute is a `//!`.
fn opening(file: &File<'_>) -> Option<String> {
    let (line, first) = file.lines().find(|(_, line)| !line.starts_with("#![") && !line.is_empty())?;
    let problem = "a source file opens with a `//!` paragraph that says what it is for";
    (!first.starts_with("//! ")).then(|| file.problem(line, problem))
}

/// The sources before the tests are not longer than [`LONGEST`] lines. A file of tests, and a table, may be.
fn length(file: &File<'_>) -> Option<String> {
    let exempt = ["tests.rs", "table.rs"];
    let exempt = file.path.file_name().is_some_and(|name| exempt.iter().any(|exempt| name == *exempt));
    let lines = file.text.lines().take_while(|line| *line != "#[cfg(test)]").count();
    (!exempt && LONGEST < lines)
        .then(|| format!("{}: {lines} lines before its tests: {LONGEST} is the most", file.path.display()))
}

/// No mark that says "later": what is left to do is an issue, not a comment.
fn marks(file: &File<'_>) -> Vec<String> {
    // In two halves, so that this file passes its own check.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    file.lines()
        .flat_map(|(number, line)| marks.iter().filter(|mark| has_word(line, mark)).map(move |mark| (number, mark)))
        .map(|(number, mark)| file.problem(number, &format!("`{mark}`: do it, or open an issue")))
        .collect()
}

fn trailing_space(file: &File<'_>) -> Vec<String> {
    file.lines()
        .filter(|(_, line)| line.ends_with([' ', '\t']))
        .map(|(number, _)| file.problem(number, "space at the end of the line"))
        .collect()
}

/// No path that exists on one machine only: below the folder of this checkout, or below the home of who runs this.
fn places(file: &File<'_>, folders: &[PathBuf]) -> Vec<String> {
    let folders: Vec<String> = folders.iter().map(|folder| format!("{}/", folder.display())).collect();
    file.lines()
        .filter(|(_, line)| folders.iter().any(|folder| starts_a_path(line, folder)))
        .map(|(number, _)| file.problem(number, "a path of one machine: write it relative to the repository"))
        .collect()
}

/// Whether `folder` stands in `line` where a path begins, not in the middle of one.
fn starts_a_path(line: &str, folder: &str) -> bool {
    let middle = |c: char| c.is_alphanumeric() || "._-~$}".contains(c);
    line.match_indices(folder).any(|(at, _)| !line[..at].ends_with(middle))
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let end = at + word.len();
        !line[..at].ends_with(char::is_alphanumeric) && !line[end..].starts_with(char::is_alphanumeric)
    })
}

/// Each dependency on a foreign crate stands below a comment with the reason; one comment may cover the lines that
/// follow it without a gap.
fn reasons(file: &File<'_>) -> Vec<String> {
    let (mut in_dependencies, mut explained, mut problems) = (false, false, Vec::new());
    for (number, line) in file.lines() {
        match line.trim() {
            "" => explained = false,
            table if table.starts_with('[') => {
                in_dependencies = table.trim_matches(['[', ']']).ends_with("dependencies");
                explained = false;
            }
            comment if comment.starts_with('#') => explained = true,
            entry if in_dependencies && !explained && !is_ours(entry) => {
                if let Some((name, _)) = entry.split_once('=') {
                    let problem = format!("`{}` has no comment above it that says why it is needed", name.trim());
                    problems.push(file.problem(number, &problem));
                }
            }
            _ => {}
        }
    }
    problems
}

/// A clippy.toml of a crate replaces the one in the root, so it repeats the `shared` settings.
fn settings(file: &File<'_>, shared: &str) -> Vec<String> {
    shared
        .lines()
        .filter(|line| line.contains('=') && !file.text.lines().any(|own| own == *line))
        .map(|line| format!("{}: does not repeat the root's `{line}`", file.path.display()))
        .collect()
}

fn is_ours(entry: &str) -> bool {
    let name = entry.split(['=', '.', ' ']).next().unwrap_or(entry);
    name == "flags" || name.starts_with("flags-")
}

fn unreleased(root: &Path) -> Option<String> {
    let text = fs::read_to_string(root.join("CHANGELOG.md")).unwrap_or_default();
    let found = text.lines().any(|line| line.trim_matches(['#', ' ', '[', ']']).eq_ignore_ascii_case("unreleased"));
    (!found).then(|| String::from("CHANGELOG.md: has no heading `## Unreleased` to write the next entry under"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    fn check<'a, T: IntoIterator<Item = String>>(
        rule: impl Fn(&File<'a>) -> T,
        path: &'a str,
        text: &'a str,
    ) -> Vec<String> {
        rule(&File { path: Path::new(path), text }).into_iter().collect()
    }

    #[test]
    fn the_repository_is_tidy() {
        let workspace = Workspace::load().unwrap();
        let problems = problems(&workspace.root).unwrap();
        assert!(problems.is_empty(), "{} to mend:\n{}", problems.len(), problems.join("\n"));
    }

    #[test]
    fn a_source_file_says_what_it_is_for() {
        assert_eq!(check(opening, "src/a.rs", "//! Keys.\nuse x;\n"), [""; 0]);
        assert_eq!(check(opening, "src/a.rs", "#![no_std]\n\n//! Keys.\n"), [""; 0]);
        let said = "src/a.rs:1: a source file opens with a `//!` paragraph that says what it is for";
        assert_eq!(check(opening, "src/a.rs", "use x;\n//! Late.\n"), [said]);
        assert_eq!(check(opening, "src/a.rs", "//!\n"), [said]);
    }

    #[test]
    fn length_is_counted_up_to_the_tests() {
        let long = "x\n".repeat(LONGEST);
        assert_eq!(check(length, "src/a.rs", &long), [""; 0]);
        assert_eq!(check(length, "src/a.rs", &format!("{long}#[cfg(test)]\n{long}")), [""; 0]);
        assert_eq!(
            check(length, "src/a.rs", &format!("{long}x\n")),
            ["src/a.rs: 501 lines before its tests: 500 is the most"]
        );
        assert_eq!(check(length, "src/a/tests.rs", &format!("{long}x\n")), [""; 0]);
    }

    #[test]
    fn marks_are_found_as_words() {
        let text = format!("// {}: later\nlet {}x = 1;\n", concat!("TO", "DO"), concat!("XX", "XX"));
        assert_eq!(
            check(marks, "a.rs", &text),
            [format!("a.rs:1: `{}`: do it, or open an issue", concat!("TO", "DO"))]
        );
    }

    #[test]
    fn space_at_the_end_of_a_line_is_found() {
        assert_eq!(check(trailing_space, "a.md", "one\ntwo \n\tthree\n"), ["a.md:2: space at the end of the line"]);
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        let folders = ["/somewhere/checkout", "/people/ada"].map(PathBuf::from);
        let text = "see /somewhere/checkout/docs\nsee (/people/ada/flags)\nsee https://example.org/people/ada/\n\
                    see /people/adam/flags\nsee /etc/flags\n";
        let said = "a path of one machine: write it relative to the repository";
        let found = check(|file| places(file, &folders), "a.md", text);
        assert_eq!(found, [format!("a.md:1: {said}"), format!("a.md:2: {said}")]);
    }

    #[test]
    fn a_foreign_dependency_has_a_reason() {
        let text = "[package]\nname = \"a\"\n\n[dependencies]\nflags-core = { workspace = true }\n# Reading JSON.\n\
                    serde = { workspace = true }\nserde_json = { workspace = true }\n\nstrsim.workspace = true\n\
                    [dev-dependencies]\ninsta = { workspace = true }\n[features]\na = []\n";
        assert_eq!(
            check(reasons, "crates/a/Cargo.toml", text),
            [
                "crates/a/Cargo.toml:10: `strsim.workspace` has no comment above it that says why it is needed",
                "crates/a/Cargo.toml:12: `insta` has no comment above it that says why it is needed",
            ]
        );
    }

    #[test]
    fn the_shared_settings_are_repeated() {
        let shared = "# Shared.\na = true\nb = [1]\n";
        let found = check(|file| settings(file, shared), "crates/x/clippy.toml", "a = true\n");
        assert_eq!(found, ["crates/x/clippy.toml: does not repeat the root's `b = [1]`"]);
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        assert!(is_foreign(Path::new("crates/flags-testkit/data/broken/a.toml")));
        assert!(!is_foreign(Path::new("crates/flags-config/src/database.rs")));
    }
}
