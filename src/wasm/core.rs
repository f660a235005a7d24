#![allow(unreachable_pub, reason = "exported to JavaScript, not to Rust")]

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::{Array, Float64Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::errors::{refuse, thrown};
use super::host::{JsHost, Platform};
use super::{args, columns, ops, options, replies};
use crate::json::{Fault, Value, Writer};
use crate::model::{Result, Secret};
use crate::service::{Door, Session, audits};

/// A promise of an operation; the operation holds what it needs, so that a handle may be freed meanwhile.
pub(super) fn promise(work: impl Future<Output = Result<JsValue>> + 'static) -> Promise {
    // Boxed before it goes there: what makes a promise of a future is copied for every type of future.
    let work: Pin<Box<dyn Future<Output = Result<JsValue>>>> = Box::pin(work);
    future_to_promise(async move { work.await.map_err(|error| thrown(&error)) })
}

/// Opens a door: `Core.openDoor` of `border.ts`.
#[wasm_bindgen(js_name = openDoor)]
pub fn open_door(host: JsHost, options: String) -> Promise {
    promise(async move {
        let (config, extras) = options::config(&options)?;
        let platform = Platform::new(host);
        let door = Door::open(platform.clone(), platform, config).await?;
        Ok(DoorHandle::new(door, extras).into())
    })
}

/// `DoorHandle` of `border.ts`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct DoorHandle {
    door: Door<Platform, Platform>,
    #[cfg(feature = "faces")]
    faces: Rc<crate::faces::Faces<Platform, Platform>>,
}

impl DoorHandle {
    #[cfg(not(feature = "faces"))]
    fn new(door: Door<Platform, Platform>, _: options::Extras) -> Self {
        Self { door }
    }

    #[cfg(feature = "faces")]
    fn new(door: Door<Platform, Platform>, settings: options::Extras) -> Self {
        let faces = Rc::new(crate::faces::Faces::new(&door, settings));
        Self { door, faces }
    }

    #[cfg(feature = "faces")]
    pub(super) fn door(&self) -> &Door<Platform, Platform> {
        &self.door
    }

    #[cfg(feature = "faces")]
    pub(super) fn faces(&self) -> Rc<crate::faces::Faces<Platform, Platform>> {
        self.faces.clone()
    }
}

#[wasm_bindgen]
impl DoorHandle {
    #[wasm_bindgen(js_name = needsSetup)]
    pub fn needs_setup(&self) -> bool {
        self.door.needs_setup()
    }

    pub fn catalogue(&self) -> String {
        replies::catalogue(self.door.catalogue())
    }

    pub fn policy(&self) -> String {
        self.door.policy().preset.name().to_owned()
    }

    #[wasm_bindgen(js_name = setUp)]
    pub fn set_up(&self, json: String) -> Promise {
        let door = self.door.clone();
        promise(async move {
            let json = Secret::new(json);
            let (draft, password, device) = args::set_up(json.reveal())?;
            let (session, value) = door.set_up(draft, &password, &device).await?;
            Ok(SessionHandle::new(session, Some(value)).into())
        })
    }

    #[wasm_bindgen(js_name = logIn)]
    pub fn log_in(
        &self,
        name: String,
        password: String,
        device: Option<String>,
        code: Option<String>,
    ) -> Promise {
        let door = self.door.clone();
        promise(async move {
            let (password, code) = (Secret::new(password), code.map(Secret::new));
            let device = device.as_deref().unwrap_or_default();
            let (session, value) = door.log_in(&name, &password, code.as_ref(), device).await?;
            Ok(SessionHandle::new(session, Some(value)).into())
        })
    }

    pub fn recall(&self, token: String) -> core::result::Result<Option<SessionHandle>, JsValue> {
        let token = Secret::new(token);
        let recalled = self.door.recall(token.reveal()).map_err(|error| thrown(&error))?;
        Ok(recalled.map(|session| SessionHandle::new(session, None)))
    }

    pub fn authenticate(&self, token: String) -> Promise {
        let door = self.door.clone();
        promise(async move {
            let token = Secret::new(token);
            Ok(SessionHandle::new(door.authenticate(token.reveal()).await?, None).into())
        })
    }

    /// The machine's owner: for the command line alone.
    pub fn local(&self) -> SessionHandle {
        SessionHandle::new(self.door.local(), None)
    }

    pub fn foreign(&self, json: String) -> Promise {
        let door = self.door.clone();
        promise(async move {
            let values =
                Value::parse(&json).and_then(Value::texts).ok_or_else(|| refuse(Fault::Malformed))?;
            Ok(replies::events(&door.foreign(&values).await?).into())
        })
    }

    #[wasm_bindgen(js_name = watchPrefix)]
    pub fn watch_prefix(&self) -> String {
        let mut out = Writer::default();
        out.texts(&audits());
        out.end()
    }

    pub fn flush(&self) -> Promise {
        let door = self.door.clone();
        promise(async move { door.flush().await.map(|()| JsValue::UNDEFINED) })
    }
}

/// `SessionHandle` of `border.ts`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SessionHandle {
    session: Rc<Session<Platform, Platform>>,
    value: RefCell<Option<Secret>>,
}

impl SessionHandle {
    fn new(session: Session<Platform, Platform>, value: Option<Secret>) -> Self {
        Self { session: Rc::new(session), value: RefCell::new(value) }
    }
}

#[wasm_bindgen]
impl SessionHandle {
    pub fn call(&self, op: String, json: String) -> Promise {
        let session = self.session.clone();
        promise(async move {
            // Arguments may hold passwords: wiped when the call ends.
            let json = Secret::new(json);
            Ok(ops::call(&session, &op, json.reveal()).await?.into())
        })
    }

    #[wasm_bindgen(js_name = listUsers)]
    pub fn list_users(&self, json: String) -> Promise {
        let session = self.session.clone();
        promise(async move {
            let page = session.list_users(&args::list_users(&json)?).await?;
            let (text, numbers) = columns::pack(session.catalogue(), &page);
            Ok(Array::of2(&text.into(), &Float64Array::from(numbers.as_slice())).into())
        })
    }

    pub fn me(&self) -> core::result::Result<String, JsValue> {
        self.session.me().map(|me| replies::me(&me)).map_err(|error| thrown(&error))
    }

    pub fn expires(&self) -> f64 {
        self.session.expires().map_or(f64::INFINITY, |at| at as f64)
    }

    pub fn epoch(&self) -> u32 {
        self.session.epoch()
    }

    #[wasm_bindgen(js_name = takeToken)]
    pub fn take_token(&self) -> Option<String> {
        self.value.borrow_mut().take().map(|value| value.reveal().to_owned())
    }

    pub fn intern(&self, kind: &str, id: &str) -> core::result::Result<u32, JsValue> {
        self.session.intern(kind, id).map_err(|error| thrown(&error))
    }

    pub fn again(&self) -> bool {
        self.session.again()
    }

    pub fn can(&self, scope: u32, handle: i32) -> bool {
        self.session.can(scope, handle)
    }

    pub fn explain(&self, scope: &str, kind: Option<String>, id: Option<String>) -> String {
        let resource = kind.as_deref().zip(id.as_deref());
        replies::decision(&self.session.explain(scope, resource))
    }
}
