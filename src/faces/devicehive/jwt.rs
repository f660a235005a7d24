//! Tokens as JWS (spec §4.2): HS256, one claim.

use serde::{Deserialize, Serialize};

use crate::faces::jwt;
use crate::model::UserId;

/// What a token says: all the protocol reads of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payload {
    /// User id; tokens of plugins have none.
    #[serde(default)]
    pub(super) u: Option<u64>,
    /// Action ids.
    #[serde(default)]
    pub(super) a: Option<Vec<u64>>,
    /// Network ids, or `*`.
    #[serde(default)]
    pub(super) n: Option<Vec<String>>,
    /// Device type ids, or `*`.
    #[serde(default)]
    pub(super) dt: Option<Vec<String>>,
    /// Expiry, milliseconds since 1970.
    pub(super) e: i64,
    /// 1 access, 0 refresh.
    pub(super) t: u8,
}

impl Payload {
    pub(super) fn user(&self) -> Option<UserId> {
        self.u.and_then(|id| UserId::new(id).ok())
    }

    pub(super) fn expired(&self, now: u64) -> bool {
        i64::try_from(now).is_ok_and(|now| self.e < now)
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    payload: Payload,
}

/// Signs a payload. `None`: the library failed, which it has no reason to.
pub(super) fn sign(key: &[u8], payload: &Payload) -> Option<String> {
    jwt::sign(key, None, &Claims { payload: payload.clone() })
}

/// The payload of a token that one of the keys has signed; whether it has expired is another question.
pub(super) fn read<'k>(keys: impl IntoIterator<Item = &'k [u8]>, token: &str) -> Option<Payload> {
    jwt::read::<Claims>(keys, token).map(|claims| claims.payload)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// Spec §4.2.
    #[test]
    fn vector() {
        let key = [0x75, 0xeb, 0xe2, 0x71, 0xe8, 0x62];
        let everything = Some(vec!["*".to_owned()]);
        let payload = Payload {
            u: Some(1),
            a: Some(vec![0]),
            n: everything.clone(),
            dt: everything,
            e: 1_559_347_200_000,
            t: 1,
        };
        let token = sign(&key, &payload).unwrap();
        assert!(token.starts_with("eyJhbGciOiJIUzI1NiJ9."));
        assert!(token.ends_with(".0i1MaUBtgfDPG4_cvSjEVO11FZy7o_L_6uRCR5NR3v4"));
        assert_eq!(read([&key[..]], &token), Some(payload));
        assert_eq!(read([&b"other"[..]], &token), None);
        assert_eq!(read([&b"other"[..], &key], &token).and_then(|payload| payload.u), Some(1));
    }

    #[test]
    fn a_changed_bit_breaks_it() {
        let payload = Payload { u: Some(1), a: None, n: None, dt: None, e: 5, t: 1 };
        let token = sign(b"key", &payload).unwrap();
        for at in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                if changed != token {
                    assert_eq!(read([&b"key"[..]], &changed), None, "{changed}");
                }
            }
        }
    }

    #[test]
    fn others_are_refused() {
        // No algorithm at all, and a payload that lacks its members.
        assert_eq!(
            read([&b"key"[..]], "eyJhbGciOiJub25lIn0.eyJwYXlsb2FkIjp7InUiOjEsImUiOjUsInQiOjF9fQ."),
            None
        );
        assert_eq!(read([&b"key"[..]], ""), None);
        assert_eq!(read([&b"key"[..]], "a.b.c"), None);
    }
}
