#![doc = include_str!("ARCHITECTURE.md")]

#[cfg(feature = "faces")]
pub mod faces;
#[cfg(feature = "hash")]
pub use doorward_hash as hash;
mod json;
pub mod model;
pub mod rules;
pub mod service;
pub mod store;
#[cfg(feature = "wasm")]
mod wasm;
