//! The unit of memory: 1 KiB, 128 words (section 3.2).

use zeroize::Zeroize;

/// Words in a block.
pub(crate) const WORDS: usize = 128;
/// Bytes in a block.
pub(crate) const BYTES: usize = 8 * WORDS;

/// Aligned as vectors are.
#[derive(Clone)]
#[repr(C, align(16))]
pub(crate) struct Block(pub(crate) [u64; WORDS]);

impl Block {
    pub(crate) const ZERO: Self = Self([0; WORDS]);

    pub(crate) fn from_bytes(bytes: &[u8; BYTES]) -> Self {
        let mut block = Self::ZERO;
        for (word, bytes) in block.0.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        block
    }

    pub(crate) fn to_bytes(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        for (bytes, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(self.0) {
            *bytes = word.to_le_bytes();
        }
        bytes
    }
}

impl Zeroize for Block {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}
