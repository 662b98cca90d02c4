//! What is said of whole files: their text, size and syntax.

use super::code;
use crate::{
    Severity::{Error, Warning},
    codes::CodeEntry,
};

pub(super) static FILES: &[CodeEntry] = &[
    code(
        "FLG001",
        "syntax",
        Error,
        [
            "The file is not valid TOML",
            "The parser could not read this place. It goes on after it, so that the rest of the file is checked as well; what \
         the broken lines would have said is unknown and not complained about. Strings need quotes, every key needs `=` and \
         a value, and brackets have to be closed.",
            "[features.search]\nenabled = true\ndescription = New search",
            "[features.search]\nenabled = true\ndescription = \"New search\"",
        ],
    ),
    code(
        "FLG002",
        "duplicate-key",
        Error,
        [
            "A key or table is defined twice",
            "Which of the two should count would be a guess. In a folder, all `*.toml` files are one set: a flag, a segment or \
         `[settings]` is defined in one file only. Remove or rename one of the two.",
            "[features.search]\nenabled = true\n\n[features.search]\nenabled = false",
            "[features.search]\nenabled = true\n\n[features.search_v2]\nenabled = false",
        ],
    ),
    code(
        "FLG003",
        "too-large",
        Error,
        [
            "The files are larger than the limit",
            "A limit on the total size (64 MiB unless the application says otherwise) keeps a wrong file, such as a log, from \
         taking the memory of every process that loads it. Remove what is not needed or raise the limit.",
            "# a file of more than 64 MiB\n[features.search]\nenabled = true",
            "[features.search]\nenabled = true",
        ],
    ),
    code(
        "FLG004",
        "too-deep",
        Error,
        [
            "Tables and lists are nested too deeply",
            "No construct of the format needs more than 72 levels of tables and lists, and a parser that followed deeper ones \
         could run out of stack. The file is not read any further.",
            "# more than 72 levels\n[features.search]\nenabled = true\nmetadata = { a = \
         [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\
         ]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] }",
            "[features.search]\nenabled = true\nmetadata = { a = [[[1]]] }",
        ],
    ),
    code(
        "FLG005",
        "too-many-flags",
        Error,
        [
            "There are more flags than the limit",
            "A limit on the number of flags (100 000 unless the application says otherwise) keeps a runaway generator from \
         slowing down every process that loads its file. Remove flags that have served their time or raise the limit.",
            "# more than 100 000 flags\n[features.search]\nenabled = true\n[features.cart]\nenabled = true",
            "[features.search]\nenabled = true",
        ],
    ),
    code(
        "FLG006",
        "nothing-defined",
        Error,
        [
            "The file defines nothing",
            "A file that is empty, or has only comments, is most often one that is still being written or was cut short; taking \
         it for \"no flags at all\" would switch everything off. Write at least one table such as `[settings]`, or remove \
         the file.",
            "# to be written",
            "[settings]\nenvironment = \"development\"",
        ],
    ),
    code(
        "FLG007",
        "not-utf-8",
        Error,
        [
            "The file is not UTF-8",
            "TOML is always UTF-8. Save the file with that encoding; editors call it \"UTF-8\" or \"UTF-8 without signature\".",
            "# saved as Latin-1\n[features.search]\nenabled = true\ndescription = \"Café\"",
            "[features.search]\nenabled = true\ndescription = \"Café\"",
        ],
    ),
    code(
        "FLG008",
        "unsupported-format",
        Error,
        [
            "A format this version does not read",
            "`format` says which version of the format the file is written in; this version reads 1. Convert the file, or \
         update the program that loads it.",
            "format = 2\n[features.search]\nenabled = true",
            "format = 1\n[features.search]\nenabled = true",
        ],
    ),
    code(
        "FLG009",
        "too-many-problems",
        Error,
        [
            "There are more problems than are shown",
            "After the first thousand problems the rest is only counted, as the file is most likely not a definition file at \
         all. Mend the first ones and check again.",
            "# more than 1 000 problems\n[features.search]\nenabled = 1\n[features.cart]\nenabled = 1",
            "[features.search]\nenabled = true\n[features.cart]\nenabled = true",
        ],
    ),
    code(
        "FLG090",
        "newer-syntax",
        Warning,
        [
            "Syntax that TOML 1.0 does not have",
            "This loads, but formatters, editors and libraries of TOML 1.0 refuse the file: inline tables stand on one line \
         there, without a comma at the end, and strings have no `\\e` and `\\x`. Use a table with a header for what is \
         longer than a line.",
            "[features.search]\nenabled = true\nmetadata = { owner = \"search\", }",
            "[features.search]\nenabled = true\nmetadata = { owner = \"search\" }",
        ],
    ),
];
