//! A store with something of everything, and blows to its indexes, which all follow from its records.

use doorward::model::{KindReach, Reach, TokenKind};
use doorward::rules::{ResourcePatch, UserDraft};
use doorward::service::{Door, KeyForm, NewToken, NewUser};
use doorward::store::memory::Memory;
use doorward::store::{Commit, Key, Mutation, Store};
use proptest::prelude::*;

use crate::support;

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

/// A house with something of every family.
pub async fn house() -> (Door<Memory, support::Handle>, support::Handle) {
    let (door, host) = support::door("octoprint").await;
    let local = door.local();
    for name in ["ann", "bob"] {
        let mut new = NewUser { groups: Some(vec!["admins".into()]), ..NewUser::default() };
        let links = [("7".to_owned(), Some(1)), ("8".to_owned(), None)].into();
        new.draft = UserDraft {
            name: name.into(),
            email: format!("{name}@example.org"),
            scopes: ["admin".to_owned()].into(),
            reach: Reach([("thing".to_owned(), KindReach::Only(links))].into()),
            ..UserDraft::default()
        };
        local.create_user(new).await.unwrap();
        local.generate_api_key(name).await.unwrap();
        local
            .create_token(NewToken {
                user: Some(name.into()),
                name: "desk".into(),
                kind: TokenKind::Access,
                scopes: None,
                reach: None,
                expires: None,
                form: KeyForm::Doorward,
            })
            .await
            .unwrap();
    }
    let patch = ResourcePatch { name: Some("home".into()), ..ResourcePatch::default() };
    local.add_resource("network", "4", patch, Some(Some("ann".into()))).await.unwrap();
    door.bar("a-token", host.now() + 1000).await.unwrap();
    door.secret("face").await.unwrap();
    (door, host)
}
