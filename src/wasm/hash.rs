//! The exports of `hash.wasm`. An error is thrown as the string of its code.
// wasm-bindgen exports public functions only.
#![allow(unreachable_pub)]

use crate::hash::{HashError, Memory, Params};
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

thread_local! {
    /// One instance lives in one worker and hashes one password at a time.
    static MEMORY: Cell<Memory> = const { Cell::new(Memory::new()) };
}

/// Argon2id of `password`; `memory` in KiB. Answers the PHC string.
#[wasm_bindgen]
pub fn hash(
    password: Vec<u8>,
    salt: Vec<u8>,
    memory: u32,
    passes: u32,
    lanes: u32,
) -> Result<String, JsValue> {
    let password = Zeroizing::new(password);
    with_memory(|kept| kept.hash(&password, &salt, Params { memory, passes, lanes }))
}

/// Is it the password of this PHC string?
#[wasm_bindgen]
pub fn verify(password: Vec<u8>, phc: &str) -> Result<bool, JsValue> {
    let password = Zeroizing::new(password);
    with_memory(|kept| kept.verify(&password, phc))
}

fn with_memory<T>(work: impl FnOnce(&mut Memory) -> Result<T, HashError>) -> Result<T, JsValue> {
    let mut kept = MEMORY.take();
    let result = work(&mut kept);
    MEMORY.set(kept);
    result.map_err(|error| JsValue::from_str(error.code()))
}
