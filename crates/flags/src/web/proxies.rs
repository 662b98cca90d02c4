//! The address of whoever is behind the proxies of one's own.

use std::net::{IpAddr, SocketAddr};

use flags_core::{IpRange, IpRangeError};
use http::request::Parts;

/// The proxies whose word on a client's address counts.
///
/// `X-Forwarded-For` may be sent by anybody, and every proxy adds to its end the address it was asked from. So only what a
/// proxy of one's own has added is to be believed: reading from the end, the first address that is none of one's own proxies.
///
/// ```
/// use flags::web::TrustedProxies;
///
/// let proxies = TrustedProxies::new(["10.0.0.0/8"])?;
/// let request = http::Request::builder().header("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.2").body(()).unwrap();
/// let (head, _) = request.into_parts();
/// // The program was asked by a proxy, which was asked by another, which was asked by 203.0.113.9; the rest is hearsay.
/// assert_eq!(proxies.client_address(&head, "10.0.0.1".parse().unwrap()).to_string(), "203.0.113.9");
/// // Who asks directly may claim what they like.
/// assert_eq!(proxies.client_address(&head, "203.0.113.7".parse().unwrap()).to_string(), "203.0.113.7");
/// # Ok::<(), flags::core::IpRangeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    ranges: Vec<IpRange>,
}

impl TrustedProxies {
    /// Proxies by address or CIDR range.
    ///
    /// # Errors
    ///
    /// When one of the texts is neither.
    pub fn new<T: AsRef<str>>(ranges: impl IntoIterator<Item = T>) -> Result<Self, IpRangeError> {
        let ranges = ranges.into_iter().map(|range| IpRange::parse(range.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self { ranges })
    }

    /// The address of the client, where `peer` is that of the connection. Without proxies it is the peer's.
    ///
    /// Where the header ends before an address that is not trusted, or an entry is no address, it is the last one known.
    #[must_use]
    pub fn client_address(&self, request: &Parts, peer: IpAddr) -> IpAddr {
        let lines: Vec<&[u8]> =
            request.headers.get_all("x-forwarded-for").iter().map(http::HeaderValue::as_bytes).collect();
        let mut entries = lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b','));
        let mut known = peer.to_canonical();
        while self.trusts(known) {
            let Some(address) = entries.next().and_then(address) else { break };
            known = address;
        }
        known
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.ranges.iter().any(|range| range.contains(address))
    }
}

/// An entry of the header: an address, which some proxies write with its port.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let entry = str::from_utf8(entry).ok()?.trim();
    let bare = || entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']')).unwrap_or(entry).parse::<IpAddr>();
    let address = bare().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The client's address for these lines of the header, by a peer.
    fn client(lines: &[&str], peer: &str) -> String {
        let proxies = TrustedProxies::new(["10.0.0.0/8", "fd00::/8", "192.0.2.1"]).unwrap();
        let request =
            lines.iter().fold(http::Request::builder(), |request, line| request.header("x-forwarded-for", *line));
        let (head, ()) = request.body(()).unwrap().into_parts();
        proxies.client_address(&head, peer.parse().unwrap()).to_string()
    }

    #[test]
    fn only_what_a_trusted_proxy_added_is_believed() {
        let table: [(&[&str], &str, &str); 13] = [
            (&[], "203.0.113.9", "203.0.113.9"),
            (&[], "10.0.0.1", "10.0.0.1"),
            (&["198.51.100.4"], "203.0.113.9", "203.0.113.9"),
            (&["198.51.100.4"], "10.0.0.1", "198.51.100.4"),
            (&["6.6.6.6, 198.51.100.4"], "10.0.0.1", "198.51.100.4"),
            (&["6.6.6.6, 198.51.100.4,10.0.0.3 , 192.0.2.1"], "10.0.0.1", "198.51.100.4"),
            (&["6.6.6.6", "198.51.100.4", "10.0.0.3"], "10.0.0.1", "198.51.100.4"),
            (&["10.0.0.3, 10.0.0.2"], "10.0.0.1", "10.0.0.3"),
            (&["198.51.100.4, unknown, 10.0.0.2"], "10.0.0.1", "10.0.0.2"),
            (&["198.51.100.4:4711"], "10.0.0.1", "198.51.100.4"),
            (&["[2001:db8::7]:4711, fd00::1"], "10.0.0.1", "2001:db8::7"),
            (&["[2001:db8::7]"], "::ffff:10.0.0.1", "2001:db8::7"),
            (&["::ffff:198.51.100.4, "], "10.0.0.1", "10.0.0.1"),
        ];
        for (lines, peer, expected) in table {
            assert_eq!(client(lines, peer), expected, "{lines:?} by {peer}");
        }
        let (head, ()) = http::Request::builder().header("x-forwarded-for", "6.6.6.6").body(()).unwrap().into_parts();
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        assert_eq!(TrustedProxies::default().client_address(&head, peer), peer, "nobody is trusted unless named");
    }

    #[test]
    fn what_is_no_range_is_refused() {
        assert!(
            TrustedProxies::new(["10.0.0.0/8", "loadbalancer"]).unwrap_err().to_string().contains("`loadbalancer`")
        );
    }
}
