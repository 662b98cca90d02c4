//! What is said of names of flags, segments and variants, and what they lead to.

use super::code;
use crate::{Severity::Error, codes::CodeEntry};

pub(super) static REFERENCES: &[CodeEntry] = &[
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
];
