//! The exports of `imported.wasm`.

use alloc::{string::String, vec::Vec};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::HashError;
use crate::imported::verify;

/// Is it the password of this hash? Something where it is the one, else nothing; what is something else than empty is the
/// code of a refusal.
#[wasm_bindgen(js_name = verifyImported)]
pub fn verify_imported(password: Vec<u8>, hash: &str) -> Option<String> {
    let password = Zeroizing::new(password);
    match verify(&password, hash.as_bytes()).unwrap_or(Err(HashError::UnknownFormat)) {
        Ok(same) => same.then(String::new),
        Err(error) => Some(error.code().into()),
    }
}
