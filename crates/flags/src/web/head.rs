//! What the head of a request says, for its context.

use http::{header::COOKIE, request::Parts};

/// The value of a header; `None` where it is missing, is there more than once, or is not plain text.
///
/// ```
/// use flags::web;
///
/// let request = http::Request::builder().header("x-tenant", "acme").body(())?;
/// let (head, _) = request.into_parts();
/// assert_eq!(web::header(&head, "X-Tenant"), Some("acme"));
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn header<'r>(request: &'r Parts, name: &str) -> Option<&'r str> {
    let mut values = request.headers.get_all(name).iter();
    // Two values are one too many to know which was meant, and by whom it was added.
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    value.to_str().ok()
}

/// The value of a cookie as it was sent, without the quotes around it and without decoding; `None` where it is missing. Of
/// several of one name the first counts, which is that of the longest path.
///
/// ```
/// use flags::web;
///
/// let request = http::Request::builder().header("cookie", "theme=dark; session=7f3a").body(())?;
/// let (head, _) = request.into_parts();
/// assert_eq!(web::cookie(&head, "session"), Some("7f3a"));
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn cookie<'r>(request: &'r Parts, name: &str) -> Option<&'r str> {
    let lines = request.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let value = pairs.map(|(known, value)| (known.trim(), value.trim())).find(|(known, _)| *known == name)?.1;
    Some(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(headers: &[(&str, &[u8])]) -> Parts {
        let request =
            headers.iter().fold(http::Request::builder(), |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_header_has_one_value_or_none() {
        let head = head(&[("one", b"a"), ("two", b"a"), ("two", b"b"), ("bytes", b"\xff"), ("empty", b"")]);
        let found =
            ["one", "ONE", "two", "bytes", "empty", "missing", "no header name"].map(|name| header(&head, name));
        assert_eq!(found, [Some("a"), Some("a"), None, None, Some(""), None, None]);
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let head =
            head(&[("cookie", b"a=1; b=\"two\";c=x=y ;  d=; a=9; \"; e"), ("cookie", b"f=6"), ("cookie", b"g=\xff")]);
        let found = ["a", "b", "c", "d", "e", "f", "g", "", "A"].map(|name| cookie(&head, name));
        assert_eq!(found, [Some("1"), Some("two"), Some("x=y"), Some(""), None, Some("6"), None, None, None]);
    }
}
