//! The password hashes: Argon2id, and those that come with imports.
//!
//! The core never links this in WebAssembly: each of the two is a module of its own there, which a worker loads with the
//! first password that needs it and drops when it has been idle, and the memory with it.
// Without the standard library nothing in the modules formats what it panics with.
#![cfg_attr(all(feature = "wasm", target_arch = "wasm32"), no_std)]

extern crate alloc;

#[cfg(feature = "argon2id")]
mod argon2id;
#[cfg(feature = "wasm")]
mod exports;
#[cfg(feature = "imported")]
mod imported;
mod text;

#[cfg(feature = "argon2id")]
pub use argon2id::*;

/// Why a hash could not be made or checked. Never holds a password, a salt or a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The stored string is of a format that is not known here.
    #[error("the password hash is of an unknown format")]
    UnknownFormat,
    /// The stored string is Argon2id's, but damaged, or it asks for more than the bounds allow.
    #[error("the stored password hash is malformed or out of bounds")]
    Malformed,
    /// Memory, passes, lanes or the salt are out of bounds.
    #[error("the parameters of the password hash are out of bounds")]
    Parameters,
    /// There is not enough memory.
    #[error("there is not enough memory for the password hash")]
    Memory,
}

impl HashError {
    /// The code in the package's error table.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownFormat => "unsupported",
            Self::Malformed => "storeCorrupt",
            Self::Parameters => "invalidArgument",
            Self::Memory => "hashFailed",
        }
    }
}
