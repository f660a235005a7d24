//! DeviceHive's face under arbitrary sequences: what a client does stays his own, tokens grow nowhere, and end with the
//! account or the first changed bit.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::rules::Preset;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::house::House;
use crate::random::config;
use crate::support;

fn ask(house: &House, method: &str, path: &str, token: &str, body: &str) -> (u16, Value) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let headers = if token.is_empty() { &headers[1..] } else { &headers[..] };
    let answer = house.ask(method, &format!("/dh/rest{path}"), headers, body);
    let value = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
    (answer.status().as_u16(), value)
}

/// Login, role and status of everybody, by id, as an administrator sees them; and what belongs to others than the client.
fn accounts(house: &House, admin: &str) -> BTreeMap<u64, Value> {
    let (status, users) = ask(house, "GET", "/user", admin, "");
    assert_eq!(status, 200);
    let user = |user: &Value| {
        let id = user["id"].as_u64().unwrap();
        let own = user["login"] == "client";
        let pinned = json!({ "login": user["login"], "role": user["role"], "status": user["status"] });
        let all = json!({
            "pinned": pinned,
            "data": if own { &Value::Null } else { &user["data"] },
            "intro": if own { &Value::Null } else { &user["introReviewed"] },
            "types": user["allDeviceTypesAvailable"],
        });
        (id, all)
    };
    users.as_array().unwrap().iter().map(user).collect()
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    value["payload"].clone()
}

/// The actions of a payload as numbers, with the short forms written out (§4.1).
fn actions(payload: &Value) -> Vec<u64> {
    let Some(list) = payload["a"].as_array() else { return Vec::new() };
    let list: Vec<u64> = list.iter().filter_map(Value::as_u64).collect();
    match list.as_slice() {
        [] => vec![2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 16, 17],
        list if list.contains(&0) => (2..=18).collect(),
        list => list.iter().copied().filter(|action| *action > 1).collect(),
    }
}

/// Does `wide` allow all that `narrow` does?
fn covers(wide: &Value, narrow: &Value, member: &str) -> bool {
    let list = |payload: &Value| payload[member].as_array().cloned().unwrap_or_default();
    let wide = list(wide);
    wide.contains(&json!("*")) || list(narrow).iter().all(|id| wide.contains(id))
}

#[derive(Debug, Clone)]
struct Step {
    method: &'static str,
    path: String,
    body: Value,
    token: prop::sample::Index,
}

fn steps() -> impl Strategy<Value = Step> {
    let id = prop::sample::select(&["1", "2", "3", "current", "99"][..]);
    let paths = prop_oneof![
        4 => id.clone().prop_map(|id| format!("/user/{id}")),
        1 => id.clone().prop_map(|id| format!("/user/{id}/network/1")),
        1 => id.prop_map(|id| format!("/user/{id}/devicetype/all")),
        1 => Just("/user".to_owned()),
        1 => Just("/network".to_owned()),
        1 => Just("/devicetype/1".to_owned()),
        4 => Just("/token/create".to_owned()),
    ];
    let member = prop::sample::select(vec![
        ("login", json!("mallory")),
        ("login", json!("client")),
        ("role", json!(0)),
        ("role", json!(1)),
        ("status", json!(0)),
        ("status", json!(2)),
        ("password", json!("another-pw")),
        ("oldPassword", json!("client-pw")),
        ("data", json!({ "a": 1 })),
        ("introReviewed", json!(true)),
        ("allDeviceTypesAvailable", json!(true)),
        ("name", json!("net")),
        ("userId", json!(1)),
        ("userId", json!(2)),
        ("userId", json!(2)),
        ("actions", json!(["*"])),
        ("actions", json!([])),
        ("actions", json!(["GetCurrentUser", "ManageToken"])),
        ("actions", json!(["ManageUser", 15])),
        ("networkIds", json!(["*"])),
        ("networkIds", json!([1])),
        ("deviceTypeIds", json!(["*"])),
    ]);
    let body = prop::collection::vec(member, 0..6).prop_map(|members| {
        Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    });
    let methods = prop::sample::select(&["GET", "POST", "POST", "PUT", "PUT", "DELETE"][..]);
    (methods, paths, body, any::<prop::sample::Index>()).prop_map(|(method, path, body, token)| Step {
        method,
        path,
        body,
        token,
    })
}

