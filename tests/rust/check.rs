//! The check of a store: what Doorward itself has written is in order, each kind of damage is found, what can be mended is
//! as it was before, and a writer beside it is no damage.

use std::cell::Cell;

use doorward::model::{Action, KindReach, Reach};
use doorward::service::{Door, Fault, Finding, Host, NewUser, Store, UserChanges};
use doorward::store::memory::Memory;
use doorward::store::{Commit, Key, Mutation};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::damage::{self, house};
use crate::driver::{Driver, command};
use crate::invariants;
use crate::naive::Command;
use crate::random::{cases, kept_in};
use crate::shaky::{Street, Task, race};
use crate::support::run;

async fn checked<S: Store, H: Host>(door: &Door<S, H>, repair: bool) -> Vec<Finding> {
    let mut check = door.check(repair);
    let mut found = Vec::new();
    loop {
        let step = check.step().await.unwrap();
        found.extend(step.found);
        if step.done {
            return found;
        }
    }
}

/// What is not of the audit: a repair leaves an entry there, and on an empty store the format. No count of somebody's tokens is
/// as good as a count of none.
fn dump(store: &Memory) -> Vec<(Key, String)> {
    let all = store.dump();
    let users: Vec<&Key> = all.iter().map(|(key, _)| key).filter(|key| key[0] == "user").collect();
    let of_nothing = |key: &Key, value: &str| {
        key[0] == "tokenCount" && value == "0" && users.iter().any(|user| user[1..] == key[1..])
    };
    let counts =
        |key: &Key, value: &str| !key[0].starts_with("audit") && key[0] != "meta" && !of_nothing(key, value);
    all.iter().filter(|(key, value)| counts(key, value)).cloned().collect()
}

async fn lived(preset: &'static str, commands: &[Command]) -> Driver {
    let mut driver = Driver::new(preset).await;
    for (at, command) in commands.iter().enumerate() {
        driver.step(at, command).await;
    }
    driver.door.flush().await.unwrap();
    driver
}

fn in_order(preset: &'static str, commands: &[Command]) {
    run(async {
        let driver = lived(preset, commands).await;
        let before = driver.host.store.dump();
        for repair in [false, true] {
            assert_eq!(checked(&driver.door, repair).await, [], "nothing is wrong");
        }
        assert_eq!(driver.host.store.dump(), before, "and nothing was written");
    });
}

proptest! {
    #![proptest_config(kept_in("tests/rust/regressions/check.txt", 64))]

    #[test]
    fn what_doorward_writes_is_in_order(commands in vec(command(), 1..60)) {
        in_order("doorward", &commands);
    }

    #[test]
    fn with_keys_that_are_shown(commands in vec(command(), 1..60)) {
        in_order("octoprint", &commands);
    }

    /// Whatever is done to the indexes, they follow from the records.
    #[test]
    fn indexes_are_mended_to_what_they_were(
        commands in vec(command(), 1..40),
        blows in vec(damage::blow(), 1..12),
    ) {
        run(async {
            let driver = lived("doorward", &commands).await;
            let store = &driver.host.store;
            let before = dump(store);
            for blow in &blows {
                blow.strike(store).await;
            }
            let hurt = dump(store) != before;
            let found = checked(&driver.door, false).await;
            assert_eq!(!found.is_empty(), hurt, "what is damaged is found: {found:?}");
            assert!(found.iter().all(|finding| finding.fault.mendable() && !finding.mended));
            let mended = checked(&driver.door, true).await;
            assert!(mended.iter().all(|finding| finding.mended));
            assert_eq!(dump(store), before, "{mended:?}");
            invariants::check(store);
            assert_eq!(checked(&driver.door, false).await, []);
        });
    }
}

fn key(elements: &[&str]) -> Key {
    elements.iter().map(|&element| element.to_owned()).collect()
}

const ANN: &str = "0000000000000001";
const BOB: &str = "0000000000000002";
const GONE: &str = "0000000000000009";

