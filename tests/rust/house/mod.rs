//! A door with an administrator, a client and somebody disabled, and the faces on it.

use std::collections::BTreeMap;

use doorward::faces::{self, Answer, Asked, Faces, Peer};
use doorward::model::{Millis, Secret, Status, TokenKind};
use doorward::rules::{Catalogue, Policy, Preset, ResourcePatch, UserPatch};
use doorward::service::{Config, Door, Order, Walk, WorldToken, WorldUser};
use http::Request;

use crate::support::{Handle, run};

pub const ADMIN_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
pub const CLIENT_KEY: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
pub const ASLEEP_KEY: &str = "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";

/// VRM's access tokens of the three: their keys' first letters, in small.
pub const ACCESS: [&str; 3] =
    ["aaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbb", "cccccccccccccccccccccccc"];
pub const GATEWAY: &str = "c0619ab00901";

/// See the module.
pub struct House {
    pub host: Handle,
    pub door: Door<doorward::store::memory::Memory, Handle>,
    pub faces: Faces<doorward::store::memory::Memory, Handle>,
}

impl House {
    pub fn new(preset: Preset) -> Self {
        let host = Handle::default();
        host.pass(1_700_000_000_000);
        let catalogue = Catalogue::compile(&faces::scopes()).unwrap().with_seeds(faces::seeds());
        let config = Config { policy: Policy::of(preset), catalogue };
        let door = run(Door::open(host.store.clone(), host.clone(), config)).unwrap();
        let local = door.local();
        for (name, key, admin, status) in [
            ("admin", ADMIN_KEY, true, Status::Active),
            ("client", CLIENT_KEY, false, Status::Active),
            ("asleep", ASLEEP_KEY, true, Status::Disabled),
        ] {
            let email = Some(format!("{name}@x"));
            let patch = UserPatch { admin: Some(admin), status: Some(status), email, ..UserPatch::default() };
            let user = WorldUser {
                name: name.into(),
                password: Some(Some(Secret::new(format!("{name}-pw")))),
                patch,
                ..WorldUser::default()
            };
            run(local.put_user(user, false)).unwrap();
            let token = WorldToken {
                user: name.into(),
                kind: TokenKind::ApiKey,
                value: Secret::new(key.into()),
                name: "API key".into(),
                scopes: None,
                reach: None,
                expires: None::<Millis>,
                primary: true,
            };
            run(local.put_token(token.clone(), false)).unwrap();
            let access = ACCESS.iter().find(|value| value[..1] == key[..1].to_lowercase()).unwrap();
            let value = Secret::new((*access).to_owned());
            let token = WorldToken { kind: TokenKind::Access, value, primary: false, ..token };
            run(local.put_token(token, false)).unwrap();
        }
        let site = |identifier: &str| ResourcePatch {
            data: Some(Some(format!("{{\"identifier\":\"{identifier}\"}}"))),
            ..ResourcePatch::default()
        };
        run(local.put_resource("gateway", GATEWAY, ResourcePatch::default(), None, false)).unwrap();
        run(local.put_resource("site", "1", site("c0619ab00101"), Some("client"), false)).unwrap();
        run(local.put_resource("site", "2", site("c0619ab00102"), Some("admin"), false)).unwrap();
        let settings =
            faces::Settings::parse(r#"{"octoprint":{"rateLimiter":false},"vrm":{"rateLimit":false}}"#)
                .unwrap();
        let faces = Faces::new(&door, settings);
        Self { host, door, faces }
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path).extension(Peer("192.0.2.1".into()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request: Asked = request.body(body.as_bytes().to_vec()).unwrap();
        run(self.faces.handle(&request))
    }

    /// DeviceHive's token of somebody.
    pub fn jwt(&self, name: &str) -> String {
        let body = format!(r#"{{"login":"{name}","password":"{name}-pw"}}"#);
        let answer = self.ask("POST", "/dh/rest/token", &[], &body);
        let text = String::from_utf8(answer.into_body()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value["accessToken"].as_str().unwrap_or_default().to_owned()
    }

    /// What everybody holds, by id; it needs no right to look.
    pub fn rights(&self) -> BTreeMap<u64, (Vec<usize>, bool)> {
        let walk = Walk { order: Order::Id, ..Walk::default() };
        let (users, _) = run(self.door.walk(&walk)).unwrap();
        let views = run(self.door.views(users)).unwrap();
        let held = |(view, _): (doorward::service::UserView, _)| {
            let user = &view.user;
            (user.id.get(), (view.bits.iter().collect(), user.status == Status::Active))
        };
        views.into_iter().map(held).collect()
    }

    /// The store without what a refusal may write: who tried, and when somebody was last seen.
    pub fn dump(&self) -> Vec<(Vec<String>, String)> {
        let kept = |(key, _): &(Vec<String>, String)| {
            !["audit", "auditCount", "seen", "secret"].contains(&key[0].as_str())
        };
        let mut all: Vec<_> = self.host.store.dump().into_iter().filter(kept).collect();
        for (key, value) in &mut all {
            if key[0] == "user" {
                let mut user: serde_json::Value = serde_json::from_str(value).unwrap();
                for name in ["failedLogins", "lastFailed"] {
                    user.as_object_mut().unwrap().remove(name);
                }
                *value = user.to_string();
            }
        }
        all
    }
}
