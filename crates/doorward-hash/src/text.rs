//! PHC strings, cut over bytes: searching and cutting text brings in tables of Unicode.

use alloc::{vec, vec::Vec};
use base64ct::{Base64Unpadded, Encoding as _};

/// What is before the first `$`, and behind it.
pub(crate) fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == b'$')?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

pub(crate) fn bytes(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len()];
    let length = Base64Unpadded::decode(text, &mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

/// Takes `name` and the digits behind it off `rest`.
pub(crate) fn number(rest: &mut &[u8], name: &[u8]) -> Option<u32> {
    let mut digits = rest.strip_prefix(name)?;
    let mut number = 0_u32;
    while let Some((digit @ b'0'..=b'9', behind)) = digits.split_first() {
        number = number.checked_mul(10)?.checked_add(u32::from(digit - b'0'))?;
        digits = behind;
    }
    *rest = digits;
    Some(number)
}
