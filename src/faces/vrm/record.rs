//! The installation record (spec §3): keys and their types. A value is the one among the site's data where that is of the
//! key's type, and a neutral one otherwise.

use crate::json::{Value, Writer};
use crate::model::{Millis, Resource, UserId};
use crate::service::site_identifier;

/// What the requester is to the site (§3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) level: i64,
    pub(super) owner: bool,
    pub(super) admin: bool,
}

/// The members of a site's data.
#[derive(Debug)]
pub(super) struct Data<'a>(Vec<(String, Value<'a>)>);

impl<'a> Data<'a> {
    pub(super) fn of(site: &'a Resource) -> Self {
        let members = site.data.as_deref().and_then(Value::parse).and_then(Value::members);
        let owned = |(name, value): (std::borrow::Cow<'a, str>, Value<'a>)| (name.into_owned(), value);
        Self(members.unwrap_or_default().into_iter().map(owned).collect())
    }

    fn get(&self, name: &str) -> Option<Value<'a>> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    fn integer(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(Value::integer)
    }
}

/// The type of a key, with its neutral value.
#[derive(Debug, Clone, Copy)]
enum Is {
    Flag,
    Integer,
    MaybeInteger,
    /// An integer of 0 and 1.
    Bit,
    /// An integer of 0, 1 and 2.
    UpToTwo,
    Text(&'static str),
    MaybeText,
    /// JSON text inside a text, or null.
    MaybeJson,
    IntegerOrFalse,
    Texts,
    /// A list of objects, each with these members.
    Objects(&'static [(&'static str, Is)]),
    /// Likewise; false where it is empty.
    ObjectsOrFalse(&'static [(&'static str, Is)]),
    Anything(&'static str),
}

use Is::{Bit, Flag, Integer, IntegerOrFalse, MaybeInteger, MaybeJson, MaybeText, Text, Texts, UpToTwo};

/// §3.2, beside what follows from the site and the requester.
const BASIC: [(&str, Is); 22] = [
    ("pvMax", Integer),
    ("timezone", Text("UTC")),
    ("phonenumber", MaybeText),
    ("notes", MaybeText),
    ("geofence", MaybeJson),
    ("geofenceEnabled", Flag),
    ("realtimeUpdates", Flag),
    ("shared", Flag),
    ("restrictNodeRed", Flag),
    ("hasMains", Bit),
    ("hasGenerator", Bit),
    ("noDataAlarmTimeout", MaybeInteger),
    ("alarmMonitoring", UpToTwo),
    ("invalidVRMAuthTokenUsedInLogRequest", Integer),
    ("device_icon", Text("solar")),
    ("isPaygo", Bit),
    ("paygoCurrency", MaybeText),
    ("paygoTotalAmount", MaybeInteger),
    ("inverterChargerControl", Bit),
    ("remoteConsoleChoice", MaybeText),
    ("favorite", Bit),
    ("isSystem", Bit),
];

const TAG: [(&str, Is); 3] = [("idTag", Integer), ("name", Text("")), ("automatic", Flag)];
const IMAGE: [(&str, Is); 3] = [("idSiteImage", Integer), ("imageName", Text("")), ("url", Text(""))];
const EURO: &str = r#"{"idCurrency":1,"code":"EUR","name":"Euro","sign":"€"}"#;

/// §3.3, beside what is computed.
const EXTENDED: [(&str, Is); 17] = [
    ("alarm", Flag),
    ("last_timestamp", Integer),
    ("timezone_offset", Integer),
    ("demo_mode", Flag),
    ("high_workload", Flag),
    ("current_alarms", Texts),
    ("avatar_url", MaybeText),
    ("tags", Is::Objects(&TAG)),
    ("images", Is::ObjectsOrFalse(&IMAGE)),
    ("extended", Is::Objects(&[])),
    ("new_tags", Flag),
    ("nodered_running", Flag),
    ("prices_unavailable", Flag),
    ("currency", Is::Anything(EURO)),
    ("last_location_timestamp", IntegerOrFalse),
    ("premium_features", Is::Objects(&[])),
    ("guiHash", Text("")),
];

