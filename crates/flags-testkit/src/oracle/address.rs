//! IP ranges, bit by bit.

use std::net::IpAddr;

/// Whether `text` is an address in the range written as an address, or as an address and the length of a prefix.
pub(super) fn within(text: &str, range: &str) -> bool {
    let Ok(address) = text.parse::<IpAddr>() else { return false };
    let (base, length) = match range.split_once('/') {
        Some((base, length)) => (base, Some(length.parse::<usize>().expect("an `IpRange` has a length in decimal"))),
        None => (range, None),
    };
    let base: IpAddr = base.parse().expect("an `IpRange` has an address");
    let shorter = length.map(|length| if base.is_ipv6() && is_mapped(base) { length - 96 } else { length });
    let (address, base) = (bits(address), bits(base));
    let length = shorter.unwrap_or(base.len());
    address.len() == base.len() && address[..length] == base[..length]
}

fn is_mapped(address: IpAddr) -> bool {
    let IpAddr::V6(address) = address else { return false };
    address.octets()[..12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
}

/// 32 bits for version 4, also where it is mapped into version 6; else 128.
fn bits(address: IpAddr) -> Vec<bool> {
    let octets: Vec<u8> = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(inner) if is_mapped(address) => inner.octets()[12..].to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    octets.into_iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (text, range, expected) in [
            ("10.1.2.3", "10.0.0.0/8", true),
            ("11.0.0.0", "10.0.0.0/8", false),
            ("::ffff:10.1.2.3", "10.0.0.0/8", true),
            ("10.1.2.3", "::ffff:10.0.0.0/104", true),
            ("192.168.5.1", "192.168.4.0/22", true),
            ("192.168.8.1", "192.168.4.0/22", false),
            ("2001:db8::1", "2001:db8::/32", true),
            ("2001:db9::1", "2001:db8::/32", false),
            ("1.2.3.4", "::/0", false),
            ("1.2.3.4", "1.2.3.4", true),
            ("1.2.3", "0.0.0.0/0", false),
            ("01.2.3.4", "0.0.0.0/0", false),
        ] {
            assert_eq!(within(text, range), expected, "{text} {range}");
        }
    }
}
