//! Blows to the indexes of a store, which all follow from its records.

use doorward::store::memory::Memory;
use doorward::store::{Commit, Key, Mutation, Store};
use proptest::prelude::*;

/// Families that follow from the records alone.
const INDEXES: [&str; 9] =
    ["name", "email", "member", "link", "tokenId", "owned", "tokenCount", "resourceOwner", "resourceName"];

#[derive(Debug, Clone)]
pub enum Blow {
    /// An entry is lost.
    Lose(prop::sample::Index),
    /// An entry says something else.
    Change(prop::sample::Index, &'static str),
    /// An entry says what another of its family says.
    Mix(prop::sample::Index, prop::sample::Index),
    /// There is one more.
    Invent(&'static [&'static str], &'static str),
}

const GONE: &str = "0000000000000999";

pub fn blow() -> impl Strategy<Value = Blow> {
    use prop::sample::Index;
    let values =
        prop::sample::select(vec!["0", "7", "\"x\"", "[1,\"ann\"]", "[2,null]", "[1,true]", "{}", "{\"", ""]);
    let inventions: Vec<(&'static [&'static str], &'static str)> = vec![
        (&["name", "ghost"], "[999,\"ghost\"]"),
        (&["name", "ghost"], "[1,\"ghost\"]"),
        (&["email", "ghost@example.org", GONE], "999"),
        (&["email", "ghost@example.org", "0000000000000001"], "1"),
        (&["member", "@admin", GONE], "[999,true]"),
        (&["member", "77", "0000000000000001"], "[1,true]"),
        (&["member", "no-number"], "1"),
        (&["link", "thing", "nowhere", "0000000000000001"], "[1,null]"),
        (&["tokenId", "nobody"], "\"00\""),
        (&["owned", "0000000000000001", GONE], "{}"),
        (&["tokenCount", GONE], "1"),
        (&["seen", GONE, GONE], "1"),
        (&["sealed", GONE], "\"x\""),
        (&["resourceOwner", "0000000000000001", "thing", "nowhere"], "[\"thing\",\"nowhere\"]"),
        (&["resourceName", "network", "nowhere", "99"], "\"99\""),
    ];
    prop_oneof![
        any::<Index>().prop_map(Blow::Lose),
        (any::<Index>(), values).prop_map(|(at, value)| Blow::Change(at, value)),
        (any::<Index>(), any::<Index>()).prop_map(|(at, from)| Blow::Mix(at, from)),
        prop::sample::select(inventions).prop_map(|(key, value)| Blow::Invent(key, value)),
    ]
}

impl Blow {
    pub async fn strike(&self, store: &Memory) {
        let entries: Vec<(Key, String)> =
            store.dump().into_iter().filter(|(key, _)| INDEXES.contains(&key[0].as_str())).collect();
        let mutation = match self {
            Self::Invent(key, value) => Mutation::Set {
                set: key.iter().map(|&element| element.to_owned()).collect(),
                value: (*value).to_owned(),
            },
            _ if entries.is_empty() => return,
            Self::Lose(at) => Mutation::Delete { delete: at.get(&entries).0.clone() },
            Self::Change(at, value) => {
                Mutation::Set { set: at.get(&entries).0.clone(), value: (*value).to_owned() }
            }
            Self::Mix(at, from) => {
                let (key, _) = at.get(&entries);
                let family: Vec<_> = entries.iter().filter(|(other, _)| other[0] == key[0]).collect();
                Mutation::Set { set: key.clone(), value: from.get(&family).1.clone() }
            }
        };
        store.commit(&Commit { checks: Vec::new(), mutations: vec![mutation] }).await.unwrap();
    }
}
