#![doc = include_str!("ARCHITECTURE.md")]

#[cfg(feature = "faces")]
pub mod faces;
#[cfg(feature = "hash")]
pub mod hash;
mod json;
pub mod model;
pub mod rules;
pub mod service;
pub mod store;
#[cfg(any(feature = "wasm", feature = "wasm-hash"))]
mod wasm;
