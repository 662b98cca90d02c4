//! Numbers compared as a person would: both written out in full in decimal, digit by digit.

use std::cmp::Ordering;

use flags_core::Value;

/// How two numbers compare; `None` if one of them is no number at all, or NaN.
pub(super) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    let (a, b) = (Decimal::of(a)?, Decimal::of(b)?);
    Some(match (a.negative, b.negative) {
        (false, false) => a.magnitude(&b),
        (true, true) => b.magnitude(&a),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

/// A number in decimal. An infinity has a whole part longer than that of any other number.
struct Decimal {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    fn of(value: &Value) -> Option<Self> {
        // The smallest step of a float is 2^-1074, so that many decimals write any float in full.
        let text = match value {
            Value::Integer(number) => number.to_string(),
            Value::Float(number) if number.is_nan() => return None,
            Value::Float(number) if number.is_infinite() => {
                format!("{}{}", if *number < 0.0 { "-" } else { "" }, "9".repeat(400))
            }
            Value::Float(number) => format!("{number:.1074}"),
            _ => return None,
        };
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: negative && !zero, whole, fraction })
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        let whole = self.whole.len().cmp(&other.whole.len()).then_with(|| self.whole.cmp(&other.whole));
        // Fractions start at the same place, so that they compare like words.
        whole.then_with(|| self.fraction.cmp(&other.fraction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_beside_floats() {
        let ascending = [
            Value::Float(f64::NEG_INFINITY),
            Value::Float(f64::MIN),
            Value::Float(-9_223_372_036_854_777_856.0),
            Value::Integer(i64::MIN),
            Value::Float(-1.5),
            Value::Integer(-1),
            Value::Float(-f64::MIN_POSITIVE),
            Value::Integer(0),
            Value::Float(5e-324),
            Value::Float(0.5),
            Value::Integer(1),
            Value::Float(9_007_199_254_740_992.0),
            Value::Integer(9_007_199_254_740_993),
            Value::Float(9_007_199_254_740_994.0),
            Value::Integer(i64::MAX),
            Value::Float(9_223_372_036_854_775_808.0),
            Value::Float(f64::INFINITY),
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(compare(a, b), Some(i.cmp(&j)), "{a:?} {b:?}");
            }
        }
        assert_eq!(compare(&Value::Integer(3), &Value::Float(3.0)), Some(Ordering::Equal));
        assert_eq!(compare(&Value::Float(-0.0), &Value::Integer(0)), Some(Ordering::Equal));
        assert_eq!(compare(&Value::Float(f64::NAN), &Value::Integer(0)), None);
        assert_eq!(compare(&Value::from("3"), &Value::Integer(3)), None);
    }
}
