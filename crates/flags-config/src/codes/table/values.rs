//! What is said of keys and values, wherever they stand.

use super::code;
use crate::{Severity::Error, codes::CodeEntry};

pub(super) static VALUES: &[CodeEntry] = &[
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
        "FLG026",
        "invalid-time",
        Error,
        [
            "A time of the day, or an offset from UTC, cannot be understood",
            "A time of the day has hours from 00 to 23 and minutes, such as `\"16:00\"`; midnight is `\"00:00\"`. An offset has a \
             sign, hours and minutes, such as `\"+01:00\"`, or is `\"Z\"` for UTC; names of time zones are not known, as their \
             rules change.",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"error_rate\", max = 0.05 }]\n\
             freezes = [{ days = [\"friday\"], from = \"4pm\", until = \"08:00\" }]",
            "[features.search]\nenabled = true\nrollout_percentage = 0\n[features.search.rollout]\nstrategy = \"canary\"\n\
             guardrails = [{ metric = \"error_rate\", max = 0.05 }]\n\
             freezes = [{ days = [\"friday\"], from = \"16:00\", until = \"08:00\" }]",
        ],
    ),
];
