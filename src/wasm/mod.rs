//! The bindings: everything that knows JavaScript. They convert and map errors; no policy.
// The macros of wasm-bindgen expand to unsafe code.
#![allow(unsafe_code)]

#[cfg(feature = "wasm-hash")]
mod hash;
