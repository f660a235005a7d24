//! The exports of `hash.wasm`. An error is thrown as the string of its code.

use crate::hash::{HashError, Memory, Params};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

thread_local! {
    /// One instance lives in one worker and hashes one password at a time.
    static MEMORY: RefCell<Memory> = const { RefCell::new(Memory::new()) };
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
    MEMORY
        .with_borrow_mut(|kept| kept.hash(&password, &salt, Params { memory, passes, lanes }))
        .map_err(thrown)
}

/// Is it the password of this PHC string?
#[wasm_bindgen]
pub fn verify(password: Vec<u8>, phc: &str) -> Result<bool, JsValue> {
    let password = Zeroizing::new(password);
    MEMORY.with_borrow_mut(|kept| kept.verify(&password, phc)).map_err(thrown)
}

fn thrown(error: HashError) -> JsValue {
    JsValue::from_str(error.code())
}
