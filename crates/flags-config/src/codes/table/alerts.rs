//! What is said of alerts and channels.

use super::code;
use crate::{Severity::Error, codes::CodeEntry};

pub(super) static ALERTS: &[CodeEntry] = &[
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
];