/// `view_permissions` of who may look, and of who may do more.
const LOOKING: [&str; 4] = ["settings", "vebus", "twoway", "exact_location"];
const DOING: [&str; 6] =
    ["update_settings", "diagnostics", "share", "vnc", "mqtt_rpc", "canAlterInstallation"];
const NOBODY: [&str; 11] = [
    "nodered",
    "nodered_dash",
    "signalk",
    "rc_classic",
    "rc_gui_v2",
    "readonly_realtime",
    "nodered_dash_v2",
    "paygo",
    "dess_config",
    "dess_view",
    "can_see_group_and_team_members",
];

/// Is the value of the type?
fn fits(is: Is, value: Value<'_>) -> bool {
    let integer =
        |range: core::ops::RangeInclusive<i64>| value.integer().is_some_and(|it| range.contains(&it));
    match is {
        Flag => value.flag().is_some(),
        Integer => value.integer().is_some(),
        MaybeInteger => value.is_null() || value.integer().is_some(),
        Bit => integer(0..=1),
        UpToTwo => integer(0..=2),
        Text(neutral) => value.text().is_some_and(|text| neutral.is_empty() || !text.is_empty()),
        MaybeText | MaybeJson => value.is_null() || value.text().is_some(),
        IntegerOrFalse => value.integer().is_some() || value.flag() == Some(false),
        Texts => value.texts().is_some(),
        Is::Objects(members) | Is::ObjectsOrFalse(members) => {
            value.items().is_some_and(|items| items.into_iter().all(|item| holds(item, members)))
        }
        Is::Anything(_) => value.members().is_some(),
    }
}

fn holds(object: Value<'_>, wanted: &[(&str, Is)]) -> bool {
    object.members().is_some_and(|members| {
        let find = |name: &str| members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value);
        wanted.iter().all(|&(name, is)| find(name).is_some_and(|value| fits(is, value)))
    })
}

fn neutral(is: Is) -> &'static str {
    match is {
        Flag | IntegerOrFalse | Is::ObjectsOrFalse(_) => "false",
        Integer | Bit | UpToTwo => "0",
        MaybeInteger | MaybeText | MaybeJson => "null",
        Texts | Is::Objects(_) => "[]",
        Is::Anything(json) => json,
        Text(_) => "\"\"",
    }
}

fn put(out: &mut Writer, data: &Data<'_>, (name, is): (&str, Is)) {
    let given = data.get(name);
    out.name(name);
    let flag = given.and_then(Value::flag);
    match (is, given) {
        // An object where its text is wanted, and a switch where a number is.
        (MaybeJson, Some(value)) if value.members().is_some() => out.text(value.raw()),
        (Bit, Some(_)) if flag.is_some() => out.number(u64::from(flag == Some(true))),
        (Is::ObjectsOrFalse(_), Some(value)) if value.items().is_some_and(|items| items.is_empty()) => {
            out.flag(false)
        }
        (is, Some(value)) if fits(is, value) => out.raw(value.raw()),
        (Text(neutral), _) => out.text(neutral),
        (is, _) => out.raw(neutral(is)),
    }
}

/// The keys that are always there.
pub(super) fn basic(out: &mut Writer, id: u64, site: &Resource, data: &Data<'_>, seen: &Seen) {
    out.name("idSite").number(id);
    out.name("accessLevel").integer(seen.level);
    out.name("owner").flag(seen.owner);
    out.name("is_admin").flag(seen.admin);
    out.name("name").text(&site.name);
    out.name("identifier").text(&site_identifier(site).unwrap_or_default());
    out.name("idUser").number(site.owner.map_or(0, UserId::get));
    let created = data.integer("syscreated");
    out.name("syscreated").integer(created.unwrap_or(i64::try_from(site.created / 1000).unwrap_or(0)));
    for key in BASIC {
        put(out, data, key);
    }
}

