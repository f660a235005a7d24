//! All Rust tests of the core as one program: each further one would compile the generic service anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a test stops where something is wrong"
)]

// These run in WebAssembly as well, where there are no faces beside the core.
mod service;
mod support;

// What only native tests need, with all features.
#[cfg(feature = "faces")]
mod damage;
#[cfg(feature = "faces")]
mod driver;
#[cfg(feature = "faces")]
mod house;
#[cfg(feature = "faces")]
mod invariants;
#[cfg(feature = "faces")]
mod naive;
#[cfg(feature = "faces")]
mod random;
#[cfg(feature = "faces")]
mod shaky;
#[cfg(feature = "faces")]
mod targets;
#[cfg(feature = "faces")]
mod world;

#[cfg(feature = "faces")]
mod check;
#[cfg(feature = "faces")]
mod devicehive;
#[cfg(feature = "faces")]
mod faces;
#[cfg(feature = "faces")]
mod model;
#[cfg(feature = "faces")]
mod nymea;
#[cfg(feature = "faces")]
mod races;
#[cfg(feature = "faces")]
mod rights;
#[cfg(feature = "faces")]
mod secrets;
#[cfg(feature = "faces")]
mod smoke;
#[cfg(feature = "faces")]
mod vectors;
