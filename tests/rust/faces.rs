//! Arbitrary requests to the HTTP faces: nothing panics, nothing is a 5xx, a refusal changes nothing, nobody who is no
//! administrator raises anybody's rights, and no reply holds a hash or somebody else's key.

use doorward::rules::Preset;
use http::Request;
use proptest::prelude::*;

use crate::house::{ACCESS, ADMIN_KEY, ASLEEP_KEY, CLIENT_KEY, House};
use crate::random::config;

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
        "/v2/auth/login",
        "/v2/auth/loginAsDemo",
        "/v2/auth/logout",
        "/v2/users/me",
        "/v2/users/%7BidUser%7D/addSite",
        "/v2/users/x/get-site-id",
    ];
    let groups = prop::sample::select(&["admins", "users", "guests", "readonly", "q"][..]);
    let places = prop::sample::select(&["network", "devicetype"][..]);
    let vrm = prop::sample::select(
        &[
            "accesstokens",
            "accesstokens/list",
            "accesstokens/create",
            "accesstokens/*/revoke",
            "accesstokens/4/revoke",
            "accesstokens/5",
            "accesstokens/x",
            "addsite",
            "get-site-id",
            "installations",
            "installations?extended=1",
            "installations?idSite=1&extended=1",
            "installations?idSite=%ff",
        ][..],
    );
    prop_oneof![
        (names(), vrm).prop_map(|(user, what)| format!("/v2/users/{user}/{what}")),
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
        "\"client@x\"",
        "\"c0619ab00101\"",
        "\"C0619AB00901\"",
        "4102444800",
        "123456",
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
        "username",
        "sms_token",
        "remember_me",
        "expiry",
        "installation_identifier",
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
        let (key, jwt, access) = match one.sender {
            Sender::Nobody => (None, None, None),
            Sender::Wrong => (Some("no-such-key-at-all-0"), Some("a.b.c"), Some("no-such-token-at-all-0")),
            Sender::Client => (Some(CLIENT_KEY), Some(jwts[0].as_str()), Some(ACCESS[1])),
            Sender::Asleep => (Some(ASLEEP_KEY), None, Some(ACCESS[2])),
            Sender::Admin => (Some(ADMIN_KEY), Some(jwts[1].as_str()), Some(ACCESS[0])),
        };
        let token = access.map(|access| format!("Token {access}"));
        let bearer = jwt.map(|jwt| format!("Bearer {jwt}"));
        let mut headers: Vec<(&str, &str)> =
            one.media.map(|media| ("content-type", media)).into_iter().collect();
        if one.path.starts_with("/dh/") {
            headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        } else if one.path.starts_with("/v2/") {
            headers.extend(token.as_deref().map(|token| ("x-authorization", token)));
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
        prop_assert!(!ACCESS.iter().any(|access| text.contains(access)), "a token's value is shown: {text}");
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
    #![proptest_config(config(256))]

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
