use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::errors::caught;
use super::replies;
use crate::json::{Value, Writer};
use crate::model::sorted::gathered;
use crate::model::{AuditEntry, Code, Error, Millis, Phc, Result};
use crate::service::{Boxed, Host};
use crate::store::{Check, Commit, CommitResult, Entry, Key, Mutation, Range, Snapshot, Store, Version};

#[wasm_bindgen]
extern "C" {
    /// `Host` of `border.ts`.
    #[derive(Debug, Clone)]
    pub(super) type JsHost;

    #[wasm_bindgen(method, catch)]
    fn read(this: &JsHost, ranges: &str) -> core::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn versions(this: &JsHost, keys: &str) -> core::result::Result<Promise, JsValue>;
    #[cfg(feature = "faces")]
    #[wasm_bindgen(method, catch, js_name = readKeyed)]
    fn read_keyed(this: &JsHost, ranges: &str) -> core::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method)]
    fn epoch(this: &JsHost) -> f64;
    #[wasm_bindgen(method, catch)]
    fn commit(this: &JsHost, commit: &str) -> core::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method)]
    fn now(this: &JsHost) -> f64;
    #[wasm_bindgen(method)]
    fn random(this: &JsHost, length: u32) -> Uint8Array;
    #[wasm_bindgen(method)]
    fn sleep(this: &JsHost, milliseconds: u32) -> Promise;
    #[wasm_bindgen(method, catch)]
    fn hash(
        this: &JsHost,
        password: &str,
        memory: u32,
        passes: u32,
        lanes: u32,
    ) -> core::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn verify(this: &JsHost, password: &str, phc: &str) -> core::result::Result<Promise, JsValue>;
    #[wasm_bindgen(method)]
    fn emit(this: &JsHost, events: &str);
}

/// The host as the service knows it, and the store behind it.
#[derive(Debug, Clone)]
pub(super) struct Platform {
    host: JsHost,
}

impl Platform {
    pub(super) fn new(host: JsHost) -> Self {
        Self { host }
    }
}

/// What a call of the host comes to. Boxed, as it is waited for in many places: each would hold a copy of the code.
fn settled(promise: core::result::Result<Promise, JsValue>) -> Boxed<'static, Result<JsValue>> {
    Box::pin(async move {
        JsFuture::from(promise.map_err(|error| caught(&error))?).await.map_err(|error| caught(&error))
    })
}

/// Likewise, where it has to be text.
fn text(promise: core::result::Result<Promise, JsValue>) -> Boxed<'static, Result<String>> {
    Box::pin(async move {
        settled(promise)
            .await?
            .as_string()
            .ok_or_else(|| Error::new(Code::Internal, "the host answered with something that is no text"))
    })
}

/// `read` of the border: ranges joined by U+001D, entries by U+001E, version and value by U+001F.
fn unpack(packed: &str) -> Result<Snapshot> {
    let broken = || Error::new(Code::StoreCorrupt, "the store answered with something that is no snapshot");
    let entry = |text: &str| {
        let (version, value) = text.split_once('\u{1f}').ok_or_else(broken)?;
        Ok(Entry { value: value.to_owned(), version: version.into() })
    };
    let mut snapshot = Vec::new();
    for range in packed.split('\u{1d}') {
        let mut entries = Vec::new();
        // An empty range is empty text, where splitting would find one part.
        for text in range.split('\u{1e}').filter(|_| !range.is_empty()) {
            entries.push(entry(text)?);
        }
        snapshot.push(entries);
    }
    Ok(snapshot)
}

/// `readKeyed` of the border: one range, with the key before each entry.
#[cfg(feature = "faces")]
fn unpack_keyed(packed: &str) -> Result<Vec<(Key, Entry)>> {
    let broken = || Error::new(Code::StoreCorrupt, "the store answered with something that is no snapshot");
    let entry = |text: &str| {
        let (key, entry) = text.split_once('\u{1f}').ok_or_else(broken)?;
        let (version, value) = entry.split_once('\u{1f}').ok_or_else(broken)?;
        let key = Value::parse(key).and_then(Value::texts).ok_or_else(broken)?;
        Ok((key, Entry { value: value.to_owned(), version: version.into() }))
    };
    if packed.is_empty() { Ok(Vec::new()) } else { packed.split('\u{1e}').map(entry).collect() }
}

