//! What holds of every store at every moment, whatever was done to it: each record has its indexes, each index its
//! record, and no key is left over.

use std::collections::{BTreeMap, BTreeSet};

use doorward::store::Key;
use doorward::store::memory::Memory;
use serde_json::{Value, json};

type Entries = BTreeMap<Key, Value>;

const RECORDS: [&str; 7] = ["user", "reach", "token", "resource", "groups", "audit", "meta"];
const COUNTED: [&str; 3] = ["seq", "tokenCount", "auditCount"];

fn padded(number: &Value) -> String {
    format!("{:016}", number.as_u64().expect("an id is a number"))
}

fn key(elements: &[&str]) -> Key {
    elements.iter().map(|&element| element.to_owned()).collect()
}

fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn strings(record: &Value, field: &str) -> Vec<String> {
    let list = record.get(field).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
        .collect()
}

fn family<'a>(entries: &'a Entries, name: &str) -> impl Iterator<Item = (&'a Key, &'a Value)> {
    entries.iter().filter(move |(key, _)| key[0] == name)
}

/// Panics with what is wrong.
pub fn check(store: &Memory) {
    let entries: Entries = store
        .dump()
        .into_iter()
        .map(|(key, value)| (key, serde_json::from_str(&value).expect("every value is JSON")))
        .collect();
    if entries.is_empty() {
        return;
    }
    assert_eq!(entries.get(&key(&["meta"])), Some(&json!({ "format": 1 })), "whose store it is");
    let mut expected = Entries::new();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    users(&entries, &mut expected);
    tokens(&entries, &mut expected, &mut counts);
    resources(&entries, &mut expected);
    groups(&entries);
    counted(&entries, &counts);
    let is_index = |key: &Key| !RECORDS.contains(&key[0].as_str()) && !COUNTED.contains(&key[0].as_str());
    let found: Entries = entries
        .iter()
        .filter(|(key, _)| {
            is_index(key) && !["seen", "sealed", "secret", "barred"].contains(&key[0].as_str())
        })
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    assert_eq!(found, expected, "indexes (left: in the store, right: as the records say)");
}

fn users(entries: &Entries, expected: &mut Entries) {
    for (at, user) in family(entries, "user") {
        let id = padded(&user["id"]);
        assert_eq!(at, &key(&["user", &id]), "a user's key");
        expected.insert(key(&["name", text(user, "key")]), json!([user["id"], user["key"]]));
        if !text(user, "email").is_empty() {
            expected.insert(key(&["email", &text(user, "email").to_lowercase(), &id]), user["id"].clone());
        }
        let direct = strings(user, "scopes").contains(&"admin".to_owned()).then(|| "@admin".to_owned());
        for group in strings(user, "groups").into_iter().chain(direct) {
            expected
                .insert(key(&["member", &group, &id]), json!([user["id"], text(user, "status") == "active"]));
        }
        if let Some(digest) = user.get("apiKey").and_then(Value::as_str) {
            let token = entries.get(&key(&["token", digest])).expect("a user's key is a token");
            assert_eq!((&token["user"], &token["primary"]), (&user["id"], &json!(true)), "a user's key");
        }
    }
    for (at, _) in family(entries, "sealed") {
        let user = entries.get(&key(&["user", &at[1]])).expect("a sealed key belongs to a user");
        assert!(user.get("apiKey").is_some(), "a sealed key is one that lives");
    }
    for (at, reach) in family(entries, "reach") {
        let user = entries.get(&key(&["user", &at[1]])).expect("a reach belongs to a user");
        let kinds = reach.as_object().expect("a reach is an object");
        assert!(!kinds.is_empty(), "an empty reach is no record");
        for (kind, ids) in kinds {
            for (id, level) in ids.as_object().into_iter().flatten() {
                expected.insert(key(&["link", kind, id, &at[1]]), json!([user["id"], level]));
            }
        }
    }
}

