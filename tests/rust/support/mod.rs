//! What the Rust tests share: a host with a clock that stands still until it is told to pass.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use doorward::model::{AuditEntry, Millis, Phc, Result};
use doorward::rules::{Catalogue, Policy, Preset, ScopeDef};
use doorward::service::{Config, Door, Host};
use doorward::store::memory::Memory;

/// What a test sees of its host.
#[derive(Debug, Clone, Default)]
pub struct Handle {
    pub store: Memory,
    clock: Rc<Cell<Millis>>,
    seed: Rc<Cell<u64>>,
    pub emitted: Rc<RefCell<Vec<AuditEntry>>>,
}

impl Handle {
    pub fn pass(&self, milliseconds: Millis) {
        self.clock.set(self.clock.get() + milliseconds);
    }

    pub fn now(&self) -> Millis {
        self.clock.get()
    }
}

impl Host for Handle {
    fn now(&self) -> Millis {
        self.clock.get()
    }

    /// Repeatable: a test that fails once fails again. SplitMix64.
    fn random(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let state = self.seed.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
            self.seed.set(state);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            *byte = ((mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 56) as u8;
        }
    }

    async fn sleep(&self, _: u32) {}

    /// A stand-in for Argon2id, which has tests of its own: quick, and in the same form.
    async fn hash(&self, password: &str, (memory, passes, lanes): (u32, u32, u32)) -> Result<Phc> {
        Ok(Phc::new(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}$c2FsdA${}", hex(password))))
    }

    async fn verify(&self, password: &str, phc: &Phc) -> Result<bool> {
        Ok(phc.reveal().rsplit('$').next() == Some(hex(password).as_str()))
    }

    fn emit(&self, entries: &[AuditEntry]) {
        self.emitted.borrow_mut().extend_from_slice(entries);
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The scopes of a small host.
pub fn scopes() -> Vec<ScopeDef> {
    let scope = |name: &str, implies: &[&str], dangerous| ScopeDef {
        name: name.into(),
        implies: implies.iter().map(|&name| name.into()).collect(),
        dangerous,
        description: String::new(),
    };
    vec![
        scope("printer.view", &[], false),
        scope("printer.start", &["printer.view"], false),
        scope("heating.set", &[], true),
        scope("house", &["printer.start", "heating.set"], true),
    ]
}

/// A door on an empty store.
pub async fn door(preset: &str) -> (Door<Memory, Handle>, Handle) {
    let host = Handle::default();
    host.pass(1_700_000_000_000);
    (reopen(&host, preset).await, host)
}

/// Another door on the same store, as another tab has.
pub async fn reopen(host: &Handle, preset: &str) -> Door<Memory, Handle> {
    let policy = Policy::of(Preset::parse(preset).expect("a preset"));
    let catalogue = Catalogue::compile(&scopes()).expect("a good catalogue");
    Door::open(host.store.clone(), host.clone(), Config { policy, catalogue })
        .await
        .expect("an empty store opens")
}

/// Runs a test to its end.
pub fn run<T>(test: impl IntoFuture<Output = T>) -> T {
    pollster::block_on(test)
}
