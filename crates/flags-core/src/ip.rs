//! Ranges of IP addresses.

use alloc::{boxed::Box, string::ToString};
use core::{fmt, net::IpAddr};

use ipnet::{IpNet, Ipv4Net};

/// A range of IP addresses: one address, or a CIDR range of version 4 or 6.
///
/// A version 4 address written as a mapped version 6 one (`::ffff:10.0.0.1`) counts as version 4, in ranges and in addresses.
///
/// ```
/// use flags_core::IpRange;
///
/// let range = IpRange::parse("10.0.0.0/8")?;
/// assert!(range.contains("10.1.2.3".parse().unwrap()));
/// assert!(range.contains("::ffff:10.1.2.3".parse().unwrap()));
/// # Ok::<(), flags_core::IpRangeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IpRange(IpNet);

impl IpRange {
    /// Reads an address or a CIDR range. Bits of the address beyond the prefix do not matter.
    ///
    /// # Errors
    ///
    /// When the text is neither.
    pub fn parse(text: &str) -> Result<Self, IpRangeError> {
        let net = match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => text.parse::<IpNet>().map_err(|_| IpRangeError { text: text.into() })?,
        };
        Ok(Self(canonical(net.trunc())))
    }

    /// Whether the address is in the range.
    #[must_use]
    #[inline]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

/// A range of mapped addresses as the range of version 4 it stands for.
fn canonical(net: IpNet) -> IpNet {
    if let IpNet::V6(mapped) = net
        && let Some(address) = mapped.addr().to_ipv4_mapped()
        && let Some(prefix) = mapped.prefix_len().checked_sub(96)
        && let Ok(version4) = Ipv4Net::new(address, prefix)
    {
        return IpNet::V4(version4);
    }
    net
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            write!(f, "{}", self.0.addr())
        } else {
            f.write_str(&self.0.to_string())
        }
    }
}

/// Why text is not a range of IP addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpRangeError {
    text: Box<str>,
}

impl fmt::Display for IpRangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is neither an IP address nor a CIDR range such as `10.0.0.0/8` or `2001:db8::/32`", self.text)
    }
}

impl core::error::Error for IpRangeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containment() {
        for (range, inside, outside) in [
            ("10.0.0.0/8", "10.9.9.9", "11.0.0.0"),
            ("10.0.0.5/8", "10.9.9.9", "11.0.0.0"),
            ("10.0.0.5", "10.0.0.5", "10.0.0.6"),
            ("10.0.0.0/8", "::ffff:10.9.9.9", "::a09:909"),
            ("::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0"),
            ("2001:db8::/32", "2001:db8:1::", "2001:db9::"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("::/0", "2001::", "1.2.3.4"),
        ] {
            let range = IpRange::parse(range).unwrap();
            assert!(range.contains(inside.parse().unwrap()), "{range} {inside}");
            assert!(!range.contains(outside.parse().unwrap()), "{range} {outside}");
        }
        for bad in ["", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "nope", "2001:db8::/129", " 10.0.0.1"] {
            assert!(IpRange::parse(bad).is_err(), "{bad}");
        }
    }
}
