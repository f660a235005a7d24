//! Cookies of the face (spec §2.3, §2.4): their names carry the port, and what must not be forged is signed.

use cookie::{Cookie, SameSite};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::{self, HeaderMap};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Sha256, Sha512};

use crate::faces::web::{Asked, host};
use crate::model::{Digest, Millis, Secret};

/// Remember-me cookies last 90 days.
pub(super) const REMEMBERED: Millis = 90 * 24 * 3_600_000;

/// Where a request was sent: what cookie names and attributes depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    port: String,
    secure: bool,
}

impl Place {
    pub(super) fn of(request: &Asked) -> Self {
        let secure = request.uri().scheme_str() == Some("https");
        let port = host(request)
            .and_then(|host| host.rsplit_once(':'))
            .map(|(_, port)| port)
            .filter(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
        let port = port.unwrap_or(if secure { "443" } else { "80" });
        Self { port: port.to_owned(), secure }
    }

    fn name(&self, name: &str) -> String {
        format!("{name}_P{}", self.port)
    }

    /// A cookie with the right suffix wins over an unsuffixed one.
    pub(super) fn read(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        let suffixed = self.name(name);
        let all = || {
            let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
            lines.flat_map(Cookie::split_parse).filter_map(Result::ok)
        };
        let find = |wanted: &str| all().find(|cookie| cookie.name() == wanted);
        find(&suffixed).or_else(|| find(name)).map(|cookie| cookie.value().to_owned())
    }

    /// A `Set-Cookie` line. `life`: absent ends with the browser, zero removes.
    pub(super) fn write(&self, name: &str, value: &str, http_only: bool, life: Option<Millis>) -> String {
        let mut cookie = Cookie::new(self.name(name), value);
        cookie.set_path("/");
        cookie.set_same_site(SameSite::Lax);
        cookie.set_http_only(http_only);
        cookie.set_secure(self.secure);
        if let Some(life) = life {
            let seconds = i64::try_from(life / 1000).unwrap_or(i64::MAX);
            cookie.set_max_age(cookie::time::Duration::seconds(seconds));
        }
        cookie.to_string()
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Random bytes as lower-case hexadecimal digits.
pub(super) fn random_hex<const N: usize>(fill: impl FnOnce(&mut [u8])) -> String {
    let mut bytes = [0; N];
    fill(&mut bytes);
    hex(&bytes)
}

/// The digest a session is found by.
pub(super) fn digest(cookie: &str) -> Digest {
    use sha2::Digest as _;
    Digest(Sha256::digest(cookie.as_bytes()).into())
}

fn csrf_mac(secret: &Secret, nonce: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).ok()?;
    mac.update(b"csrf\0");
    mac.update(nonce.as_bytes());
    Some(mac)
}

/// A token of the double submit: a nonce and its signature. It is bound to nobody and does not expire.
pub(super) fn csrf_token(secret: &Secret, nonce: &str) -> Option<String> {
    Some(format!("{nonce}.{}", hex(&csrf_mac(secret, nonce)?.finalize().into_bytes())))
}

/// Are header and cookie the same token, and is it one of this server's?
pub(super) fn csrf_holds(secret: &Secret, cookie: Option<&str>, header: Option<&str>) -> bool {
    let (Some(cookie), Some(header)) = (cookie, header) else { return false };
    let Some((nonce, signature)) = cookie.split_once('.') else { return false };
    let same = bool::from(subtle::ConstantTimeEq::ct_eq(cookie.as_bytes(), header.as_bytes()));
    let signed = unhex(signature)
        .zip(csrf_mac(secret, nonce))
        .is_some_and(|(signature, mac)| mac.verify_slice(&signature).is_ok());
    same && signed
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() > 256 || !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

fn remember_mac(secret: &Secret, name: &str, mark: Digest, at: Millis) -> Option<Hmac<Sha512>> {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.reveal().as_bytes()).ok()?;
    mac.update(b"remember\0");
    mac.update(&mark.0);
    mac.update(format!("{name}|{}", at / 1000).as_bytes());
    Some(mac)
}

/// The remember-me token: name, time, signature; its key has the password's mark in it. `None` for a name that would
/// break it.
pub(super) fn remember_token(secret: &Secret, name: &str, mark: Digest, now: Millis) -> Option<String> {
    if name.contains('|') {
        return None;
    }
    let signature = hex(&remember_mac(secret, name, mark, now)?.finalize().into_bytes());
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    Some(format!("{name}|{}|{signature}", now / 1000))
}

/// A remember-me cookie taken apart; whether it is genuine has yet to be seen.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) name: String,
    at: Millis,
    signature: Vec<u8>,
}

impl Remembered {
    pub(super) fn parse(cookie: &str) -> Option<Self> {
        let mut parts = cookie.split('|');
        let (name, at, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || name.len() > 4096 {
            return None;
        }
        let name = percent_decode_str(name).decode_utf8().ok()?.into_owned();
        let at = at.parse::<Millis>().ok()?.checked_mul(1000)?;
        Some(Self { name, at, signature: unhex(signature)? })
    }

    /// Made by this server for this password, and not outdated?
    pub(super) fn holds(&self, secret: &Secret, mark: Digest, now: Millis) -> bool {
        now.saturating_sub(self.at) <= REMEMBERED
            && self.at <= now.saturating_add(60_000)
            && remember_mac(secret, &self.name, mark, self.at)
                .is_some_and(|mac| mac.verify_slice(&self.signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn place(uri: &str, host: Option<&str>) -> Place {
        let mut request = Request::get(uri);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        Place::of(&request.body(Vec::new()).unwrap_or_default())
    }

    #[test]
    fn names_carry_the_port() {
        assert_eq!(place("http://h:5000/", None).name("session"), "session_P5000");
        assert_eq!(place("/", Some("h:8080")).name("session"), "session_P8080");
        assert_eq!(place("https://h/", None).name("session"), "session_P443");
        assert_eq!(place("/", Some("[::1]")).name("session"), "session_P80");
    }

    #[test]
    fn a_forged_token_does_not_hold() -> Result<(), &'static str> {
        let secret = Secret::new("s".repeat(43));
        let token = csrf_token(&secret, "abc").ok_or("a token")?;
        assert!(csrf_holds(&secret, Some(&token), Some(&token)));
        assert!(!csrf_holds(&secret, Some(&token), None));
        let other = csrf_token(&secret, "abd").ok_or("a token")?;
        assert!(!csrf_holds(&secret, Some(&token), Some(&other)));
        let forged = token.replace("abc.", "abd.");
        assert!(!csrf_holds(&secret, Some(&forged), Some(&forged)));
        assert!(!csrf_holds(&secret, Some(""), Some("")) && !csrf_holds(&secret, Some("."), Some(".")));
        Ok(())
    }

    #[test]
    fn remembering() -> Result<(), &'static str> {
        let (secret, mark) = (Secret::new("s".repeat(43)), Digest([7; 32]));
        let token = remember_token(&secret, "ann é", mark, 5_000_123).ok_or("a token")?;
        let parsed = Remembered::parse(&token).ok_or("parses")?;
        assert_eq!(parsed.name, "ann é");
        assert!(parsed.holds(&secret, mark, 6_000_000));
        assert!(!parsed.holds(&secret, Digest([8; 32]), 6_000_000), "another password");
        assert!(!parsed.holds(&secret, mark, 5_000_000 + REMEMBERED + 1000), "too old");
        let last = if token.ends_with('0') { "1" } else { "0" };
        let mut forged = token.clone();
        forged.replace_range(token.len() - 1.., last);
        assert!(Remembered::parse(&forged).is_some_and(|it| !it.holds(&secret, mark, 6_000_000)));
        assert_eq!(remember_token(&secret, "a|b", mark, 0), None);
        Ok(())
    }
}