fn put_range(out: &mut Writer, range: &Range) {
    out.open('{');
    match range {
        Range::One { key } => out.name("key").texts(key),
        Range::Below { prefix, after, limit, reverse } => {
            out.name("prefix").texts(prefix);
            if let Some(after) = after {
                out.name("after").texts(after);
            }
            out.name("limit").number(*limit as u64);
            out.name("reverse").flag(*reverse);
        }
    }
    out.close('}');
}

fn put_commit(out: &mut Writer, commit: &Commit) {
    out.open('{').name("checks").open('[');
    for Check { key, version } in &commit.checks {
        out.open('{').name("key").texts(key);
        out.name("version").maybe_text(version.as_deref());
        out.close('}');
    }
    out.close(']');
    out.name("mutations").open('[');
    for mutation in &commit.mutations {
        out.open('{');
        match mutation {
            Mutation::Set { set, value } => {
                out.name("set").texts(set);
                out.name("value").text(value);
            }
            Mutation::Delete { delete } => out.name("delete").texts(delete),
        }
        out.close('}');
    }
    out.close(']');
    out.close('}');
}

/// Ranges as the border writes them.
fn request(ranges: &[Range]) -> String {
    let mut out = Writer::default();
    out.open('[');
    for range in ranges {
        put_range(&mut out, range);
    }
    out.close(']');
    out.end()
}

impl Store for Platform {
    async fn read(&self, ranges: &[Range]) -> Result<Snapshot> {
        unpack(&text(self.host.read(&request(ranges))).await?)
    }

    #[cfg(feature = "faces")]
    async fn keyed(&self, range: &Range) -> Result<Vec<(Key, Entry)>> {
        let ranges = request(core::slice::from_ref(range));
        unpack_keyed(&text(self.host.read_keyed(&ranges)).await?)
    }

    async fn versions(&self, keys: &[Range]) -> Result<Vec<Option<Version>>> {
        let answer = text(self.host.versions(&request(keys))).await?;
        let version = |version: &str| if version.is_empty() { None } else { Some(version.into()) };
        Ok(gathered(answer.split('\u{1f}').map(version)))
    }

    fn epoch(&self) -> Option<u64> {
        let epoch = self.host.epoch();
        // -1: the store does not say.
        (epoch >= 0.0).then_some(epoch as u64)
    }

    async fn commit(&self, commit: &Commit) -> Result<CommitResult> {
        let mut out = Writer::default();
        put_commit(&mut out, commit);
        let answer = text(self.host.commit(&out.end())).await?;
        if answer.is_empty() {
            return Ok(CommitResult::Done);
        }
        let conflicts: Option<Vec<Key>> = Value::parse(&answer).and_then(|keys| keys.each(Value::texts));
        let bad = || Error::new(Code::Internal, "the host answered a commit with something else");
        Ok(CommitResult::Conflict(conflicts.ok_or_else(bad)?))
    }
}

impl Host for Platform {
    fn now(&self) -> Millis {
        // A clock before 1970 or past 2^53 is no clock; the cast saturates.
        self.host.now() as Millis
    }

    fn random(&self, bytes: &mut [u8]) {
        let fresh = self.host.random(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        fresh.copy_to(bytes);
        // The copy on the other side of the border holds what secrets are made of.
        fresh.fill(0, 0, fresh.length());
    }

    async fn sleep(&self, milliseconds: u32) {
        // A timer that fails only makes a retry come at once.
        let _ = JsFuture::from(self.host.sleep(milliseconds)).await;
    }

    async fn hash(&self, password: &str, (memory, passes, lanes): (u32, u32, u32)) -> Result<Phc> {
        Ok(Phc::new(text(self.host.hash(password, memory, passes, lanes)).await?))
    }

    async fn verify(&self, password: &str, phc: &Phc) -> Result<bool> {
        Ok(settled(self.host.verify(password, phc.reveal())).await?.as_bool() == Some(true))
    }

    fn emit(&self, entries: &[AuditEntry]) {
        self.host.emit(&replies::events(entries));
    }
}
