//! Connections of the nymea face, as they cross.
#![allow(unreachable_pub, reason = "exported to JavaScript, not to Rust")]

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::core::{DoorHandle, promise};
use super::host::Platform;
use crate::faces::nymea::{ConnectionId, Nymea};
use crate::json::Writer;

/// `NymeaHandle` of `border.ts`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct NymeaHandle(Nymea<Platform, Platform>);

#[wasm_bindgen]
impl DoorHandle {
    pub fn nymea(&self) -> NymeaHandle {
        NymeaHandle(self.faces().nymea())
    }
}

/// Numbers of connections begin with 1 and stay far below 2^53.
fn connection(id: f64) -> ConnectionId {
    ConnectionId(id as u64)
}

#[wasm_bindgen]
impl NymeaHandle {
    pub fn open(&self, auth: bool) -> f64 {
        self.0.open(auth).0 as f64
    }

    pub fn data(&self, id: f64, bytes: Vec<u8>) -> Promise {
        let nymea = self.0.clone();
        promise(async move {
            // They may hold passwords: wiped when they are answered.
            let bytes = zeroize::Zeroizing::new(bytes);
            nymea.data(connection(id), &bytes).await;
            Ok(JsValue::UNDEFINED)
        })
    }

    pub fn press(&self) -> Promise {
        let nymea = self.0.clone();
        promise(async move {
            nymea.press().await;
            Ok(JsValue::UNDEFINED)
        })
    }

    pub fn tick(&self) {
        self.0.tick();
    }

    pub fn agent(&self, there: bool) {
        self.0.agent(there);
    }

    pub fn close(&self, id: f64) {
        self.0.close(connection(id));
    }

    pub fn drain(&self) -> String {
        let mut out = Writer::default();
        out.open('[');
        for output in self.0.drain() {
            out.open('[').number(output.connection.0);
            out.texts(&output.writes);
            out.flag(output.close);
            out.close(']');
        }
        out.close(']');
        out.end()
    }
}
