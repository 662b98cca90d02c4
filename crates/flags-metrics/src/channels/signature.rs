//! The signature of a webhook's delivery.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The header with the signature.
pub(super) const HEADER: &str = "Flags-Signature";

/// The value of the header: `t=SECONDS,v1=HEX`, where `HEX` is the HMAC-SHA256 of `SECONDS.BODY` under the key.
///
/// The time is part of what is signed, so that a receiver can refuse what was recorded and sent again.
pub(super) fn sign(key: &str, seconds: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key of any length will do for HMAC");
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let mut header = format!("t={seconds},v1=");
    for byte in mac.finalize().into_bytes() {
        // Writing to a string does not fail.
        let _ = write!(header, "{byte:02x}");
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2: the key is `Jefe`, the data `what do ya want for nothing?`.
    #[test]
    fn the_published_vector() {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
        mac.update(b"what do ya want for nothing?");
        let code: Vec<u8> = mac.finalize().into_bytes().to_vec();
        assert_eq!(code[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
    }

    /// Computed by `printf '1763629200.{"version":1}' | openssl dgst -sha256 -hmac whisper`.
    #[test]
    fn the_header_is_as_documented() {
        let header = "t=1763629200,v1=cc873b42262c3c82c99b565689c58bad94ed270e3bed0ddd9caa13d62914ab45";
        let page = include_str!("../../../../docs/reference/webhook.md");
        assert!(page.contains(header));
        assert_eq!(sign("whisper", 1_763_629_200, br#"{"version":1}"#), header);
    }
}
