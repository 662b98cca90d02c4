//! What was probably meant by a value of the wrong type.

use toml::de::DeValue;

use crate::shape::Shape;

/// How to write what was probably meant by a value of the wrong type: a sentence, and the text to put there.
pub(super) fn correction(shape: &Shape, value: &DeValue<'_>, raw: &str) -> Option<(&'static str, String)> {
    match (shape, value) {
        (Shape::Boolean, DeValue::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(("write it without quotes", "true".into())),
            "false" | "no" | "off" => Some(("write it without quotes", "false".into())),
            _ => None,
        },
        (Shape::Boolean, DeValue::Integer(number)) => match number.as_str() {
            "1" => Some(("write `true`", "true".into())),
            "0" => Some(("write `false`", "false".into())),
            _ => None,
        },
        (Shape::Integer { .. }, DeValue::String(text)) => {
            text.trim().parse::<i64>().ok().map(|number| ("write it without quotes", number.to_string()))
        }
        (Shape::Number { .. } | Shape::Quantile | Shape::Percentage, DeValue::String(text)) => {
            let number = text.trim().trim_end_matches('%').trim_end();
            let plain = number.parse::<f64>().is_ok_and(f64::is_finite)
                && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
                && !number.starts_with('.')
                && !number.ends_with('.');
            if let (Shape::Number { least: 0.0, most: 1.0 }, true) = (shape, text.contains('%')) {
                let share = percent_as_share(number.parse().ok()?)?;
                return plain.then_some(("write it as a share of 1", share));
            }
            let help = if text.contains('%') { "write the number alone" } else { "write it without quotes" };
            plain.then(|| (help, number.to_owned()))
        }
        (Shape::Duration, DeValue::Integer(_)) => Some(("write it with a unit", format!("\"{raw}s\""))),
        (
            Shape::Text | Shape::Name | Shape::VariantName,
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_),
        ) => Some(("write it in quotes", format!("\"{raw}\""))),
        (Shape::Text | Shape::Name, DeValue::Datetime(_)) => Some(("write it as a string", format!("\"{raw}\""))),
        (Shape::List(list), single) if list.item.takes(single) && !raw.contains('\n') => {
            Some(("write it in brackets", format!("[{raw}]")))
        }
        (Shape::OneOf(shapes), value) => shapes.iter().find_map(|shape| correction(shape, value, raw)),
        _ => None,
    }
}

/// A number of percent as a share of 1, if it is above 0 and below 100.
pub(crate) fn percent_as_share(percent: f64) -> Option<String> {
    // Of what is written in percent, the decimal point moves by two.
    let share = format!("{:.6}", percent / 100.0);
    (percent > 0.0 && percent < 100.0).then(|| share.trim_end_matches('0').to_owned())
}
