use super::limits;
use crate::model::{Code, Error, Result};

/// The encoding whose byte order is the order of keys: each element's UTF-8 with 0x00 written as 0x00 0xFF, then 0x00.
///
/// # Errors
/// `invalidKey` beyond the limits.
pub fn encode_key(key: &[String]) -> Result<Vec<u8>> {
    if key.is_empty() || key.len() > limits::KEY_ELEMENTS {
        return Err(Error::new(
            Code::InvalidKey,
            format!("a key has 1 to {} elements, not {}", limits::KEY_ELEMENTS, key.len()),
        ));
    }
    let bytes = encode(key);
    if bytes.len() > limits::KEY_BYTES || key.iter().any(|element| element.len() > limits::KEY_ELEMENT_BYTES)
    {
        return Err(Error::new(Code::InvalidKey, "a key is too long"));
    }
    Ok(bytes)
}

/// The first encoding behind all keys below a prefix. No element begins with 0xFF: it is not UTF-8.
pub fn upper_bound(prefix: &[String]) -> Vec<u8> {
    let mut bytes = encode(prefix);
    bytes.push(0xFF);
    bytes
}

fn encode(key: &[String]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.iter().map(|element| element.len() + 1).sum());
    for element in key {
        for byte in element.bytes() {
            bytes.push(byte);
            if byte == 0 {
                bytes.push(0xFF);
            }
        }
        bytes.push(0);
    }
    bytes
}
