//! Arbitrary requests to the HTTP faces: nothing panics, nothing is a 5xx, a refusal changes nothing, nobody who is no
//! administrator raises anybody's rights, and no reply holds a hash or somebody else's key.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a test stops where something is wrong"
)]

mod support;

use std::collections::BTreeMap;

use doorward::faces::{self, Answer, Asked, Faces, Peer};
use doorward::model::{Millis, Secret, Status, TokenKind};
use doorward::rules::{Catalogue, Policy, Preset, UserPatch};
use doorward::service::{Config, Door, Order, Walk, WorldToken, WorldUser};
use http::Request;
use proptest::prelude::*;
use support::{Handle, run};

const ADMIN_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const CLIENT_KEY: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
const ASLEEP_KEY: &str = "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";

/// A door with an administrator, a client and somebody disabled, and the faces on it.
struct House {
    host: Handle,
    door: Door<doorward::store::memory::Memory, Handle>,
    faces: Faces<doorward::store::memory::Memory, Handle>,
}

/// Who sends a request, and whether he is an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    Nobody,
    Wrong,
    Client,
    Asleep,
    Admin,
}

#[derive(Debug, Clone)]
struct Sent {
    method: &'static str,
    path: String,
    sender: Sender,
    media: Option<&'static str>,
    body: String,
}

