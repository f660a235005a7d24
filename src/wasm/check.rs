//! A check of the store, step by step, as it crosses.
#![allow(unreachable_pub, reason = "exported to JavaScript, not to Rust")]

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::core::{DoorHandle, promise};
use super::host::Platform;
use crate::json::Writer;
use crate::model::{Code, Error};
use crate::service::{Check, Finding, Step};

/// `CheckHandle` of `border.ts`. Taken out while a step runs.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CheckHandle(Rc<RefCell<Option<Check<Platform, Platform>>>>);

#[wasm_bindgen]
impl DoorHandle {
    pub fn check(&self, repair: bool) -> CheckHandle {
        CheckHandle(Rc::new(RefCell::new(Some(self.door().check(repair)))))
    }
}

#[wasm_bindgen]
impl CheckHandle {
    pub fn step(&self) -> Promise {
        let shared = self.0.clone();
        promise(async move {
            let busy = || Error::new(Code::Internal, "a step of the check is under way");
            let mut check = shared.borrow_mut().take().ok_or_else(busy)?;
            let step = check.step().await;
            *shared.borrow_mut() = Some(check);
            Ok(told(&step?).into())
        })
    }
}

fn told(step: &Step) -> String {
    let mut out = Writer::default();
    out.open('{').name("family").text(step.family);
    out.name("records").number(step.records);
    out.name("found").open('[');
    for finding in &step.found {
        put_finding(&mut out, finding);
    }
    out.close(']');
    out.name("uncounted").flag(step.uncounted);
    out.name("done").flag(step.done);
    out.close('}');
    out.end()
}

fn put_finding(out: &mut Writer, finding: &Finding) {
    let (family, place) = finding.place();
    out.open('{').name("fault").text(finding.fault.name());
    out.name("family").text(family);
    out.name("place").text(&place);
    out.name("mendable").flag(finding.fault.mendable());
    out.name("mended").flag(finding.mended);
    out.close('}');
}
