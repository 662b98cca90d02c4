//! The alphabets: few enough entries that definitions and contexts meet often, and the edges of every type among them.

use flags_core::Value;

pub(super) const ENVIRONMENTS: [&str; 3] = ["mainnet", "development", "testnet"];

/// Keys of flags and, in a name space of their own, of segments.
pub(super) const KEYS: [&str; 10] =
    ["checkout", "shop", "new_cart", "a-b", "a.b", "7", "staff", "pricing", "UPPER", "button_color"];

/// The predicates a scenario registers, with their answers; any other name is unregistered.
pub const PREDICATES: [(&str, bool); 2] = [("epoch_is_even", true), ("never", false)];

pub(super) const UNREGISTERED: &str = "nobody_registered_this";

pub(super) const UNITS: [&str; 14] = [
    "user-0",
    "user-1",
    "user-2",
    "user-3",
    "user-4",
    "user-5",
    "user-6",
    "user-7",
    "user-8",
    "user-9",
    "",
    "7",
    "ΣΑΣ",
    "日本語のユーザー",
];

pub(super) const NODES: [&str; 4] = ["node-0", "node-1", "node-2", "7"];

pub(super) const BUCKET_BY: [&str; 9] =
    ["user_id", "node_id", "tenant", "targeting_key", "session_id", "profile.plan", "request_id", "country", "nothing"];

pub(super) const SALTS: [&str; 4] = ["salt-0", "", "a", "ß"];

pub(super) const VARIANTS: [&str; 4] = ["control", "blue", "on", "off"];

/// Texts around case and containment: simple folding and full folding differ on several of them.
pub(super) const TEXTS: [&str; 20] = [
    "NL",
    "DE",
    "US",
    "nl",
    "n",
    "",
    "straße",
    "STRASSE",
    "STRAẞE",
    "ΣΑΣ",
    "σας",
    "\u{212a}",
    "k",
    "İ",
    "ada@corp.example",
    "ADA@CORP.EXAMPLE",
    "corp",
    "gold",
    "a.b",
    "x\ny",
];

pub(super) const PATTERNS: [&str; 12] = [
    "^n",
    "",
    "^$",
    "corp",
    r"@corp\.example$",
    "(?i)ADA",
    r"\d+",
    "^[a-z]+$",
    "STRASSE|gold",
    "ß",
    r"^\w+\.\w$",
    "x.y",
];

pub(super) const VERSIONS: [&str; 16] = [
    "2.4.0",
    "1.0.0",
    "v2.4",
    "2",
    "2.4.0-rc.1",
    "2.4.0-rc.11",
    "2.4.0-rc.x",
    "3.0.0-alpha",
    "3.0.0",
    "0.2.3",
    "0.0.3",
    "0.0.4",
    "1.2.3+build.7",
    "1.2.3.4",
    "01.2",
    "latest",
];

pub(super) const REQUIREMENTS: [&str; 15] = [
    ">=2.4.0, <3",
    ">=2.4.0",
    "=1",
    "^2.4",
    "~2.4.0-rc.2",
    "^0.2.3",
    "^0.0.3",
    "~0.2",
    "<=1.2.3",
    ">1.2.3",
    "^0",
    "~1",
    "< v3.0.0-beta",
    ">=2.4.0-rc.x",
    ">0, <2, >=1",
];

pub(super) const ADDRESSES: [&str; 12] = [
    "10.0.0.1",
    "10.255.0.1",
    "192.168.5.1",
    "::ffff:10.0.0.1",
    "::ffff:c0a8:501",
    "2001:db8::1",
    "2001:DB8:1::",
    "::",
    "::1",
    "0.0.0.0",
    "10.0.0",
    "nope",
];

pub(super) const RANGES: [&str; 12] = [
    "10.0.0.0/8",
    "10.0.0.1",
    "10.0.0.9/31",
    "192.168.4.0/22",
    "0.0.0.0/0",
    "2001:db8::/32",
    "2001:db8::/47",
    "::/0",
    "::ffff:10.0.0.0/104",
    "::ffff:0:0/96",
    "::/64",
    "255.255.255.255",
];

/// RFC 3339 date-times and near misses. The instants of definitions are drawn from those that are valid.
pub(super) const DATE_TIMES: [&str; 14] = [
    "2026-03-01T00:00:00Z",
    "2026-06-01T00:00:00Z",
    "2026-06-01T02:00:00+02:00",
    "2026-05-31t23:59:59.999999z",
    "2026-09-01T00:00:00Z",
    "2026-09-01T00:00:00.000001Z",
    "2024-02-29T12:00:00-11:30",
    "1969-12-31T23:59:59.5Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-06-01T00:00:00",
    "2026-02-29T00:00:00Z",
    "2026-06-01",
    "soon",
];

/// How many of [`DATE_TIMES`], from the front, are valid.
pub(super) const VALID_DATE_TIMES: usize = 10;

/// Thousandths of a percent.
pub(super) const PERCENTAGES: [u32; 10] = [50_000, 0, 100_000, 1, 99_999, 12_500, 33_333, 66_600, 90_000, 10_000];

const TWO_TO_53: i64 = 1 << 53;

/// Numbers a definition may hold: around zero, around the ages people write, around where floats lose integers.
pub(super) fn numbers() -> Vec<Value> {
    let integers = [18, 0, 1, -1, 30, 45, 1_000_000, TWO_TO_53, TWO_TO_53 + 1, i64::MAX, i64::MIN].map(Value::Integer);
    let floats = [
        18.0,
        30.5,
        0.5,
        0.95,
        -0.0,
        5e-324,
        -1.5,
        9_007_199_254_740_992.0,
        9_007_199_254_740_994.0,
        9_223_372_036_854_775_808.0,
        -9_223_372_036_854_775_808.0,
        1e300,
    ]
    .map(Value::Float);
    integers.into_iter().chain(floats).collect()
}

/// Numbers only a context may hold.
pub(super) const ODD_FLOATS: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