impl House {
    fn new(preset: Preset) -> Self {
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
            let patch = UserPatch { admin: Some(admin), status: Some(status), ..UserPatch::default() };
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
            run(local.put_token(token, false)).unwrap();
        }
        let settings = faces::Settings::parse(r#"{"octoprint":{"rateLimiter":false}}"#).unwrap();
        let faces = Faces::new(&door, settings);
        Self { host, door, faces }
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path).extension(Peer("192.0.2.1".into()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request: Asked = request.body(body.as_bytes().to_vec()).unwrap();
        run(self.faces.handle(&request))
    }

    /// DeviceHive's token of somebody.
    fn jwt(&self, name: &str) -> String {
        let body = format!(r#"{{"login":"{name}","password":"{name}-pw"}}"#);
        let answer = self.ask("POST", "/dh/rest/token", &[], &body);
        let text = String::from_utf8(answer.into_body()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value["accessToken"].as_str().unwrap_or_default().to_owned()
    }

    /// What everybody holds, by id; it needs no right to look.
    fn rights(&self) -> BTreeMap<u64, (Vec<usize>, bool)> {
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
    fn dump(&self) -> Vec<(Vec<String>, String)> {
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

fn names() -> impl Strategy<Value = String> {
    let fixed =
        ["admin", "client", "asleep", "ghost", "a%2Fb", "%ff", "me", "1", "2", "3", "99", "current", ""];
    prop_oneof![8 => prop::sample::select(fixed.to_vec()).prop_map(str::to_owned), 1 => "[a-z%/.]{0,6}"]
}

fn paths() -> impl Strategy<Value = String> {
    let octoprint =
        (names(), prop::sample::select(&["", "/password", "/settings", "/apikey", "/nosuch"][..]));
    let users = prop::sample::select(&["/api/access/users", "/api/users"][..]);
    let whole = [
        "/api/access/users",
        "/api/users",
        "/api/access/groups",
        "/api/access/permissions",
        "/api/login",
        "/api/logout",
        "/api/currentuser",
        "/api/version",
        "/api/setup/wizard",
        "/plugin/corewizard/acl",
        "/login/",
        "/dh/rest/user",
        "/dh/rest/user/count?loginPattern=%25a%25",
        "/dh/rest/user?login=client&sortField=login&sortOrder=desc&take=1",
        "/dh/rest/user?take=-1",
        "/dh/rest/token",
        "/dh/rest/token/refresh",
        "/dh/rest/token/create",
        "/dh/rest/token/plugin/authenticate?token=x",
        "/dh/rest/network",
        "/dh/rest/devicetype?name=x",
        "/dh/rest/info",
        "/dh/rest/device",
    ];
    let groups = prop::sample::select(&["admins", "users", "guests", "readonly", "q"][..]);
    let places = prop::sample::select(&["network", "devicetype"][..]);
    prop_oneof![
        (users, octoprint).prop_map(|(users, (name, what))| format!("{users}/{name}{what}")),
        prop::sample::select(whole.to_vec()).prop_map(str::to_owned),
        groups.prop_map(|key| format!("/api/access/groups/{key}")),
        (names(), places.clone(), names())
            .prop_map(|(user, kind, id)| format!("/dh/rest/user/{user}/{kind}/{id}")),
        names().prop_map(|user| format!("/dh/rest/user/{user}")),
        (places, names()).prop_map(|(kind, id)| format!("/dh/rest/{kind}/{id}")),
    ]
}

/// Values near what the members take, and far from it.
fn values() -> impl Strategy<Value = String> {
    let near = [
        "null",
        "true",
        "false",
        "0",
        "1",
        "2",
        "5",
        "-1",
        "1.5",
        "\"\"",
        "\"admin\"",
        "\"client\"",
        "\"client-pw\"",
        "\"longer-pw\"",
        "\"yes\"",
        "[]",
        "[\"ADMIN\"]",
        "[\"admins\"]",
        "[\"admins\",{\"key\":\"users\"}]",
        "[0]",
        "[\"*\"]",
        "[12,\"ManageUser\"]",
        "{}",
        "{\"a\":1}",
        "\" b\"",
        "1514764800000",
        "\"2020-01-01\"",
    ];
    prop::sample::select(near.to_vec()).prop_map(str::to_owned)
}

fn bodies() -> impl Strategy<Value = String> {
    let members = [
        "name",
        "password",
        "current",
        "active",
        "admin",
        "groups",
        "permissions",
        "settings",
        "key",
        "subgroups",
        "default",
        "description",
        "user",
        "pass",
        "passive",
        "remember",
        "pass1",
        "pass2",
        "handled",
        "login",
        "role",
        "status",
        "data",
        "oldPassword",
        "introReviewed",
        "allDeviceTypesAvailable",
        "userId",
        "actions",
        "networkIds",
        "deviceTypeIds",
        "expiration",
        "refreshToken",
    ];
    let member = (prop::sample::select(members.to_vec()), values());
    let object = prop::collection::vec(member, 0..8).prop_map(|members| {
        let members: Vec<String> =
            members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    });
    prop_oneof![6 => object, 1 => values(), 1 => "[ -~]{0,20}", 1 => Just(String::new())]
}

fn requests() -> impl Strategy<Value = Sent> {
    let methods = prop::sample::select(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"][..]);
    let senders = prop::sample::select(
        &[Sender::Nobody, Sender::Wrong, Sender::Client, Sender::Client, Sender::Asleep, Sender::Admin][..],
    );
    let json = Some("application/json");
    let media = prop::sample::select(vec![
        json,
        json,
        json,
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ]);
    (methods, paths(), senders, media, bodies()).prop_map(|(method, path, sender, media, body)| Sent {
        method,
        path,
        sender,
        media,
        body,
    })
}

fn check(preset: Preset, sent: &[Sent]) -> Result<(), TestCaseError> {
    let house = House::new(preset);
    // Whose password a change may have taken with him keeps what he got before.
    let jwts = [house.jwt("client"), house.jwt("admin")];
    for one in sent {
        let (key, jwt) = match one.sender {
            Sender::Nobody => (None, None),
            Sender::Wrong => (Some("no-such-key-at-all-0"), Some("a.b.c")),
            Sender::Client => (Some(CLIENT_KEY), Some(jwts[0].as_str())),
            Sender::Asleep => (Some(ASLEEP_KEY), None),
            Sender::Admin => (Some(ADMIN_KEY), Some(jwts[1].as_str())),
        };
        let bearer = jwt.map(|jwt| format!("Bearer {jwt}"));
        let mut headers: Vec<(&str, &str)> =
            one.media.map(|media| ("content-type", media)).into_iter().collect();
        if one.path.starts_with("/dh/") {
            headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        } else {
            headers.extend(key.map(|key| ("x-api-key", key)));
        }
        if Request::builder().uri(&one.path).body(()).is_err() {
            continue;
        }
        let (before, rights) = (house.dump(), house.rights());
        let answer = house.ask(one.method, &one.path, &headers, &one.body);
        let status = answer.status().as_u16();
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        prop_assert!(status < 500, "{status} {text}");
        if status >= 400 {
            prop_assert_eq!(&house.dump(), &before, "a refusal changes nothing: {}", status);
        }
        prop_assert!(!text.contains("$argon2"), "a hash is shown: {text}");
        if one.sender != Sender::Admin {
            // A log-in may be anybody's, and answers with his own record.
            let by_password = one.path == "/api/login" && one.body.contains("\"pass\"");
            prop_assert!(by_password || !text.contains(ADMIN_KEY), "somebody else's key is shown: {text}");
            prop_assert_eq!(house.rights(), rights, "nobody raises rights");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn octoprint_policy(sent in prop::collection::vec(requests(), 1..24)) {
        check(Preset::Octoprint, &sent)?;
    }

    #[test]
    fn devicehive_policy(sent in prop::collection::vec(requests(), 1..24)) {
        check(Preset::Devicehive, &sent)?;
    }

    #[test]
    fn default_policy(sent in prop::collection::vec(requests(), 1..24)) {
        check(Preset::Doorward, &sent)?;
    }
}
