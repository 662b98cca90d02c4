//! The table of codes: errors from FLG001, lints from FLG100, notices from FLG190.

use super::{Code, CodeEntry};
use crate::Severity::{self, Error, Info, Warning};

/// The code called `id`; a name without an entry does not compile.
pub(super) const fn entry(id: &str) -> Code {
    let mut at = 0;
    while at < CODES.len() {
        if equal(CODES[at].id.as_bytes(), id.as_bytes()) {
            return Code(&CODES[at]);
        }
        at += 1;
    }
    #[expect(clippy::panic, reason = "evaluated while compiling only: every call stands in a constant")]
    {
        panic!("no such code")
    }
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

const fn code(id: &'static str, name: &'static str, severity: Severity, text: [&'static str; 4]) -> CodeEntry {
    let [title, explanation, bad, good] = text;
    CodeEntry { id, name, severity, title, explanation, bad, good }
}

/// Every code, in the order of their numbers. Each has its title, its explanation, a bad and a good example.
pub(super) static CODES: &[CodeEntry] = &[
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
        "FLG010",
        "unknown-key",
        Error,
        [
            "A key that the format does not have",
            "A misspelled key would otherwise be ignored in silence, and the flag would do something else than it says. The \
         message names the key that was probably meant, or the table the key belongs to. Free data goes into `metadata`.",
            "[features.search]\nenabled = true\nrollout_percent = 20",
            "[features.search]\nenabled = true\nrollout_percentage = 20",
        ],
    ),
    code(
        "FLG011",
        "wrong-type",
        Error,
        [
            "A value of another type than the key takes",
            "Values are never converted: a string that looks like a number is a string. Write true, false and numbers without \
         quotes, and lists in brackets.",
            "[features.search]\nenabled = \"true\"",
            "[features.search]\nenabled = true",
        ],
    ),
    code(
        "FLG012",
        "missing-key",
        Error,
        [
            "A key that is required is missing",
            "A flag has to say `enabled` or `state`, so that nobody has to know a default to read a file; other tables have \
         keys without which they mean nothing.",
            "[features.search]\nrollout_percentage = 20",
            "[features.search]\nenabled = true\nrollout_percentage = 20",
        ],
    ),
    code(
        "FLG013",
        "out-of-range",
        Error,
        [
            "A number outside the range the key takes",
            "The message names the range. Integers have 64 bits, weights are whole numbers from 0, and infinities and `nan` \
         stand nowhere.",
            "[features.search]\nenabled = true\nvariants = { on = true, off = false }\nsplit = { on = -1, off = 2 }",
            "[features.search]\nenabled = true\nvariants = { on = true, off = false }\nsplit = { on = 1, off = 2 }",
        ],
    ),
    code(
        "FLG014",
        "unknown-word",
        Error,
        [
            "A word that is not one of those the key takes",
            "The key takes one of a few words; the message lists them.",
            "[features.search]\nstate = \"enable\"",
            "[features.search]\nstate = \"enabled\"",
        ],
    ),
    code(
        "FLG015",
        "invalid-instant",
        Error,
        [
            "Not an instant",
            "An instant is a date, a time and an offset from UTC, as a TOML datetime or as an RFC 3339 string. Without the \
         offset it would mean another moment on every machine; `Z` stands for UTC.",
            "[features.search]\nenabled = true\nschedule = [{ at = 2026-12-01T09:00:00, rollout_percentage = 50 }]",
            "[features.search]\nenabled = true\nschedule = [{ at = 2026-12-01T09:00:00Z, rollout_percentage = 50 }]",
        ],
    ),
    code(
        "FLG016",
        "invalid-date",
        Error,
        [
            "Not a date",
            "A plain date is a day without a time: year, month, day.",
            "[features.search]\nenabled = true\nexpires = \"31.03.2027\"",
            "[features.search]\nenabled = true\nexpires = 2027-03-31",
        ],
    ),
    code(
        "FLG017",
        "invalid-duration",
        Error,
        [
            "Not a duration",
            "A duration is a string of numbers with units: `ms`, `s`, `m`, `h`, `d` (24 hours) and `w` (7 days), such as \
         `\"30s\"` or `\"1h 30m\"`. Months and years have no fixed length and are refused.",
            "[settings]\ncache_ttl = \"5 bananas\"",
            "[settings]\ncache_ttl = \"5s\"",
        ],
    ),
    code(
        "FLG018",
        "invalid-percentage",
        Error,
        [
            "Not a percentage",
            "A percentage is a number from 0 to 100, without quotes or `%`, with at most three decimals: shares are exact to \
         a thousandth of a percent.",
            "[features.search]\nenabled = true\nrollout_percentage = 120",
            "[features.search]\nenabled = true\nrollout_percentage = 100",
        ],
    ),
    code(
        "FLG019",
        "invalid-key",
        Error,
        [
            "Not a key",
            "The keys of flags, segments and experiments have 1 to 128 of `A-Z a-z 0-9 _ - .` and start with a letter or digit, \
         so that they fit into every URL, metric and log.",
            "[features.\"new search\"]\nenabled = true",
            "[features.new-search]\nenabled = true",
        ],
    ),
    code(
        "FLG020",
        "invalid-pattern",
        Error,
        [
            "Not a regular expression",
            "`matches` takes a regular expression. The engine answers in time linear in the text, so look-around and \
         back-references are missing; a compiled expression may have 1 MiB. Single quotes keep TOML from reading \
         backslashes.",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"email\", matches = '(corp' }]",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"email\", matches = '(corp)' }]",
        ],
    ),
    code(
        "FLG021",
        "invalid-version",
        Error,
        [
            "Not a version requirement",
            "A requirement is a list of comparators joined by commas, each one of `=` `>` `>=` `<` `<=` `^` `~` and a version: \
         `\">=2.4.0, <3\"`.",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"app_version\", version = \"2.4\" }]",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"app_version\", version = \">=2.4\" }]",
        ],
    ),
    code(
        "FLG022",
        "invalid-ip-range",
        Error,
        [
            "Not an IP address or range",
            "Write an address such as `10.0.0.7` or `2001:db8::1`, or a CIDR range such as `10.0.0.0/8` or `2001:db8::/32`.",
            "[features.search]\nenabled = true\ntargets = { ip_ranges = [\"10.0.0.0/33\"] }",
            "[features.search]\nenabled = true\ntargets = { ip_ranges = [\"10.0.0.0/8\"] }",
        ],
    ),
    code(
        "FLG023",
        "list-length",
        Error,
        [
            "A list has too few or too many elements",
            "An empty list in a condition would hold for nobody, which is rarely meant: remove the condition or fill the list. \
         `between` takes exactly two ends.",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"country\", in = [] }]",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"country\", in = [\"NL\"] }]",
        ],
    ),
    code(
        "FLG024",
        "empty-text",
        Error,
        [
            "A name is empty",
            "Attributes, flags, segments and variants have names of at least one character.",
            "[features.search]\nenabled = true\nbucket_by = \"\"",
            "[features.search]\nenabled = true\nbucket_by = \"user_id\"",
        ],
    ),
    code(
        "FLG025",
        "exclusive-keys",
        Error,
        [
            "Keys that exclude each other",
            "The keys say the same thing in two ways, so that one of them could only repeat or contradict the other. Keep one.",
            "[features.search]\nenabled = true\nstate = \"disabled\"",
            "[features.search]\nstate = \"disabled\"",
        ],
    ),
    code(
        "FLG030",
        "weight-without-value",
        Error,
        [
            "A variant has a weight and no value",
            "A variant written as a table has a `value`, and beside it perhaps a `weight` and a `description`. A table with \
         none of these keys is itself the value of the variant.",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = { weight = 2 } }",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = { value = \"b\", weight = 2 } }",
        ],
    ),
    code(
        "FLG031",
        "variant-types-differ",
        Error,
        [
            "The variants of a flag have different types",
            "Whoever asks for the flag expects one type. Without `type`, the type is that of the variants, so they have to \
         agree; integers beside floats count as floats.",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\", c = 3 }",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\", c = \"3\" }",
        ],
    ),
    code(
        "FLG032",
        "wrong-variant-type",
        Error,
        [
            "A variant's value is not of the flag's type",
            "`type` says what the flag serves, and every variant has to be of that type. A list cannot be served by itself; \
         put it into a table.",
            "[features.search]\ntype = \"integer\"\nenabled = true\nvariants = { few = 10, many = \"100\" }",
            "[features.search]\ntype = \"integer\"\nenabled = true\nvariants = { few = 10, many = 100 }",
        ],
    ),
    code(
        "FLG033",
        "missing-variants",
        Error,
        [
            "A flag that is not boolean has no variants",
            "Only a boolean flag knows by itself what to serve. Write `variants`, or remove `type`.",
            "[features.search]\ntype = \"string\"\nenabled = true",
            "[features.search]\ntype = \"string\"\nenabled = true\nvariants = { old = \"old\", new = \"new\" }",
        ],
    ),
    code(
        "FLG034",
        "identity-in-environment",
        Error,
        [
            "An environment changes what identifies the flag",
            "An environment may change every field of a flag but its `type`, its `created_at` and its `environments`: the \
         program that asks for the flag is the same everywhere.",
            "[features.search]\nenabled = true\n[features.search.environments.test]\ntype = \"boolean\"",
            "[features.search]\nenabled = true\n[features.search.environments.test]\nenabled = false",
        ],
    ),
    code(
        "FLG035",
        "missing-percentage",
        Error,
        [
            "The state needs a rollout percentage",
            "`canary` and `rollout` are states of a flag that is on for a share of the units, so the share has to be written.",
            "[features.search]\nstate = \"canary\"",
            "[features.search]\nstate = \"canary\"\nrollout_percentage = 1",
        ],
    ),
    code(
        "FLG036",
        "zero-weights",
        Error,
        [
            "Every weight of a split is 0",
            "Nothing could be served. Give at least one variant a weight above 0, or write `serve`.",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\" }\nsplit = { a = 0, b = 0 }",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\" }\nsplit = { a = 0, b = 1 }",
        ],
    ),
    code(
        "FLG037",
        "weights-too-large",
        Error,
        [
            "The weights of a split are too large",
            "Weights may sum to 2147483647 at most. They are relative to each other, so smaller ones say the same.",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\" }\nsplit = { a = 2000000000, b = 1000000000 }",
            "[features.search]\nenabled = true\nvariants = { a = \"a\", b = \"b\" }\nsplit = { a = 2, b = 1 }",
        ],
    ),
    code(
        "FLG038",
        "duplicate-variant",
        Error,
        [
            "A variant is named twice",
            "In a boolean flag, `true` and `on` are the same variant, and so are `false` and `off`.",
            "[features.search]\nenabled = true\nsplit = { true = 1, on = 1 }",
            "[features.search]\nenabled = true\nsplit = { on = 1, off = 1 }",
        ],
    ),
    code(
        "FLG040",
        "condition-form",
        Error,
        [
            "A condition has no form, or two",
            "One table holds one condition: a test of an attribute, a segment, a predicate, a flag, an environment, an instant, \
         a percentage, or `all`, `any`, `not`. Several conditions are several tables in the list; all of them have to hold.",
            "[features.search]\nenabled = true\nconditions = [{ segment = \"staff\", environment = \"test\" }]\n\n\
         [segments.staff]\nmembers = [\"user-1\"]",
            "[features.search]\nenabled = true\nconditions = [{ segment = \"staff\" }, { environment = \"test\" }]\n\n\
         [segments.staff]\nmembers = [\"user-1\"]",
        ],
    ),
    code(
        "FLG041",
        "condition-operators",
        Error,
        [
            "An attribute has no operator, or too many",
            "One table holds one operator, except two that form a range, such as `at_least` with `less_than`. Write the others \
         as tables of their own in the same list; all of them have to hold.",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"email\", starts_with = \"a\", ends_with = \"z\" }]",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"email\", starts_with = \"a\" }, \
         { attribute = \"email\", ends_with = \"z\" }]",
        ],
    ),
    code(
        "FLG042",
        "misplaced-ignore-case",
        Error,
        [
            "`ignore_case` without an operator on strings",
            "It stands beside `equals`, `not_equals`, `in`, `not_in`, `contains`, `not_contains`, `starts_with`, `ends_with` \
         and `matches`, and means nothing beside the others.",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"age\", at_least = 18, ignore_case = true }]",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"age\", at_least = 18 }]",
        ],
    ),
    code(
        "FLG043",
        "mixed-list",
        Error,
        [
            "A list mixes strings and numbers",
            "An attribute is a string or a number, and one of another type than the list fails the test, so half of the list \
         could never match. Write two conditions under `any`.",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"plan\", in = [\"pro\", 3] }]",
            "[features.search]\nenabled = true\nconditions = [{ attribute = \"plan\", in = [\"pro\", \"3\"] }]",
        ],
    ),
    code(
        "FLG050",
        "unknown-flag",
        Error,
        [
            "A flag that is not defined",
            "`parent`, `requires`, `flag` conditions and alerts name flags of the same set. The message names a flag that was probably \
         meant.",
            "[features.cart]\nenabled = true\nparent = \"shopp\"\n\n[features.shop]\nenabled = true",
            "[features.cart]\nenabled = true\nparent = \"shop\"\n\n[features.shop]\nenabled = true",
        ],
    ),
    code(
        "FLG051",
        "unknown-segment",
        Error,
        [
            "A segment that is not defined",
            "A segment is defined by a table `[segments.NAME]` in one of the files that are loaded together.",
            "[features.search]\nenabled = true\ntargets = { segments = [\"stuff\"] }\n\n[segments.staff]\nmembers = [\"user-1\"]",
            "[features.search]\nenabled = true\ntargets = { segments = [\"staff\"] }\n\n[segments.staff]\nmembers = [\"user-1\"]",
        ],
    ),
    code(
        "FLG052",
        "unknown-variant",
        Error,
        [
            "A variant the flag does not have",
            "`serve`, `off`, `split`, `overrides` and prerequisites name variants of the flag. A boolean flag without written \
         variants has `true` and `false`.",
            "[features.search]\nenabled = true\nvariants = { old = 1, new = 2 }\nserve = \"newer\"",
            "[features.search]\nenabled = true\nvariants = { old = 1, new = 2 }\nserve = \"new\"",
        ],
    ),
    code(
        "FLG053",
        "cycle",
        Error,
        [
            "Flags or segments refer to each other in a circle",
            "Whether one is on would depend on itself. The message names the way round; remove one of the references.",
            "[features.a]\nenabled = true\nparent = \"b\"\n\n[features.b]\nenabled = true\nrequires = [\"a\"]",
            "[features.a]\nenabled = true\nparent = \"b\"\n\n[features.b]\nenabled = true",
        ],
    ),
    code(
        "FLG054",
        "conditions-too-deep",
        Error,
        [
            "Conditions are nested deeper than 32",
            "The depth is bounded so that an evaluation needs little stack. Move an inner part into a segment.",
            "[features.search]\nenabled = true\nconditions = [{ not = { not = { not = { not = { not = { not = { not = { not = { \
         not = { not = { not = { not = { not = { not = { not = { not = { not = { not = { not = { not = { not = { not = { \
         not = { not = { not = { not = { not = { not = { not = { not = { not = { not = { environment = \"test\" \
         } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } }]",
            "[features.search]\nenabled = true\nconditions = [{ not = { environment = \"test\" } }]",
        ],
    ),
    code(
        "FLG055",
        "chain-too-long",
        Error,
        [
            "A chain of references is too long",
            "Parents, prerequisites and segments that lead from one to the next are followed by every evaluation, on its stack. \
         Shorten the chain by referring to a flag further up.",
            "# and so on for hundreds of flags\n[features.f1]\nenabled = true\nparent = \"f0\"\n\n[features.f0]\nenabled = true",
            "[features.f1]\nenabled = true\nparent = \"f0\"\n\n[features.f0]\nenabled = true",
        ],
    ),
    code(
        "FLG056",
        "too-expensive",
        Error,
        [
            "One evaluation could take too many steps",
            "Flags that refer to many flags, which refer to many again, multiply. The bound keeps every evaluation short; use \
         fewer references, or a segment in place of repeated conditions.",
            "# and so on: each flag requires all the ones before it\n[features.f1]\nenabled = true\nrequires = [\"f0\"]\n\n\
         [features.f0]\nenabled = true",
            "[features.f1]\nenabled = true\nrequires = [\"f0\"]\n\n[features.f0]\nenabled = true",
        ],
    ),
    code(
        "FLG057",
        "set-too-large",
        Error,
        [
            "More definitions than one set can hold",
            "A compiled set counts its parts with 32 bits. Long lists of users belong into an attribute of the context.",
            "# hundreds of millions of list elements\n[segments.everyone]\nmembers = [\"user-1\"]",
            "[segments.everyone]\nmembers = [\"user-1\"]",
        ],
    ),
    code(
        "FLG060",
        "unknown-channel",
        Error,
        [
            "A channel that is not defined",
            "`notify` of an alert names channels, each defined by a table `[channels.NAME]` in one of the files that are loaded \
         together. The message names a channel that was probably meant.",
            "[alerts.refused]\nwhen = { reload_failed = true }\nnotify = [\"opps\"]\n\n[channels.ops]\nkind = \"log\"",
            "[alerts.refused]\nwhen = { reload_failed = true }\nnotify = [\"ops\"]\n\n[channels.ops]\nkind = \"log\"",
        ],
    ),
    code(
        "FLG061",
        "invalid-url",
        Error,
        [
            "Not an address that something can be sent to",
            "An address starts with `https://` or `http://` and names a host. It holds no user name and no password: definitions are \
         reviewed, copied and shown, so secrets stand elsewhere (`token_file`, `token_env`).",
            "[channels.ops]\nkind = \"webhook\"\nurl = \"https://ops:pa55@hooks.example/flags\"",
            "[channels.ops]\nkind = \"webhook\"\nurl = \"https://hooks.example/flags\"\ntoken_file = \"/run/secrets/hooks\"",
        ],
    ),
    code(
        "FLG062",
        "channel-key",
        Error,
        [
            "A key that this kind of channel does not take",
            "A log has no address, and an Alertmanager takes no signature. A key that does nothing would promise what is not kept; \
         remove it, or choose another `kind`.",
            "[channels.ops]\nkind = \"log\"\nurl = \"https://hooks.example/flags\"",
            "[channels.ops]\nkind = \"webhook\"\nurl = \"https://hooks.example/flags\"",
        ],
    ),
    code(
        "FLG063",
        "hold-of-an-instant",
        Error,
        [
            "`for` on something that does not last",
            "`for` says how long a condition has to hold before the alert fires. A rollback, a verdict of an experiment and a change \
         happen at an instant, so the alert would never fire.",
            "[alerts.rolled_back]\nwhen = { rollback = true }\nfor = \"1m\"",
            "[alerts.rolled_back]\nwhen = { rollback = true }",
        ],
    ),
    code(
        "FLG070",
        "unknown-experiment",
        Error,
        [
            "An experiment that is not defined",
            "`experiments` of a holdout names experiments of the same set; `all = true` covers every one, those to come \
         included. The message names an experiment that was probably meant.",
            "[holdouts.q4]\npercentage = 5\nexperiments = [\"lable\"]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
            "[holdouts.q4]\npercentage = 5\nexperiments = [\"label\"]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
        ],
    ),
    code(
        "FLG071",
        "unknown-layer",
        Error,
        [
            "A layer that is not defined",
            "Experiments that name one layer share no unit, and a misspelled name would make them share some. A layer is \
         defined by a table `[layers.NAME]`, which may be empty.",
            "[layers.page]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nlayer = \"pag\"",
            "[layers.page]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nlayer = \"page\"",
        ],
    ),
    code(
        "FLG072",
        "unknown-arm",
        Error,
        [
            "An arm that the experiment does not have",
            "`winner` names the arm that the whole audience gets. The message lists the arms, or names the one that was \
         probably meant.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nanalysis = { winner = \"bolt\" }",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nanalysis = { winner = \"bold\" }",
        ],
    ),
    code(
        "FLG073",
        "unknown-event",
        Error,
        [
            "An event that the application does not track",
            "Where `events` in `[settings]` lists what the application tracks, a metric may name no other: one that waits for \
         an event nobody sends would find no difference, for ever.",
            "[settings]\nevents = [\"purchase\", \"visit\"]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"sales\", kind = \"conversion\", event = \"purchse\" }]",
            "[settings]\nevents = [\"purchase\", \"visit\"]\n\n[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"sales\", kind = \"conversion\", event = \"purchase\" }]",
        ],
    ),
    code(
        "FLG074",
        "duplicate-name",
        Error,
        [
            "Two arms or two metrics of one name",
            "Exposures, reports and winners go by the name of an arm, verdicts by the name of a metric. Give one of the two \
         another name.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"bold\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
        ],
    ),
    code(
        "FLG075",
        "control-arm",
        Error,
        [
            "Not exactly one arm is the control",
            "The other arms are compared with the control, which usually leaves things as they are. Without one there is \
         nothing to compare with, and of two it is not clear which. Mark one arm with `control = true`.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\" },\n  { name = \"bold\", overrides = { button = true } },\n]",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
        ],
    ),
    code(
        "FLG076",
        "end-before-start",
        Error,
        [
            "An experiment that ends before it starts",
            "It would enrol nobody. The end itself is not included, so that one experiment may end when the next one starts.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nstart = 2026-12-20T00:00:00Z\nend = 2026-11-25T00:00:00Z",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nstart = 2026-11-25T00:00:00Z\nend = 2026-12-20T00:00:00Z",
        ],
    ),
    code(
        "FLG077",
        "winner-of-draft",
        Error,
        [
            "A draft that has a winner",
            "`winner` ends an experiment: the whole audience gets the arm from then on. A draft enrols nobody and has nothing \
         to end, so one of the two is a mistake. Write the status the experiment had when it was decided.",
            "[features.button]\nenabled = true\n\n[experiments.label]\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nanalysis = { winner = \"bold\" }",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"stopped\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nanalysis = { winner = \"bold\" }",
        ],
    ),
    code(
        "FLG078",
        "layer-overfull",
        Error,
        [
            "A layer of more than 100 percent",
            "Experiments of one layer share no unit: each owns a range of it as wide as its `traffic`, 100 where none is \
         written, one after the other in written order. One that is over keeps its range, since giving it away would move \
         the others.",
            "[layers.page]\n\n[experiments.one]\nlayer = \"page\"\ntraffic = 60\narms = [{ name = \"a\", control = true }, { name = \"b\" }]\n\n[experiments.two]\nlayer = \"page\"\ntraffic = 50\narms = [{ name = \"a\", control = true }, { name = \"b\" }]",
            "[layers.page]\n\n[experiments.one]\nlayer = \"page\"\ntraffic = 60\narms = [{ name = \"a\", control = true }, { name = \"b\" }]\n\n[experiments.two]\nlayer = \"page\"\ntraffic = 40\narms = [{ name = \"a\", control = true }, { name = \"b\" }]",
        ],
    ),
    code(
        "FLG079",
        "layer-units",
        Error,
        [
            "A layer of different units",
            "The experiments of a layer take their units from the same attributes. If one went by the user and another by the \
         node, a context with both could be in both experiments.",
            "[layers.page]\n\n[experiments.one]\nlayer = \"page\"\ntraffic = 50\narms = [{ name = \"a\", control = true }, { name = \"b\" }]\n\n[experiments.two]\nlayer = \"page\"\ntraffic = 50\nbucket_by = \"node_id\"\narms = [{ name = \"a\", control = true }, { name = \"b\" }]",
            "[layers.page]\n\n[experiments.one]\nlayer = \"page\"\ntraffic = 50\narms = [{ name = \"a\", control = true }, { name = \"b\" }]\n\n[experiments.two]\nlayer = \"page\"\ntraffic = 50\narms = [{ name = \"a\", control = true }, { name = \"b\" }]",
        ],
    ),
    code(
        "FLG080",
        "overlapping-experiments",
        Error,
        [
            "Two experiments on one flag at the same time",
            "Only one of the two arms could be served, so neither outcome would say what it seems to. Put both into one \
         layer, which keeps their units apart, or let one end before the other starts. Drafts, and experiments that are \
         stopped or decided, are in nobody's way.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\n\n[experiments.font]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
            "[features.button]\nenabled = true\n\n[layers.page]\n\n[experiments.label]\nstatus = \"running\"\nlayer = \"page\"\ntraffic = 50\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\n\n[experiments.font]\nstatus = \"running\"\nlayer = \"page\"\ntraffic = 50\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]",
        ],
    ),
    code(
        "FLG081",
        "metric-event",
        Error,
        [
            "The events of a metric do not fit its kind",
            "A ratio is computed from two events, `numerator` and `denominator`; every other kind from one `event`. Only a \
         custom metric may do without, as the application computes it.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"rate\", kind = \"ratio\", event = \"purchase\" }]",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"rate\", kind = \"ratio\", numerator = \"purchase\", denominator = \"visit\" }]",
        ],
    ),
    code(
        "FLG082",
        "guardrail-margin",
        Error,
        [
            "A guardrail without a margin, or a margin without a guardrail",
            "That nothing got worse cannot be shown; that it got worse by less than a margin can. A guardrail needs to say \
         which relative loss is tolerated, and no other metric has one.",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"latency\", kind = \"duration\", event = \"loaded\", goal = \"decrease\", role = \"guardrail\" }]",
            "[features.button]\nenabled = true\n\n[experiments.label]\nstatus = \"running\"\narms = [\n  { name = \"plain\", control = true },\n  { name = \"bold\", overrides = { button = true } },\n]\nmetrics = [{ name = \"latency\", kind = \"duration\", event = \"loaded\", goal = \"decrease\", role = \"guardrail\", margin = 0.05 }]",
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
    code(
        "FLG190",
        "not-active-yet",
        Info,
        [
            "The section is checked but has no effect yet",
            "The section belongs to the format and its keys and values are checked, but this version does not act on it.",
            "[features.search]\nenabled = true\n[features.search.error_threshold]\nrate = 0.05\nwindow = \"5m\"",
            "[features.search]\nenabled = true",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_names_are_unique() {
        assert!(CODES.windows(2).all(|pair| pair[0].id < pair[1].id));
        for (at, entry) in CODES.iter().enumerate() {
            assert!(CODES[..at].iter().all(|earlier| earlier.name != entry.name), "{}", entry.name);
            assert!(entry.id.len() == 6 && entry.id.starts_with("FLG"), "{}", entry.id);
        }
    }
}
