use zeroize::Zeroize;

/// Text that must not be seen: wiped when dropped, never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text over; the caller's other copies are the caller's to wipe.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, to compare, hash or store.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A password hash as a PHC string (`$argon2id$v=19$m=…`). Not shown by `Debug`: a hash can be attacked offline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phc(Secret);

impl Phc {
    /// The PHC string as the hash module gave it.
    pub fn new(text: String) -> Self {
        Self(Secret::new(text))
    }

    /// The PHC string.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// SHA-256 of a token's value; the value itself is never stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// 64 lower-case hexadecimal digits.
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }

    /// The reverse of `to_hex`.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        unhex(text.as_bytes(), &mut bytes)?;
        Some(Self(bytes))
    }
}

/// Hexadecimal digits of either case, as many as fill the bytes exactly.
pub(super) fn unhex(digits: &[u8], bytes: &mut [u8]) -> Option<()> {
    if digits.len() != bytes.len() * 2 {
        return None;
    }
    let digit = |digit: u8| char::from(digit).to_digit(16);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?;
    }
    Some(())
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
    }
    text
}

impl core::fmt::Debug for Digest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Digest(…)")
    }
}
