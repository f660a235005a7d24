//! The exports of `hash.wasm`: a job is begun, done in steps, and asked for its answer.

use crate::{Answer, HashError, Job, Memory, Params};
use alloc::{string::String, vec::Vec};
use core::cell::Cell;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

/// One instance hashes one password at a time.
#[derive(Default)]
struct State {
    memory: Memory,
    job: Option<Job>,
}

struct Alone(Cell<State>);

// SAFETY: the module has one thread, and is not compiled for more.
#[cfg(not(target_feature = "atomics"))]
unsafe impl Sync for Alone {}

static STATE: Alone = Alone(Cell::new(State { memory: Memory::new(), job: None }));

fn with_state<T>(work: impl FnOnce(&mut State) -> T) -> T {
    let mut state = STATE.0.take();
    let result = work(&mut state);
    STATE.0.set(state);
    result
}

fn begin(job: impl FnOnce(&mut Memory) -> Result<Job, HashError>) -> Option<String> {
    with_state(|state| match job(&mut state.memory) {
        Ok(job) => {
            state.job = Some(job);
            None
        }
        Err(error) => Some(error.code().into()),
    })
}

/// Begins Argon2id of `password`; `memory` in KiB. Answers the code of a refusal.
#[wasm_bindgen(js_name = beginHash)]
pub fn begin_hash(password: Vec<u8>, salt: Vec<u8>, memory: u32, passes: u32, lanes: u32) -> Option<String> {
    let password = Zeroizing::new(password);
    begin(|kept| kept.begin_hash(&password, &salt, Params { memory, passes, lanes }))
}

/// Begins to ask whether it is the password of this PHC string. Answers the code of a refusal.
#[wasm_bindgen(js_name = beginVerify)]
pub fn begin_verify(password: Vec<u8>, phc: &str) -> Option<String> {
    let password = Zeroizing::new(password);
    begin(|kept| kept.begin_verify(&password, phc))
}

/// Computes up to `most` KiB more. Is it done?
#[wasm_bindgen]
pub fn step(most: u32) -> bool {
    with_state(|state| state.job.as_mut().is_none_or(|job| job.step(most as usize)))
}

/// Ends what was begun. A new hash: its PHC string. A password: something where it is the one, else nothing.
#[wasm_bindgen]
pub fn finish() -> Option<String> {
    with_state(|state| match state.job.take()?.finish(&mut state.memory) {
        Answer::Phc(phc) => Some(phc),
        Answer::Same(same) => same.then(String::new),
    })
}
