//! The bindings: everything that knows JavaScript. They convert and map errors; no policy.
//!
//! The border is written down, as the other side sees it, in `pkg/src/core/border.ts`.
// The macros of wasm-bindgen expand to unsafe code.
#![allow(unsafe_code)]

#[cfg(feature = "wasm")]
mod args;
#[cfg(all(feature = "wasm", feature = "faces"))]
mod check;
#[cfg(feature = "wasm")]
mod columns;
#[cfg(feature = "wasm")]
mod core;
#[cfg(feature = "wasm")]
mod errors;
#[cfg(all(feature = "wasm", feature = "faces"))]
mod faces;
#[cfg(feature = "wasm-hash")]
mod hash;
#[cfg(feature = "wasm")]
mod host;
#[cfg(all(feature = "wasm", feature = "faces"))]
mod nymea;
#[cfg(feature = "wasm")]
mod ops;
#[cfg(feature = "wasm")]
mod options;
#[cfg(feature = "wasm")]
mod replies;
#[cfg(feature = "wasm")]
#[cfg(feature = "faces")]
mod world;

/// Smaller by kilobytes than the allocator of the standard library, and no slower.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
