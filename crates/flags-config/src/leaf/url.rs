//! Addresses that something is sent to.

use std::fmt::Write as _;

use http::Uri;
use toml::de::DeValue;

/// Why a value is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UrlFault {
    /// It does not start with `http://` or `https://`.
    Scheme,
    /// No host is named, or not in ASCII.
    Host,
    /// It holds a user name or a password.
    Password,
    /// Something else is wrong with it, such as white space in it.
    Syntax,
}

/// The address of a string that holds one, in ASCII: other letters of the path are percent-encoded.
pub(crate) fn url(value: &DeValue<'_>) -> Result<Box<str>, UrlFault> {
    let text = value.as_str().ok_or(UrlFault::Syntax)?;
    let (scheme, rest) = text.split_once("://").ok_or(UrlFault::Scheme)?;
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(UrlFault::Scheme);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(UrlFault::Password);
    }
    if authority.is_empty() || authority.starts_with(':') || !authority.is_ascii() {
        return Err(UrlFault::Host);
    }
    let mut encoded = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            encoded.push(character);
        } else {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a string does not fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    // After the brackets of an IPv6 address, what follows a colon is a port.
    let has_port = authority.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
    match encoded.parse::<Uri>() {
        Ok(uri) if uri.port_u16().is_some() == has_port => Ok(encoded.into()),
        _ => Err(UrlFault::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_their_faults() {
        let parse = |text: &str| url(&DeValue::String(text.into()));
        for (written, address) in [
            ("https://hooks.example/flags?team=a%20b", "https://hooks.example/flags?team=a%20b"),
            ("http://127.0.0.1:9093", "http://127.0.0.1:9093"),
            ("http://[::1]:9093/alertmanager/", "http://[::1]:9093/alertmanager/"),
            ("HTTPS://hooks.example/…", "HTTPS://hooks.example/%E2%80%A6"),
            ("https://example/@team", "https://example/@team"),
            ("https://example/d/flags#panel", "https://example/d/flags#panel"),
        ] {
            assert_eq!(parse(written).as_deref(), Ok(address), "{written}");
        }
        for (bad, fault) in [
            ("", UrlFault::Scheme),
            ("hooks.example", UrlFault::Scheme),
            ("localhost:9093", UrlFault::Scheme),
            ("ftp://hooks.example", UrlFault::Scheme),
            ("https://", UrlFault::Host),
            ("https:///flags", UrlFault::Host),
            ("https://:80/", UrlFault::Host),
            ("https://bücher.example/", UrlFault::Host),
            ("https://ada:secret@hooks.example", UrlFault::Password),
            ("https://ada@hooks.example", UrlFault::Password),
            ("https://hooks.example/a b", UrlFault::Syntax),
            ("https://hooks.example:99999/", UrlFault::Syntax),
            ("https://ho oks.example/", UrlFault::Syntax),
        ] {
            assert_eq!(parse(bad), Err(fault), "{bad}");
        }
    }
}
