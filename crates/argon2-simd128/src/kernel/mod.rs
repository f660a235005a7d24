//! The compression function G (section 3.5), by the instructions of the target.
//!
//! A kernel is a `State`, the space it works in, with `step(previous, other, next, xor)`, which makes
//! `next` = G(previous, other), xored onto what `next` was where `xor` says so (section 3.2, step 6).

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) use simd128::State;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) use portable::State;
