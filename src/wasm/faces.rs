//! Requests for the HTTP faces, as they cross.
#![allow(unreachable_pub, reason = "exported to JavaScript, not to Rust")]

use http::Request;
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::core::{DoorHandle, promise};
use super::errors::refuse;
use crate::faces::{Answer, Asked, Peer};
use crate::json::{Fields, Value, Writer};
use crate::model::{Code, Error, Result};

/// `{"method","url","headers":[[name, value]…],"address"?}`
fn asked(head: &str, body: Vec<u8>) -> Result<Asked> {
    let bad = || Error::new(Code::InvalidArgument, "the request is none of HTTP");
    let mut from = Fields::parse(head);
    let mut request = Request::builder().method(&*from.text("method")).uri(from.text("url"));
    for line in from.items("headers") {
        let texts = line.texts().ok_or_else(bad)?;
        let [name, value] = texts.as_slice() else { return Err(bad()) };
        // Each character stands for a byte, as in the other side's headers.
        let value: Vec<u8> =
            value.chars().map(|c| u8::try_from(c).map_err(|_| bad())).collect::<Result<_>>()?;
        request = request.header(name.as_str(), value);
    }
    if let Some(address) = from.maybe("address", Value::text) {
        request = request.extension(Peer(address));
    }
    from.done().map_err(refuse)?;
    request.body(body).map_err(|_| bad())
}

fn answered(answer: &Answer) -> Array {
    let mut out = Writer::default();
    out.open('{').name("status").number(answer.status().as_u16().into());
    out.name("headers").open('[');
    for (name, value) in answer.headers() {
        out.open('[').text(name.as_str());
        out.text(&value.as_bytes().iter().map(|&byte| char::from(byte)).collect::<String>());
        out.close(']');
    }
    out.close(']');
    out.close('}');
    Array::of2(&out.end().into(), &Uint8Array::from(answer.body().as_slice()))
}

#[wasm_bindgen]
impl DoorHandle {
    pub fn handle(&self, head: String, body: Vec<u8>) -> Promise {
        let faces = self.faces();
        promise(async move {
            let answer = faces.handle(&asked(&head, body)?).await;
            Ok(answered(&answer).into())
        })
    }
}
