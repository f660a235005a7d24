//! Two words a vector. What makes it fast, found by measuring:
//!
//! - The products of two pairs of vectors come from one shuffle each and two `extmul`. Written with a shuffle a product,
//!   LLVM turns it into `i64x2.mul`, which engines make eight instructions of.
//! - Two matrices are mixed side by side: each step waits for the one before it, and there is room for another meanwhile.
//!   Four need more registers than there are.
//! - What the permutations are xored with in the end is read once more, in place of a copy.
//! - Rotations by whole bytes are one swizzle, with a mask that LLVM does not know: it would otherwise turn it into shifts.

use core::arch::wasm32::{
    i8x16_swizzle, i64x2_add, u8x16, u32x4_shuffle, u64x2, u64x2_extmul_high_u32x4, u64x2_extmul_low_u32x4,
    u64x2_shr, u64x2_shuffle, v128, v128_load, v128_store, v128_xor,
};
use core::hint::black_box;

use crate::block::{Block, WORDS};

/// Vectors in a block.
const VECTORS: usize = WORDS / 2;

/// Swizzles that rotate both words to the right.
#[derive(Clone, Copy)]
struct Masks {
    by_24: v128,
    by_16: v128,
}

impl Masks {
    fn new() -> Self {
        Self {
            by_24: black_box(u8x16(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10)),
            by_16: black_box(u8x16(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9)),
        }
    }
}

/// Vector `at` of a block.
#[inline(always)]
#[allow(
    unsafe_code,
    reason = "the intrinsic takes a pointer; the vector lies within the block, which is aligned"
)]
fn load(block: &Block, at: usize) -> v128 {
    let words = &block.0[2 * at..2 * at + 2];
    // SAFETY: `words` are the 16 bytes that are read.
    unsafe { v128_load(words.as_ptr().cast()) }
}

/// Writes vector `at` of a block.
#[inline(always)]
#[allow(
    unsafe_code,
    reason = "the intrinsic takes a pointer; the vector lies within the block, which is aligned"
)]
fn store(block: &mut Block, at: usize, vector: v128) {
    let words = &mut block.0[2 * at..2 * at + 2];
    // SAFETY: `words` are the 16 bytes that are written.
    unsafe { v128_store(words.as_mut_ptr().cast(), vector) }
}

/// How many matrices are mixed side by side: what one waits for, the other fills.
const SIDES: usize = 2;

/// A row of each of the 4 × 4 matrices of section 3.6: its four words in two vectors.
type Row = [[v128; 2]; SIDES];

/// A row of a matrix.
type Four = [v128; 2];

#[inline(always)]
fn each(row: Row, of: impl Fn(v128) -> v128) -> Row {
    row.map(|four| four.map(&of))
}

#[inline(always)]
fn both(a: Row, b: Row, of: impl Fn(Four, Four) -> Four) -> Row {
    core::array::from_fn(|side| of(a[side], b[side]))
}

/// GB's sum of section 3.6, of four words at once.
#[inline(always)]
fn add(a: Row, b: Row) -> Row {
    both(a, b, |a, b| {
        // The lower halves of the four words on each side.
        let left = u32x4_shuffle::<0, 2, 4, 6>(a[0], a[1]);
        let right = u32x4_shuffle::<0, 2, 4, 6>(b[0], b[1]);
        let low = u64x2_extmul_low_u32x4(left, right);
        let high = u64x2_extmul_high_u32x4(left, right);
        let sum = |a, b, product| i64x2_add(i64x2_add(a, b), i64x2_add(product, product));
        [sum(a[0], b[0], low), sum(a[1], b[1], high)]
    })
}

#[inline(always)]
fn xor(a: Row, b: Row) -> Row {
    both(a, b, |a, b| [v128_xor(a[0], b[0]), v128_xor(a[1], b[1])])
}

#[inline(always)]
fn swizzled(a: Row, mask: v128) -> Row {
    each(a, |vector| i8x16_swizzle(vector, mask))
}

