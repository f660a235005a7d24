//! Random commands. Names, scopes and places are few, so that commands meet.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;

use crate::naive::{Command, EMAILS, Fields, Given, NAMES, PASSWORDS, Reach, SCOPES};

const GROUPS: [&str; 7] = ["users", "admins", "lab", "staff", "house", "nowhere", " "];
const DAY: u64 = 24 * 60 * 60 * 1000;

/// The good names come far more often than the odd ones.
fn name() -> BoxedStrategy<&'static str> {
    prop_oneof![6 => select(&NAMES[..4]), 1 => select(&NAMES[..])].boxed()
}

fn password() -> BoxedStrategy<&'static str> {
    prop_oneof![6 => select(&PASSWORDS[..2]), 1 => select(&PASSWORDS[..])].boxed()
}

fn scopes() -> BoxedStrategy<BTreeSet<&'static str>> {
    let all: Vec<&'static str> = SCOPES.iter().map(|(name, _)| *name).collect();
    let some = btree_set(select(all), 0..5);
    prop_oneof![15 => some, 1 => Just(BTreeSet::from(["nope"]))].boxed()
}

fn groups() -> BoxedStrategy<Vec<&'static str>> {
    prop_oneof![6 => vec(select(&GROUPS[..4]), 0..3), 1 => vec(select(&GROUPS[..]), 0..2)].boxed()
}

fn reach() -> BoxedStrategy<Reach> {
    let level = weighted(0.3, 1..3_i64);
    let ids = btree_map(select(&["a", "b", "c"][..]).prop_map(str::to_owned), level, 0..3);
    let kind = prop_oneof![12 => select(&["thing", "network"][..]), 1 => Just("bad kind")];
    btree_map(kind.prop_map(str::to_owned), weighted(0.7, ids), 0..3).boxed()
}

fn level() -> impl Strategy<Value = Option<i64>> {
    weighted(0.4, 1..3_i64)
}

fn fields() -> BoxedStrategy<Fields> {
    let status = select(&["active", "active", "disabled", "locked"][..]);
    (
        weighted(0.2, name()),
        weighted(0.2, status),
        weighted(0.3, any::<bool>()),
        weighted(0.3, groups()),
        weighted(0.3, scopes()),
        weighted(0.3, reach()),
        weighted(0.2, select(&EMAILS[..])),
        weighted(0.3, select(&["", "Somebody"][..])),
    )
        .prop_map(|(name, status, admin, groups, scopes, reach, email, display)| Fields {
            name,
            status,
            admin,
            groups,
            scopes,
            reach,
            email,
            display,
        })
        .boxed()
}

fn given() -> BoxedStrategy<Given> {
    let expires = prop_oneof![8 => 1_i64..100_000, 1 => Just(0), 1 => Just(-5)];
    let session = weighted(0.05, Just(())).prop_map(|given| given.is_some());
    (
        session,
        prop_oneof![15 => Just("key"), 1 => Just("")],
        of(scopes()),
        weighted(0.4, reach()),
        weighted(0.4, expires),
    )
        .prop_map(|(session, name, scopes, reach, expires)| Given { session, name, scopes, reach, expires })
        .boxed()
}

fn settings() -> impl Strategy<Value = BTreeMap<&'static str, &'static str>> {
    btree_map(select(&["theme", "unit"][..]), select(&["1", "\"x\"", "null", "{\"a\":[]}"][..]), 0..3)
}

fn place() -> BoxedStrategy<(&'static str, &'static str)> {
    let kind = prop_oneof![20 => select(&["thing", "network"][..]), 1 => Just("bad kind")];
    (kind, prop_oneof![20 => select(&["a", "b", "c"][..]), 1 => Just("")]).boxed()
}

/// 0 is the machine's owner.
fn by() -> impl Strategy<Value = usize> {
    0..7_usize
}

pub fn command() -> BoxedStrategy<Command> {
    let user = || weighted(0.6, name());
    let accounts = prop_oneof![
        3 => (name(), password()).prop_map(|(name, password)| Command::SetUp { name, password }),
        8 => (name(), password()).prop_map(|(name, password)| Command::LogIn { name, password }),
        6 => any::<usize>().prop_map(|token| Command::Authenticate { token }),
        1 => by().prop_map(|by| Command::LogOut { by }),
        4 => prop_oneof![1..2000_u64, 10_000..200_000_u64, 29 * DAY..31 * DAY]
            .prop_map(|milliseconds| Command::Pass { milliseconds }),
        1 => (by(), name()).prop_map(|(by, name)| Command::GetUser { by, name }),
        1 => by().prop_map(|by| Command::ListUsers { by }),
        10 => (by(), name(), weighted(0.85, password()), fields()).prop_map(|(by, name, password, fields)| {
            Command::AddUser { by, password, fields: Fields { name: Some(name), ..fields } }
        }),
        10 => (by(), name(), fields()).prop_map(|(by, name, fields)| Command::EditUser { by, name, fields }),
        3 => (by(), name()).prop_map(|(by, name)| Command::DeleteUser { by, name }),
        5 => (by(), name(), password(), of(password())).prop_map(|(by, name, password, current)| {
            Command::ChangePassword { by, name, password, current }
        }),
        1 => (by(), name()).prop_map(|(by, name)| Command::ClearPassword { by, name }),
        3 => (by(), name(), settings()).prop_map(|(by, name, settings)| Command::SaveSettings { by, name, settings }),
    ];
    let tokens = prop_oneof![
        4 => (by(), name()).prop_map(|(by, name)| Command::GenerateKey { by, name }),
        1 => (by(), name()).prop_map(|(by, name)| Command::ResetKey { by, name }),
        8 => (by(), user(), given()).prop_map(|(by, user, given)| Command::CreateToken { by, user, given }),
        2 => (by(), user()).prop_map(|(by, user)| Command::ListTokens { by, user }),
        3 => (by(), any::<usize>(), weighted(0.3, name())).prop_map(|(by, token, user)| {
            Command::RevokeOne { by, token, user }
        }),
        1 => (by(), user()).prop_map(|(by, user)| Command::RevokeAll { by, user }),
    ];
    let group = prop_oneof![6 => select(&GROUPS[..5]), 1 => select(&GROUPS[..])];
    let things = prop_oneof![
        6 => (by(), any::<bool>(), group.clone(), of(scopes()), of(groups()), weighted(0.2, any::<bool>()))
            .prop_map(|(by, new, key, scopes, inside, default)| {
                Command::PutGroup { by, new, key, scopes, inside, default }
            }),
        2 => (by(), group).prop_map(|(by, key)| Command::RemoveGroup { by, key }),
        4 => (by(), any::<bool>(), place(), of(select(&["Lamp", "Door"][..])), of(of(name())))
            .prop_map(|(by, new, (kind, id), name, owner)| {
                Command::PutResource { by, new, kind, id, name, owner }
            }),
        1 => (by(), place()).prop_map(|(by, (kind, id))| Command::RemoveResource { by, kind, id }),
        4 => (by(), name(), place(), weighted(0.7, level())).prop_map(|(by, user, (kind, id), level)| {
            Command::Link { by, user, kind, id, level }
        }),
    ];
    prop_oneof![5 => accounts.boxed(), 3 => tokens.boxed(), 3 => things.boxed()].boxed()
}