/// The keys of `extended=1`.
pub(super) fn extended(
    out: &mut Writer,
    site: &Resource,
    data: &Data<'_>,
    seen: &Seen,
    now: Millis,
    broker: &str,
) {
    for key in EXTENDED {
        put(out, data, key);
    }
    let alarms = data.get("current_alarms").and_then(Value::texts).map_or(0, |alarms| alarms.len() as i64);
    out.name("num_alarms").integer(data.integer("num_alarms").unwrap_or(alarms));
    out.name("GUIv").integer(data.integer("GUIv").unwrap_or(1));
    out.name("current_time").text(&local_time(now, data.integer("timezone_offset").unwrap_or(0)));
    let number = broker_number(&site_identifier(site).unwrap_or_default());
    for (name, prefix) in [("mqtt_webhost", "webmqtt"), ("mqtt_host", "mqtt")] {
        let given = data.get(name).and_then(Value::text).filter(|text| !text.is_empty());
        out.name(name).text(&given.unwrap_or_else(|| format!("{prefix}{number}.{broker}")));
    }
    out.name("view_permissions").open('{');
    for (names, allowed) in [(&LOOKING[..], true), (&DOING[..], seen.level > 0), (&NOBODY[..], false)] {
        for name in names {
            out.name(name).flag(allowed);
        }
    }
    out.close('}');
}

/// `hh:mm`
fn local_time(now: Millis, offset: i64) -> String {
    let seconds = i64::try_from(now / 1000).unwrap_or(0).saturating_add(offset).rem_euclid(86_400);
    format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
}

/// Which broker serves a gateway (§3.3, observed).
fn broker_number(identifier: &str) -> u32 {
    identifier.chars().fold(0_u32, |sum, c| sum.wrapping_add(u32::from(c))) % 128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(local_time(0, 0), "00:00");
        assert_eq!(local_time(0, -60), "23:59");
        assert_eq!(local_time(1_767_323_045_000, 3600), "04:04");
        assert_eq!(local_time(u64::MAX, i64::MAX).len(), 5);
    }

    #[test]
    fn brokers() {
        let sum: u32 = "c0619ab00101".bytes().map(u32::from).sum();
        assert_eq!(broker_number("c0619ab00101"), sum % 128);
    }

    fn shown(json: &str, key: (&str, Is)) -> String {
        let site = Resource {
            kind: "site".into(),
            id: "1".into(),
            name: String::new(),
            description: String::new(),
            owner: None,
            data: Some(json.into()),
            created: 0,
            updated: 0,
        };
        let mut out = Writer::default();
        put(&mut out, &Data::of(&site), key);
        out.end()
    }

    #[test]
    fn a_value_is_of_its_type_or_neutral() {
        let of = |json: &str, name: &str| {
            let key = BASIC.into_iter().chain(EXTENDED).find(|(key, _)| *key == name);
            key.map(|key| shown(json, key)).unwrap_or_default()
        };
        assert_eq!(of(r#"{"pvMax":5}"#, "pvMax"), r#""pvMax":5"#);
        assert_eq!(of(r#"{"pvMax":"5"}"#, "pvMax"), r#""pvMax":0"#);
        assert_eq!(of(r#"{"hasMains":true}"#, "hasMains"), r#""hasMains":1"#);
        assert_eq!(of(r#"{"alarmMonitoring":3}"#, "alarmMonitoring"), r#""alarmMonitoring":0"#);
        assert_eq!(of(r#"{"timezone":""}"#, "timezone"), r#""timezone":"UTC""#);
        assert_eq!(of(r#"{"geofence":{"a":1}}"#, "geofence"), r#""geofence":"{\"a\":1}""#);
        assert_eq!(of(r#"{"images":[]}"#, "images"), r#""images":false"#);
        assert_eq!(of(r#"{"images":[{"idSiteImage":1}]}"#, "images"), r#""images":false"#);
        let tag = r#"[{"idTag":1,"name":"a","automatic":false}]"#;
        assert_eq!(of(&format!(r#"{{"tags":{tag}}}"#), "tags"), format!(r#""tags":{tag}"#));
        assert_eq!(
            of(r#"{"last_location_timestamp":5}"#, "last_location_timestamp"),
            r#""last_location_timestamp":5"#
        );
        assert_eq!(of("{}", "device_icon"), r#""device_icon":"solar""#);
    }
}
