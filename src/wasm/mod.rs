//! The bindings: everything that knows JavaScript. They convert and map errors; no policy.
//!
//! The border is written down, as the other side sees it, in `pkg/src/core/border.ts`.
// The macros of wasm-bindgen expand to unsafe code.
#![allow(unsafe_code)]

mod args;
#[cfg(feature = "faces")]
mod check;
mod columns;
mod core;
mod errors;
#[cfg(feature = "faces")]
mod faces;
mod host;
#[cfg(feature = "faces")]
mod nymea;
mod ops;
mod options;
mod replies;
#[cfg(feature = "faces")]
mod world;

/// Smaller by kilobytes than the allocator of the standard library, and no slower.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