proptest! {
    #![proptest_config(config(128))]

    /// Under the strict policy, whatever tokens he makes for himself on the way.
    #[test]
    fn a_client_changes_himself_alone(steps in prop::collection::vec(steps(), 1..32)) {
        let house = House::new(Preset::Doorward);
        let (admin, first) = (house.jwt("admin"), house.jwt("client"));
        let before = accounts(&house, &admin);
        let mut tokens = vec![first.clone()];
        for step in steps {
            let with = step.token.get(&tokens).clone();
            let (status, reply) = ask(&house, step.method, &step.path, &with, &step.body.to_string());
            prop_assert!(status < 500, "{status} {reply}");
            if let Some(made) = reply["accessToken"].as_str() {
                let (held, given) = (claims(&with), claims(made));
                prop_assert_eq!(given["u"].as_u64(), held["u"].as_u64(), "a token of somebody else");
                let allowed = actions(&held);
                prop_assert!(actions(&given).iter().all(|action| allowed.contains(action)), "{held} {given}");
                prop_assert!(covers(&held, &given, "n") && covers(&held, &given, "dt"), "{held} {given}");
                tokens.push(made.to_owned());
            }
            prop_assert_eq!(accounts(&house, &admin), before.clone(), "{} {}", step.method, step.path);
        }
    }
}

/// Nothing but what was signed is taken: every bit is tried.
#[test]
fn one_changed_bit() {
    let house = House::new(Preset::Devicehive);
    let token = house.jwt("admin");
    let mut tried = 0;
    for (at, bit) in (0..token.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut bytes = token.clone().into_bytes();
        bytes[at] ^= 1 << bit;
        // What no header can hold never gets here.
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        if !changed.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
            continue;
        }
        assert_eq!(ask(&house, "GET", "/user/current", &changed, "").0, 401, "byte {at}, bit {bit}");
        tried += 1;
    }
    assert!(tried > token.len() * 4);
    assert_eq!(ask(&house, "GET", "/user/current", &token, "").0, 200);
}

#[test]
fn an_account_that_ends_takes_its_tokens_along() {
    for (method, change, back) in [
        ("PUT", json!({ "status": 1 }), true),
        ("PUT", json!({ "status": 2 }), true),
        ("DELETE", Value::Null, false),
    ] {
        let house = House::new(Preset::Devicehive);
        let admin = house.jwt("admin");
        let body = r#"{"login":"client","password":"client-pw"}"#;
        let (_, tokens) = ask(&house, "POST", "/token", "", body);
        let (access, refresh) =
            (tokens["accessToken"].as_str().unwrap(), tokens["refreshToken"].as_str().unwrap());
        let refreshing = json!({ "refreshToken": refresh }).to_string();
        let id = claims(access)["u"].as_u64().unwrap();
        assert_eq!(ask(&house, "GET", "/user/current", access, "").0, 200);
        assert_eq!(ask(&house, method, &format!("/user/{id}"), &admin, &change.to_string()).0, 204);
        assert_eq!(ask(&house, "GET", "/user/current", access, "").0, 401);
        assert_eq!(ask(&house, "POST", "/token/refresh", "", &refreshing).0, 401);
        if back {
            let active = json!({ "status": 0 }).to_string();
            assert_eq!(ask(&house, "PUT", &format!("/user/{id}"), &admin, &active).0, 204);
            assert_eq!(ask(&house, "GET", "/user/current", access, "").0, 200);
        }
    }
}

/// A key of before is good for its time, and no longer.
#[test]
fn a_key_that_is_rotated() {
    let house = House::new(Preset::Devicehive);
    let old = house.jwt("admin");
    let asked = |token: &str| ask(&house, "GET", "/user/current", token, "").0;
    support::run(house.door.local().rotate_secret("devicehive", 60_000)).unwrap();
    let new = house.jwt("admin");
    assert_eq!((asked(&old), asked(&new)), (200, 200));
    support::run(house.door.local().rotate_secret("devicehive", 60_000)).unwrap();
    assert_eq!((asked(&old), asked(&new)), (200, 200));
    house.host.pass(60_000);
    assert_eq!((asked(&old), asked(&new)), (401, 401));
    let now = house.jwt("admin");
    support::run(house.door.local().rotate_secret("devicehive", 0)).unwrap();
    assert_eq!(asked(&now), 401);
}