#[inline(always)]
fn rotated_32(a: Row) -> Row {
    each(a, |vector| u32x4_shuffle::<1, 0, 3, 2>(vector, vector))
}

#[inline(always)]
fn rotated_63(a: Row) -> Row {
    each(a, |vector| v128_xor(i64x2_add(vector, vector), u64x2_shr(vector, 63)))
}

/// GB of four columns at once.
#[inline(always)]
fn mix([mut a, mut b, mut c, mut d]: [Row; 4], masks: Masks) -> [Row; 4] {
    a = add(a, b);
    d = rotated_32(xor(d, a));
    c = add(c, d);
    b = swizzled(xor(b, c), masks.by_24);
    a = add(a, b);
    d = swizzled(xor(d, a), masks.by_16);
    c = add(c, d);
    b = rotated_63(xor(b, c));
    [a, b, c, d]
}

/// The row's words, each one place to the left.
#[inline(always)]
fn left(row: Row) -> Row {
    row.map(|[low, high]| [u64x2_shuffle::<1, 2>(low, high), u64x2_shuffle::<1, 2>(high, low)])
}

#[inline(always)]
fn swapped(row: Row) -> Row {
    row.map(|[low, high]| [high, low])
}

/// P of section 3.6 over eight vectors: the columns, then the diagonals.
#[inline(always)]
fn permute(rows: [Row; 4], masks: Masks) -> [Row; 4] {
    let [a, b, c, d] = mix(rows, masks);
    let [a, b, c, d] = mix([a, left(b), swapped(c), swapped(left(d))], masks);
    [a, swapped(left(b)), swapped(c), left(d)]
}

#[inline(always)]
fn rows(vector: impl Fn(usize, usize) -> v128) -> [Row; 4] {
    core::array::from_fn(|row| {
        core::array::from_fn(|side| [vector(side, 2 * row), vector(side, 2 * row + 1)])
    })
}

/// Working space; of no meaning between two steps.
pub(crate) struct State {
    vectors: [v128; VECTORS],
    masks: Masks,
}

impl State {
    pub(crate) fn new() -> Self {
        Self { vectors: [u64x2(0, 0); VECTORS], masks: Masks::new() }
    }

    pub(crate) fn step(&mut self, previous: &Block, other: &Block, next: &mut Block, xor: bool) {
        if xor {
            self.compress::<true>(previous, other, next);
        } else {
            self.compress::<false>(previous, other, next);
        }
    }

    /// A function of its own: engines that compile twice use the better code from the next call on.
    #[inline(never)]
    fn compress<const XOR: bool>(&mut self, previous: &Block, other: &Block, next: &mut Block) {
        let Self { vectors, masks } = self;
        for (at, vector) in vectors.iter_mut().enumerate() {
            *vector = v128_xor(load(previous, at), load(other, at));
        }
        for first in (0..8).step_by(SIDES) {
            let at = |side, vector| 8 * (first + side) + vector;
            let done = permute(rows(|side, vector| vectors[at(side, vector)]), *masks);
            for (row, sides) in done.into_iter().enumerate() {
                for (side, [low, high]) in sides.into_iter().enumerate() {
                    vectors[at(side, 2 * row)] = low;
                    vectors[at(side, 2 * row + 1)] = high;
                }
            }
        }
        for first in (0..8).step_by(SIDES) {
            let at = |side, vector| 8 * vector + first + side;
            let done = permute(rows(|side, vector| vectors[at(side, vector)]), *masks);
            for (row, sides) in done.into_iter().enumerate() {
                for (side, [low, high]) in sides.into_iter().enumerate() {
                    for (at, vector) in [(at(side, 2 * row), low), (at(side, 2 * row + 1), high)] {
                        let mixed = v128_xor(vector, v128_xor(load(previous, at), load(other, at)));
                        store(next, at, if XOR { v128_xor(mixed, load(next, at)) } else { mixed });
                    }
                }
            }
        }
    }

    pub(crate) fn wipe(&mut self) {
        self.vectors = black_box([u64x2(0, 0); VECTORS]);
    }
}
