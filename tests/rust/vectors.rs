//! The vectors that the core and the package share.
use std::collections::{BTreeMap, BTreeSet};

use doorward::model::Code;
use doorward::store::memory::Memory;
use doorward::store::{Commit, Key, Mutation, Range, Store, encode_key, limits, upper_bound};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

fn vector<T: DeserializeOwned>(name: &str) -> T {
    let text = std::fs::read_to_string(format!("tests/vectors/{name}")).expect("the vectors are there");
    serde_json::from_str(&text).expect("vectors are JSON of this form")
}

#[test]
fn limits_are_those_of_the_package() {
    let ours = [
        ("keyElements", limits::KEY_ELEMENTS),
        ("keyElementBytes", limits::KEY_ELEMENT_BYTES),
        ("keyBytes", limits::KEY_BYTES),
        ("valueBytes", limits::VALUE_BYTES),
        ("readRanges", limits::READ_RANGES),
        ("rangeEntries", limits::RANGE_ENTRIES),
        ("checks", limits::CHECKS),
        ("mutations", limits::MUTATIONS),
    ];
    let ours: BTreeMap<String, usize> =
        ours.into_iter().map(|(name, limit)| (name.to_owned(), limit)).collect();
    assert_eq!(ours, vector::<BTreeMap<String, usize>>("limits.json"));
}

#[test]
fn codes_are_those_of_the_package() {
    use Code::{
        AccountDisabled, AlreadyExists, BadCredentials, Busy, Conflict, CurrentPasswordRequired,
        CurrentPasswordWrong, Denied, ExpiredToken, GroupCycle, HashFailed, Internal, InvalidArgument,
        InvalidCatalogue, InvalidCommit, InvalidEmail, InvalidId, InvalidKey, InvalidName, InvalidPassword,
        InvalidPolicy, InvalidRange, InvalidSettings, InvalidToken, LastAdmin, LimitExceeded, LockedOut,
        NotFound, OwnAccount, SecondFactorRequired, SecondFactorWrong, SetupDone, SetupNeeded, StoreClosed,
        StoreCorrupt, StoreFailed, StoreFull, StoreTimeout, StoreTooNew, UnknownField, UnknownGroup,
        UnknownKind, UnknownScope, UnknownToken, Unsupported,
    };
    let ours = [
        AccountDisabled,
        AlreadyExists,
        BadCredentials,
        Busy,
        Conflict,
        CurrentPasswordRequired,
        CurrentPasswordWrong,
        Denied,
        ExpiredToken,
        GroupCycle,
        HashFailed,
        Internal,
        InvalidArgument,
        InvalidCatalogue,
        InvalidCommit,
        InvalidEmail,
        InvalidId,
        InvalidKey,
        InvalidName,
        InvalidPassword,
        InvalidPolicy,
        InvalidRange,
        InvalidSettings,
        InvalidToken,
        LastAdmin,
        LimitExceeded,
        LockedOut,
        NotFound,
        OwnAccount,
        SecondFactorRequired,
        SecondFactorWrong,
        SetupDone,
        SetupNeeded,
        StoreClosed,
        StoreCorrupt,
        StoreFailed,
        StoreFull,
        StoreTimeout,
        StoreTooNew,
        UnknownField,
        UnknownGroup,
        UnknownKind,
        UnknownScope,
        UnknownToken,
        Unsupported,
    ];
    let ours: BTreeSet<String> = ours.map(|code| code.as_str().to_owned()).into();
    // What only the package can run into.
    let theirs = ["notInitialized", "initFailed", "initConflict", "offline", "invalidFile"];
    let all: BTreeSet<String> = ours.into_iter().chain(theirs.map(str::to_owned)).collect();
    let table: BTreeMap<String, String> = vector("errors.json");
    assert_eq!(all, table.into_keys().collect());
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<KeyVector>,
    prefixes: Vec<PrefixVector>,
    /// As text: some hold lone surrogates, which no Rust string does.
    invalid: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct KeyVector {
    key: Key,
    hex: String,
}

#[derive(Deserialize)]
struct PrefixVector {
    prefix: Key,
    start: String,
    end: String,
    below: Vec<usize>,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn keys_are_encoded_as_everywhere() {
    let vectors: Keys = vector("keys.json");
    for KeyVector { key, hex: expected } in &vectors.keys {
        assert_eq!(&hex(&encode_key(key).unwrap()), expected, "{key:?}");
    }
    let encoded: Vec<_> = vectors.keys.iter().map(|vector| encode_key(&vector.key).unwrap()).collect();
    assert!(encoded.is_sorted_by(|a, b| a < b), "the keys of the vectors are in order");
    for invalid in &vectors.invalid {
        if let Ok(key) = serde_json::from_str::<Key>(invalid.get()) {
            assert_eq!(encode_key(&key).unwrap_err().code(), Code::InvalidKey, "{}", invalid.get());
        }
    }
}

#[test]
fn prefixes_bound_what_is_below_them() {
    let vectors: Keys = vector("keys.json");
    let store = Memory::new();
    let set = |vector: &KeyVector| Mutation::Set { set: vector.key.clone(), value: vector.hex.clone() };
    let commit = Commit { checks: Vec::new(), mutations: vectors.keys.iter().map(set).collect() };
    pollster::block_on(store.commit(&commit)).unwrap();
    for PrefixVector { prefix, start, end, below } in vectors.prefixes {
        if !prefix.is_empty() {
            assert_eq!(hex(&encode_key(&prefix).unwrap()), start, "{prefix:?}");
        }
        assert_eq!(hex(&upper_bound(&prefix)), end, "{prefix:?}");
        let mut expected: Vec<&str> = below.iter().map(|&at| vectors.keys[at].hex.as_str()).collect();
        for reverse in [false, true] {
            let range = Range::Below { prefix: prefix.clone(), after: None, limit: 1000, reverse };
            let found = pollster::block_on(store.read(&[range])).unwrap().remove(0);
            assert_eq!(found.iter().map(|entry| entry.value.as_str()).collect::<Vec<_>>(), expected);
            expected.reverse();
        }
    }
}
