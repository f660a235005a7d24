use crate::block::{Block, WORDS};

/// The block as it is mixed; of no meaning between two steps.
pub(crate) struct State(Block);

/// GB of section 3.6: multiplication beside addition.
#[inline(always)]
fn add(a: u64, b: u64) -> u64 {
    let product = u64::from(a as u32).wrapping_mul(u64::from(b as u32));
    a.wrapping_add(b).wrapping_add(product.wrapping_mul(2))
}

#[inline(always)]
fn mix(v: &mut [u64; 16], a: usize, b: usize, c: usize, d: usize) {
    v[a] = add(v[a], v[b]);
    v[d] = (v[d] ^ v[a]).rotate_right(32);
    v[c] = add(v[c], v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(24);
    v[a] = add(v[a], v[b]);
    v[d] = (v[d] ^ v[a]).rotate_right(16);
    v[c] = add(v[c], v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(63);
}

/// P of section 3.6 over sixteen words of a block.
#[inline(always)]
fn permute(words: &mut [u64; WORDS], at: impl Fn(usize) -> usize) {
    let mut v: [u64; 16] = core::array::from_fn(|word| words[at(word)]);
    for [a, b, c, d] in [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]] {
        mix(&mut v, a, b, c, d);
    }
    for [a, b, c, d] in [[0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]] {
        mix(&mut v, a, b, c, d);
    }
    for (word, value) in v.into_iter().enumerate() {
        words[at(word)] = value;
    }
}

impl State {
    pub(crate) const fn new() -> Self {
        Self(Block::ZERO)
    }

    pub(crate) fn step(&mut self, previous: &Block, other: &Block, next: &mut Block, xor: bool) {
        let words = &mut self.0.0;
        for (((word, previous), other), next) in
            words.iter_mut().zip(&previous.0).zip(&other.0).zip(&mut next.0)
        {
            *word = previous ^ other;
            *next = if xor { *next ^ *word } else { *word };
        }
        for row in 0..8 {
            permute(words, |word| 16 * row + word);
        }
        for column in 0..8 {
            permute(words, |word| 2 * column + 16 * (word / 2) + word % 2);
        }
        for (word, next) in words.iter().zip(&mut next.0) {
            *next ^= *word;
        }
    }

    pub(crate) fn wipe(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}
