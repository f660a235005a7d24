//! JSON text, read and written without a tree and without generic code: the module is loaded by web pages, and a
//! general library takes more of it than all rules do. Tests compare it with one.
#![cfg_attr(
    not(feature = "wasm"),
    allow(dead_code, unused_imports, reason = "the bindings use more of it than records do")
)]

mod fields;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
mod value;
mod writer;

pub(crate) use fields::{Fault, Fields};
#[cfg(feature = "faces")]
pub(crate) use value::Members;
pub(crate) use value::Value;
pub(crate) use writer::Writer;
