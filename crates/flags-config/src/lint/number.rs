//! Numbers of conditions, compared by value and without rounding.

use std::cmp::Ordering;

use flags_core::Value;

/// How two values compare as numbers; `None` if one of them is not a number.
pub(super) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Integer(a), Value::Float(b)) => compare_mixed(*a, *b),
        (Value::Float(a), Value::Integer(b)) => compare_mixed(*b, *a).map(Ordering::reverse),
        _ => None,
    }
}

/// An integer against a float. Cutting the float's fraction off leaves an integer that 128 bits hold, or one beyond them,
/// where cutting saturates and the order is right all the same; the fraction decides a tie.
fn compare_mixed(a: i64, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    let whole = b.trunc();
    #[expect(clippy::cast_possible_truncation, reason = "saturates beyond 128 bits, which is far beyond any i64")]
    let order = i128::from(a).cmp(&(whole as i128));
    Some(order.then_with(|| 0.0_f64.partial_cmp(&(b - whole)).unwrap_or(Ordering::Equal)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_where_floats_round() {
        for (integer, float, order) in [
            (9_007_199_254_740_993, 9_007_199_254_740_992.0, Ordering::Greater),
            (i64::MAX, 9_223_372_036_854_775_807.0, Ordering::Less),
            (i64::MIN, -9_223_372_036_854_775_808.0, Ordering::Equal),
            (1, 1.5, Ordering::Less),
            (-1, -1.5, Ordering::Greater),
            (0, -0.0, Ordering::Equal),
            (5, f64::INFINITY, Ordering::Less),
            (5, f64::NEG_INFINITY, Ordering::Greater),
            (5, 1e300, Ordering::Less),
        ] {
            assert_eq!(compare(&Value::Integer(integer), &Value::Float(float)), Some(order), "{integer} {float}");
            assert_eq!(compare(&Value::Float(float), &Value::Integer(integer)), Some(order.reverse()));
        }
        assert_eq!(compare(&Value::Integer(1), &Value::Float(f64::NAN)), None);
        assert_eq!(compare(&Value::Integer(1), &Value::from("1")), None);
    }
}
