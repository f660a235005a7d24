//! Argon2 (RFC 9106), version 0x13, with a kernel for WebAssembly's simd128.
//!
//! The kernel is chosen when the crate is compiled: `simd128` where the target has it, plain `u64` arithmetic anywhere
//! else. Both give the same output. Lanes are computed one after the other.
//!
//! What takes the time is touching fresh memory and mixing blocks, so [`Memory`] is kept from hash to hash; it is wiped
//! after each.
//!
//! ```
//! use argon2_simd128::{Input, Memory, Params, Variant};
//!
//! let params = Params { variant: Variant::Id, memory: 19_456, passes: 2, lanes: 1 };
//! let input = Input { password: b"correct horse", salt: b"sixteen grains..", ..Input::default() };
//! let mut tag = [0; 32];
//! Memory::new().hash_into(params, &input, &mut tag)?;
//! # Ok::<(), argon2_simd128::Error>(())
//! ```

#![no_std]

extern crate alloc;

mod block;
mod digest;
mod fill;
mod kernel;
mod memory;

pub use memory::{Memory, Work};

/// KiB of memory per lane below which Argon2 is not defined (section 3.1).
pub const MIN_MEMORY_PER_LANE: u32 = 8;
/// Most lanes (section 3.1).
pub const MAX_LANES: u32 = (1 << 24) - 1;
/// Fewest bytes of output (section 3.1).
pub const MIN_OUTPUT: usize = 4;
/// Fewest bytes of salt that are taken: section 3.1 recommends 16, the reference implementation refuses fewer than 8.
pub const MIN_SALT: usize = 8;

/// How blocks are chosen (section 3.4). The numbers are those of the initial digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Variant {
    /// By what was computed before: fastest against hardware, open to side channels.
    D = 0,
    /// By position alone.
    I = 1,
    /// By position in the first half of the first pass, by what was computed from then on. What RFC 9106 recommends.
    Id = 2,
}

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// How blocks are chosen.
    pub variant: Variant,
    /// KiB of memory: at least [`MIN_MEMORY_PER_LANE`] times `lanes`.
    pub memory: u32,
    /// Passes over the memory: at least 1.
    pub passes: u32,
    /// Lanes: from 1 to [`MAX_LANES`].
    pub lanes: u32,
}

/// What is hashed. Each part has at most 2^32 - 1 bytes.
#[derive(Clone, Copy, Default)]
pub struct Input<'a> {
    /// The password.
    pub password: &'a [u8],
    /// At least [`MIN_SALT`] bytes, different for each password.
    pub salt: &'a [u8],
    /// A key of the host's, or nothing.
    pub secret: &'a [u8],
    /// Associated data, or nothing.
    pub data: &'a [u8],
}

/// Why there is no hash. Holds nothing of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Memory, passes or lanes are out of bounds.
    #[error("the parameters are out of bounds")]
    Params,
    /// The salt is too short, or a part too long.
    #[error("the input is out of bounds")]
    Input,
    /// The output is too short or too long.
    #[error("the length of the output is out of bounds")]
    Output,
    /// There is not enough memory.
    #[error("there is not enough memory")]
    Memory,
}