async fn write(store: &Memory, key: Key, value: Option<&str>) {
    let mutation = match value {
        Some(value) => Mutation::Set { set: key, value: value.to_owned() },
        None => Mutation::Delete { delete: key },
    };
    store.commit(&Commit { checks: Vec::new(), mutations: vec![mutation] }).await.unwrap();
}

fn value_at(store: &Memory, wanted: &Key) -> String {
    store.dump().into_iter().find(|(key, _)| key == wanted).unwrap_or_else(|| panic!("{wanted:?}")).1
}

/// The first key of a family whose value has all of this in it.
fn one_of(store: &Memory, family: &str, with: &[&str]) -> Key {
    let fits = |value: &str| with.iter().all(|part| value.contains(part));
    let found = store.dump().into_iter().find(|(key, value)| key[0] == family && fits(value));
    found.unwrap_or_else(|| panic!("no {family} with {with:?}")).0
}

#[test]
fn a_house_with_everything_is_in_order() {
    run(async {
        let (door, host) = house().await;
        assert_eq!(checked(&door, false).await, []);
        let families: std::collections::BTreeSet<String> =
            host.store.dump().into_iter().map(|(key, _)| key[0].clone()).collect();
        for family in [
            "audit",
            "auditCount",
            "barred",
            "email",
            "link",
            "member",
            "meta",
            "name",
            "owned",
            "reach",
            "resource",
            "resourceName",
            "resourceOwner",
            "sealed",
            "secret",
            "seq",
            "token",
            "tokenCount",
            "tokenId",
            "user",
        ] {
            assert!(families.contains(family), "{family}");
        }
    });
}

