//! Stores that throw, lie and forget.

use doorward::model::Code;
use doorward::rules::UserDraft;

use super::{PASSWORD, Scene, code, turned, user};
use crate::invariants;
use crate::shaky::{Street, Task, Trouble, secret};
use crate::support::run;

#[test]
fn a_store_that_throws_changes_nothing_and_can_be_tried_again() {
    for (at, after) in (0..60).flat_map(|at| [(at, false), (at, true)]) {
        let scene = Scene::new(at);
        let store = &scene.street.store;
        let local = scene.doors[0].local();
        let before = store.memory.dump();
        let call = store.calls.get() + 1 + at % 12;
        store.trouble.set(if after { Trouble::ThrowsAfter(call) } else { Trouble::Throws(call) });
        let attempt = || async {
            match at % 4 {
                0 => code(&local.create_user(user("cay", false)).await),
                1 => code(&local.delete_user("bob").await),
                2 => code(&scene.doors[0].log_in("bob", &secret(PASSWORD), None, "").await),
                _ => code(&local.generate_api_key("bob").await),
            }
        };
        let first = run(attempt());
        store.trouble.set(Trouble::None);
        invariants::check(&store.memory);
        let done = store.memory.dump() != before;
        match first {
            None => assert!(done),
            // A log-in reads once more behind its commit.
            Some(code) => {
                assert!(code == Code::StoreFailed && (done == after || at % 4 == 2), "call {at}: {code:?}")
            }
        }
        let expected = match (at % 4, done) {
            (0, true) => Some(Code::AlreadyExists),
            (1, true) => Some(Code::NotFound),
            _ => None,
        };
        assert_eq!(run(attempt()), expected, "call {at}, after {after}: the door goes on");
        invariants::check(&store.memory);
    }
}

#[test]
fn a_set_up_of_which_the_answer_was_lost_is_a_set_up() {
    for at in 1..12 {
        let street = Street::new(at, "doorward");
        let door = run(street.open());
        street.store.trouble.set(Trouble::ThrowsAfter(street.store.calls.get() + at));
        let set_up = || {
            let draft = UserDraft { name: "ann".into(), ..UserDraft::default() };
            run(door.set_up(draft, &secret(PASSWORD), "")).map(drop)
        };
        let first = set_up();
        street.store.trouble.set(Trouble::None);
        let again = set_up();
        assert_eq!(code(&again), Some(Code::SetupDone), "{first:?}");
        invariants::check(&street.store.memory);
        run(door.log_in("ann", &secret(PASSWORD), None, "")).unwrap();
    }
}

#[test]
fn a_store_that_lies_about_conflicts_is_given_up() {
    let scene = Scene::new(1);
    let store = &scene.street.store;
    let local = scene.doors[0].local();
    let before = store.memory.dump();
    store.trouble.set(Trouble::Lies);
    let attempts: [Task<'_, Option<Code>>; 4] = [
        Box::pin(async { code(&local.create_user(user("cay", false)).await) }),
        Box::pin(async { code(&local.delete_user("bob").await) }),
        Box::pin(async { code(&scene.doors[1].log_in("bob", &secret(PASSWORD), None, "").await) }),
        Box::pin(async { code(&scene.doors[1].log_in("nobody", &secret(PASSWORD), None, "").await) }),
    ];
    for attempt in attempts {
        let (commits, sleeps) = (store.commits.get(), scene.street.host.sleeps.get());
        assert_eq!(run(attempt), Some(Code::Conflict));
        let tried = store.commits.get() - commits;
        assert!((2..=64).contains(&tried), "{tried} attempts");
        assert!(scene.street.host.sleeps.get() - sleeps >= tried - 1, "a pause between two attempts");
    }
    assert_eq!(store.memory.dump(), before);
    store.trouble.set(Trouble::None);
    run(local.delete_user("bob")).unwrap();
    invariants::check(&store.memory);
}

#[test]
fn a_store_that_forgets_a_range_is_corrupt() {
    let scene = Scene::new(1);
    scene.street.store.trouble.set(Trouble::Forgets);
    assert_eq!(code(&run(scene.doors[0].local().delete_user("bob"))), Some(Code::StoreCorrupt));
    assert_eq!(code(&run(scene.street.try_open())), Some(Code::StoreCorrupt));
}

#[test]
fn a_session_denies_once_the_store_fails_while_it_looks() {
    let scene = Scene::new(1);
    let (ann, bea) = (scene.visit(0, "ann"), scene.visit(0, "bea"));
    assert!(bea.can(0, -1));
    let store = &scene.street.store;
    // The call that changes somebody's rights is the last that works before the sessions look anew.
    let before = store.calls.get();
    run(ann.edit_user("bob", turned(None, Some(true)))).unwrap();
    let needed = store.calls.get() - before;
    store.trouble.set(Trouble::Throws(store.calls.get() + needed));
    run(ann.edit_user("bob", turned(None, Some(false)))).unwrap();
    store.trouble.set(Trouble::None);
    let held = [ann.can(0, -1), bea.can(0, -1)];
    assert!(held.contains(&false), "whose rights are not known holds none: {held:?}");
    run(bea.refresh()).unwrap();
    run(ann.refresh()).unwrap();
    assert!(ann.can(0, -1) && bea.can(0, -1));
}