fn tokens(entries: &Entries, expected: &mut Entries, counts: &mut BTreeMap<String, u64>) {
    let mut numbers = BTreeSet::new();
    for (at, token) in family(entries, "token") {
        assert_eq!(at[1], text(token, "digest"), "a token's key");
        let owner = padded(&token["user"]);
        let user = entries.get(&key(&["user", &owner])).unwrap_or_else(|| panic!("an orphan: {token}"));
        if token.get("primary") == Some(&json!(true)) {
            assert_eq!(user.get("apiKey"), token.get("digest"), "the one key of a user");
        }
        assert!(numbers.insert(token["number"].as_u64()), "a token's number is its own");
        expected.insert(key(&["tokenId", text(token, "id")]), token["digest"].clone());
        let owned = json!({
            "id": token["id"], "number": token["number"], "digest": token["digest"],
            "session": text(token, "kind") == "session",
            "expires": token.get("expires").cloned().unwrap_or_default(),
        });
        expected.insert(key(&["owned", &owner, &padded(&token["number"])]), owned);
        *counts.entry(owner).or_default() += 1;
    }
    for (at, _) in family(entries, "seen") {
        let owned = key(&["owned", &at[1], &at[2]]);
        assert!(entries.contains_key(&owned), "a last use of a token that is gone: {at:?}");
    }
}

fn resources(entries: &Entries, expected: &mut Entries) {
    for (at, resource) in family(entries, "resource") {
        let (kind, id) = (text(resource, "kind"), text(resource, "id"));
        assert_eq!(at, &key(&["resource", kind, id]), "a resource's key");
        let name = text(resource, "name");
        if ["network", "devicetype"].contains(&kind) && !name.is_empty() && name.len() <= 512 {
            expected.insert(key(&["resourceName", kind, name, id]), json!(id));
        }
        // A site is looked up by its gateway, in lower case.
        let identifier = text(&resource["data"], "identifier").to_lowercase();
        if kind == "site" && !identifier.is_empty() && identifier.len() <= 512 {
            expected.insert(key(&["resourceName", kind, &identifier, id]), json!(id));
        }
        if !resource["owner"].is_null() {
            let owner = padded(&resource["owner"]);
            assert!(entries.contains_key(&key(&["user", &owner])), "an owner who is gone: {resource}");
            expected.insert(key(&["resourceOwner", &owner, kind, id]), json!([kind, id]));
        }
    }
}

fn groups(entries: &Entries) {
    let Some(groups) = entries.get(&key(&["groups"])) else { return };
    let list = groups["list"].as_array().expect("a list");
    let ids: Vec<u64> = list.iter().filter_map(|group| group["id"].as_u64()).collect();
    assert!(ids.iter().all(|&id| id < groups["next"].as_u64().unwrap_or(0)), "an id beyond the next");
    let keys: BTreeSet<&str> = list.iter().map(|group| text(group, "key")).collect();
    assert_eq!(keys.len(), list.len(), "a group's key is its own");
    // No cycle: each round takes the groups away whose subgroups are all gone.
    let mut left: Vec<&Value> = list.iter().collect();
    while !left.is_empty() {
        let names: BTreeSet<String> = left.iter().map(|group| group["id"].to_string()).collect();
        let before = left.len();
        left.retain(|group| strings(group, "subgroups").iter().any(|sub| names.contains(sub)));
        assert!(left.len() < before, "groups that contain each other: {names:?}");
    }
    for group in list {
        assert!(
            strings(group, "subgroups").iter().all(|sub| ids.iter().any(|id| id.to_string() == *sub)),
            "a subgroup that is gone"
        );
    }
}

fn counted(entries: &Entries, tokens: &BTreeMap<String, u64>) {
    let number = |value: &Value| value.as_i64().expect("a count is a number");
    for (at, count) in family(entries, "tokenCount") {
        assert!(entries.contains_key(&key(&["user", &at[1]])), "a count of a user who is gone");
        let real = tokens.get(&at[1]).copied().unwrap_or(0);
        assert_eq!(count.as_u64(), Some(real), "the count of tokens of {}", at[1]);
    }
    for owner in tokens.keys() {
        assert!(entries.contains_key(&key(&["tokenCount", owner])), "tokens are counted");
    }
    for (at, entry) in family(entries, "audit") {
        assert_eq!(at, &key(&["audit", &padded(&entry["at"]), text(entry, "salt")]), "an entry's key");
    }
    let lines = family(entries, "audit").count() as i64;
    assert_eq!(
        family(entries, "auditCount").map(|(_, count)| number(count)).sum::<i64>(),
        lines,
        "the audit's count"
    );
    let last = |of: &str| entries.get(&key(&["seq", of])).and_then(Value::as_u64).unwrap_or(0);
    assert!(family(entries, "user").all(|(_, user)| user["id"].as_u64().unwrap_or(0) <= last("user")));
    assert!(
        family(entries, "token").all(|(_, token)| token["number"].as_u64().unwrap_or(0) <= last("token"))
    );
}