/// Each is done to a house of its own: the key that is told, and what of it.
#[test]
fn each_damage_is_told_by_its_key_and_mended_where_it_can_be() {
    type Harm = (&'static str, fn(&Memory) -> (Key, Option<String>, Key), Fault);
    let harms: Vec<Harm> = vec![
        ("a name that leads nowhere", |_| harm(&["name", "ghost"], Some("[9,\"ghost\"]")), Fault::Leftover),
        ("a name that is lost", |_| harm(&["name", "ann"], None), Fault::Missing),
        ("a name of somebody else", |_| harm(&["name", "ann"], Some("[2,\"ann\"]")), Fault::Wrong),
        ("an address of who is gone", |_| harm(&["email", "x@y", GONE], Some("9")), Fault::Leftover),
        (
            "an administrator who is none",
            |_| harm(&["member", "@admin", GONE], Some("[9,true]")),
            Fault::Leftover,
        ),
        ("an active one", |_| harm(&["member", "1", ANN], Some("[1,false]")), Fault::Wrong),
        ("a link nobody has", |_| harm(&["link", "thing", "9", ANN], Some("[1,null]")), Fault::Leftover),
        ("a link of another level", |_| harm(&["link", "thing", "7", ANN], Some("[1,2]")), Fault::Wrong),
        ("a last use of nothing", |_| harm(&["seen", ANN, GONE], Some("1")), Fault::Leftover),
        ("a sealed key of who is gone", |_| harm(&["sealed", GONE], Some("\"x\"")), Fault::Leftover),
        ("a count", |_| harm(&["tokenCount", ANN], Some("7")), Fault::Miscounted),
        ("no count", |_| harm(&["tokenCount", BOB], None), Fault::Miscounted),
        ("a count that is no number", |_| harm(&["tokenCount", BOB], Some("{")), Fault::Miscounted),
        ("a count of who is gone", |_| harm(&["tokenCount", GONE], Some("1")), Fault::Orphan),
        ("a reach of who is gone", |_| harm(&["reach", GONE], Some("{\"thing\":\"all\"}")), Fault::Orphan),
        ("numbers that come again", |_| harm(&["seq", "user"], Some("1")), Fault::Behind),
        ("numbers of tokens", |_| harm(&["seq", "token"], None), Fault::Behind),
        ("numbers of networks", |_| harm(&["seq", "network"], Some("3")), Fault::Behind),
        ("an owner's list", |_| harm(&["resourceOwner", ANN, "network", "4"], None), Fault::Missing),
        (
            "a name of a resource",
            |_| harm(&["resourceName", "network", "away", "4"], Some("\"4\"")),
            Fault::Leftover,
        ),
        ("a count of the audit", |_| harm(&["auditCount", "0"], Some("-90")), Fault::Miscounted),
        ("a user who cannot be read", |_| harm(&["user", ANN], Some("{}")), Fault::Unreadable),
        ("text that is no JSON", |_| harm(&["reach", ANN], Some("{\"thing\":{\"7\":1}")), Fault::Unreadable),
        (
            "a resource that cannot be read",
            |_| harm(&["resource", "network", "4"], Some("4")),
            Fault::Unreadable,
        ),
        ("a secret that is none", |_| harm(&["secret", "face"], Some("7")), Fault::Unreadable),
        ("old secrets that are none", |_| harm(&["secret", "face", "old"], Some("7")), Fault::Unreadable),
        ("a sequence that is none", |_| harm(&["seq", "user"], Some("\"2\"")), Fault::Unreadable),
        ("groups that cannot be read", |_| harm(&["groups"], Some("[]")), Fault::Unreadable),
        ("a barred token", |_| harm(&["barred", ANN, "x"], Some("[2,\"x\"]")), Fault::Misplaced),
        ("a family of nobody's", |_| harm(&["filling", "1"], Some("1")), Fault::Foreign),
        ("a key of one element", |_| harm(&["user"], Some("1")), Fault::Foreign),
        ("a user by no number", |_| harm(&["user", "1"], Some("{}")), Fault::Foreign),
        ("a format of something else", |_| harm(&["meta", "x"], Some("1")), Fault::Foreign),
        (
            "a group that contains itself",
            |_| {
                let group = r#"{"id":7,"key":"lab","name":"","description":"","scopes":[],"subgroups":[7],"default":false,"changeable":true,"removable":true,"assignable":true}"#;
                harm(&["groups"], Some(&format!(r#"{{"next":8,"list":[{group}]}}"#)))
            },
            Fault::Senseless,
        ),
        (
            "a token that is lost to its owner",
            |store| {
                let owned = one_of(store, "owned", &[]);
                (owned.clone(), None, owned)
            },
            Fault::Missing,
        ),
        (
            "a token that is lost to its id",
            |store| {
                let id = one_of(store, "tokenId", &[]);
                (id.clone(), Some("\"x\"".to_owned()), id)
            },
            Fault::Wrong,
        ),
        (
            "a token in the place of another",
            |store| {
                let (ann, bob) =
                    (one_of(store, "token", &["\"user\":1"]), one_of(store, "token", &["\"user\":2"]));
                (ann.clone(), Some(value_at(store, &bob)), ann)
            },
            Fault::Misplaced,
        ),
        (
            "an API key that is gone",
            |store| (one_of(store, "token", &["\"user\":1", "\"primary\":true"]), None, key(&["user", ANN])),
            Fault::Dangling,
        ),
        (
            "a resource of who is gone",
            |store| {
                let at = key(&["resource", "network", "4"]);
                let value = value_at(store, &at).replace("\"owner\":1", "\"owner\":9");
                (at.clone(), Some(value), at)
            },
            Fault::Dangling,
        ),
        (
            "a group that has never been given out",
            |store| {
                let at = key(&["user", ANN]);
                (at.clone(), Some(value_at(store, &at).replace("\"groups\":[1]", "\"groups\":[1,99]")), at)
            },
            Fault::Senseless,
        ),
        (
            "a second user of one name",
            |store| {
                let at = key(&["user", BOB]);
                let value = value_at(store, &at).replace("\"key\":\"bob\"", "\"key\":\"ann\"");
                (at, Some(value), key(&["name", "ann"]))
            },
            Fault::Clash,
        ),
        (
            "an entry of the audit in another place",
            |store| {
                let entry = one_of(store, "audit", &["userAdded"]);
                let at = key(&["audit", ANN, "0123456789abcdef"]);
                (at.clone(), Some(value_at(store, &entry)), at)
            },
            Fault::Misplaced,
        ),
    ];
    for (what, harm, fault) in harms {
        run(async {
            let (door, host) = house().await;
            let (at, value, told) = harm(&host.store);
            write(&host.store, at, value.as_deref()).await;
            let found = checked(&door, false).await;
            let wanted = Finding { key: told.clone(), fault, mended: false };
            assert!(found.contains(&wanted), "{what}: {found:?}");
            let mended = checked(&door, true).await;
            let wanted = Finding { key: told, fault, mended: fault.mendable() };
            assert!(mended.contains(&wanted), "{what}: {mended:?}");
            let left = checked(&door, false).await;
            assert!(left.iter().all(|finding| !finding.fault.mendable()), "{what}: {left:?}");
            if mended.iter().all(|finding| finding.mended) {
                assert_eq!(left, [], "{what}");
                invariants::check(&host.store);
                let page = door.local().list_audit(10, None).await.unwrap();
                let told = page.entries.iter().filter(|entry| entry.action == Action::StoreRepaired).count();
                assert!(told > 0, "{what}: the audit tells of it");
            }
        });
    }
}

fn harm(elements: &[&str], value: Option<&str>) -> (Key, Option<String>, Key) {
    (key(elements), value.map(str::to_owned), key(elements))
}

/// A user whose record is gone, and nothing else: his tokens let nobody in, and go; of the others all stays.
#[test]
fn of_who_is_gone_nothing_is_left() {
    run(async {
        let (door, host) = house().await;
        write(&host.store, key(&["user", ANN]), None).await;
        let mended = checked(&door, true).await;
        assert!(mended.iter().all(|finding| finding.mended), "{mended:?}");
        assert_eq!(checked(&door, false).await, []);
        invariants::check(&host.store);
        for (key, value) in dump(&host.store) {
            assert!(!key.iter().any(|element| element == ANN), "{key:?}");
            assert!(!value.contains("\"owner\":1"), "{key:?}");
        }
        let left = door.local().list_tokens(Some("bob")).await.unwrap();
        assert_eq!(left.len(), 2, "bob has his own");
    });
}

/// What stands behind a record that cannot be read is nobody's leftover.
#[test]
fn what_cannot_be_judged_is_left_alone() {
    run(async {
        let (door, host) = house().await;
        let before = dump(&host.store);
        write(&host.store, key(&["user", ANN]), Some("{\"id\":1")).await;
        let found = checked(&door, true).await;
        assert_eq!(found, [Finding { key: key(&["user", ANN]), fault: Fault::Unreadable, mended: false }]);
        let after = dump(&host.store);
        assert_eq!(after.len(), before.len());
        assert_eq!(before.iter().zip(&after).filter(|(one, other)| one != other).count(), 1);
    });
}

/// A reach of more links than one snapshot takes.
#[test]
fn a_reach_of_thousands_is_checked_in_parts() {
    run(async {
        let (door, host) = house().await;
        let local = door.local();
        let links = (0..4000).map(|id| (format!("lamp-{id}"), None)).collect();
        let mut changes = UserChanges::default();
        changes.patch.reach = Some(Reach([("thing".to_owned(), KindReach::Only(links))].into()));
        local.edit_user("bob", changes).await.unwrap();
        assert_eq!(checked(&door, false).await, []);
        let before = dump(&host.store);
        for lost in ["lamp-0", "lamp-1999", "lamp-3999"] {
            write(&host.store, key(&["link", "thing", lost, BOB]), None).await;
        }
        let found = checked(&door, true).await;
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(dump(&host.store), before);
    });
}

/// etcd takes 128 checks in a commit unless it is told otherwise.
#[test]
fn links_are_mended_one_by_one() {
    let street = Street::new(1, "doorward");
    run(async {
        let door = street.open().await;
        let local = door.local();
        for name in ["ann", "bob"] {
            let mut new = NewUser::default();
            new.draft.name = name.to_owned();
            local.create_user(new).await.unwrap();
        }
        let links = (0..200).map(|id| (format!("lamp-{id}"), None)).collect();
        let mut changes = UserChanges::default();
        changes.patch.reach = Some(Reach([("thing".to_owned(), KindReach::Only(links))].into()));
        local.edit_user("bob", changes).await.unwrap();
        let store = &street.store.memory;
        let before = dump(store);
        let at = |id: &str| key(&["link", "thing", id, BOB]);
        write(store, at("lamp-1"), None).await;
        write(store, at("lamp-2"), Some("[2,7]")).await;
        write(store, at("stove"), Some("[2,null]")).await;
        street.store.checks.set(0);
        let found = checked(&door, true).await;
        let told = [("lamp-1", Fault::Missing), ("lamp-2", Fault::Wrong), ("stove", Fault::Leftover)]
            .map(|(id, fault)| Finding { key: at(id), fault, mended: true });
        assert_eq!(found, told);
        assert_eq!(dump(store), before);
        assert!(street.store.checks.get() < 16, "{}", street.store.checks.get());
        let page = local.list_audit(10, None).await.unwrap();
        let repairs = page.entries.iter().filter(|entry| entry.action == Action::StoreRepaired);
        assert_eq!(repairs.count(), told.len());
    });
}

const WRITERS: usize = 5;

/// While others add, rename, link and remove, nothing of it is taken for damage, and a repair beside them mends what is
/// damaged and nothing else.
#[test]
fn writers_beside_it_are_no_damage() {
    let seeds = u64::from(cases(64));
    // One in a few hundred meets what a look of several instants takes for damage.
    for seed in 0..seeds * 16 {
        let street = Street::new(seed, "doorward");
        let doors: Vec<_> = (0..=WRITERS).map(|_| run(street.open())).collect();
        run(async {
            for at in 0..6 {
                let mut new = NewUser::default();
                new.draft.name = format!("user{at}");
                doors[0].local().create_user(new).await.unwrap();
            }
        });
        let repair = seed % 2 == 1;
        let mutation = Mutation::Delete { delete: key(&["name", "user5"]) };
        if repair {
            let commit = Commit { checks: Vec::new(), mutations: vec![mutation] };
            run(street.store.memory.commit(&commit)).unwrap();
        }
        let writing = Cell::new(WRITERS);
        let writers = (0..WRITERS).map(|number| {
            let (door, dice, writing) = (&doors[number], street.dice.clone(), &writing);
            let writer: Task<'_, Vec<Finding>> = Box::pin(async move {
                let local = door.local();
                for round in 0..40 {
                    let name = format!("user{}", dice.roll(5));
                    match dice.roll(5) {
                        0 => drop(local.delete_user(&name).await),
                        1 => {
                            let mut new = NewUser::default();
                            new.draft.name = name;
                            drop(local.create_user(new).await);
                        }
                        2 => {
                            let mut changes = UserChanges::default();
                            changes.patch.name = Some(format!("user{}", dice.roll(5)));
                            changes.patch.email = Some(format!("{round}@example.org"));
                            drop(local.edit_user(&name, changes).await);
                        }
                        3 => drop(local.set_link(&name, "thing", &round.to_string(), None).await),
                        _ => drop(local.generate_api_key(&name).await),
                    }
                }
                writing.set(writing.get() - 1);
                Vec::new()
            });
            writer
        });
        let mut tasks: Vec<_> = writers.collect();
        tasks.push(Box::pin(async {
            let mut found = Vec::new();
            while writing.get() > 0 {
                found.extend(checked(&doors[WRITERS], repair).await);
            }
            found
        }));
        let found = race(&street.dice, tasks).pop().unwrap();
        if repair {
            let wanted = Finding { key: key(&["name", "user5"]), fault: Fault::Missing, mended: true };
            assert_eq!(found, [wanted], "seed {seed}");
        } else {
            assert_eq!(found, [], "seed {seed}");
        }
        invariants::check(&street.store.memory);
    }
}
