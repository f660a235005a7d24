//! Several doors on one store, and in `troubles` stores that fail. Every interleaving comes from a seed, so that a failure repeats.

mod troubles;

use doorward::model::{Code, KindReach, Reach, Result, Status, TokenKind};
use doorward::rules::{GroupPatch, ResourcePatch, UserDraft};
use doorward::service::{KeyForm, NewToken, NewUser, Revocation, UserChanges, UserQuery};

use crate::invariants;
use crate::random::cases;
use crate::shaky::{self, Shop, Street, Task, Visit, race, secret};
use crate::support::run;

const PASSWORD: &str = "correct horse";

fn seeds() -> std::ops::Range<u64> {
    0..u64::from(cases(400))
}

fn code<T>(result: &Result<T>) -> Option<Code> {
    result.as_ref().err().map(doorward::model::Error::code)
}

fn user(name: &str, admin: bool) -> NewUser {
    let mut new = NewUser { password: Some(secret(PASSWORD)), ..NewUser::default() };
    new.draft = UserDraft { name: name.into(), admin, ..UserDraft::default() };
    new
}

fn access(user: Option<&str>) -> NewToken {
    let user = user.map(str::to_owned);
    NewToken {
        user,
        name: "key".into(),
        kind: TokenKind::Access,
        scopes: None,
        reach: None,
        expires: None,
        form: KeyForm::Doorward,
    }
}

fn renamed(name: &str) -> UserChanges {
    let mut changes = UserChanges::default();
    changes.patch.name = Some(name.into());
    changes
}

fn turned(status: Option<Status>, admin: Option<bool>) -> UserChanges {
    let mut changes = UserChanges::default();
    (changes.patch.status, changes.patch.admin) = (status, admin);
    changes
}

/// Two administrators, `ann` and `bea`, and `bob`; a door for each of three processes.
struct Scene {
    street: Street,
    doors: Vec<Shop>,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let street = Street::new(seed, "doorward");
        let doors = run(async {
            let doors = vec![street.open().await, street.open().await, street.open().await];
            let draft = UserDraft { name: "ann".into(), ..UserDraft::default() };
            let (ann, _) = doors[0].set_up(draft, &secret(PASSWORD), "").await.unwrap();
            ann.create_user(user("bea", true)).await.unwrap();
            ann.create_user(user("bob", false)).await.unwrap();
            doors
        });
        Self { street, doors }
    }

    fn visit(&self, door: usize, name: &str) -> Visit {
        run(self.doors[door].log_in(name, &secret(PASSWORD), None, "")).unwrap().0
    }

    fn race<T>(&self, tasks: Vec<Task<'_, T>>) -> Vec<T> {
        let results = race(&self.street.dice, tasks);
        invariants::check(&self.street.store.memory);
        results
    }

    fn admins_left(&self) -> usize {
        let query = UserQuery { limit: 100, ..UserQuery::default() };
        let page = run(self.doors[2].local().list_users(&query)).unwrap();
        page.users.iter().filter(|view| view.admin() && view.user.status == Status::Active).count()
    }
}

#[test]
fn of_one_name_there_is_one_user() {
    for seed in seeds() {
        let scene = Scene::new(seed);
        let names = ["Carl", "carl", "CARL"];
        let local: Vec<Visit> = scene.doors.iter().map(Shop::local).collect();
        let adding = names.iter().zip(&local).map(|(name, local)| -> Task<'_, _> {
            Box::pin(async move { code(&local.create_user(user(name, false)).await) })
        });
        let mut results = scene.race(adding.collect());
        results.sort_by_key(Option::is_some);
        assert_eq!(results, [None, Some(Code::AlreadyExists), Some(Code::AlreadyExists)], "seed {seed}");
    }
}

#[test]
fn of_several_renames_to_one_name_one_wins() {
    for seed in seeds() {
        let scene = Scene::new(seed);
        let local: Vec<Visit> = scene.doors.iter().map(Shop::local).collect();
        let mut results = scene.race(vec![
            Box::pin(async { code(&local[0].edit_user("bea", renamed("zoe")).await) }),
            Box::pin(async { code(&local[1].edit_user("bob", renamed("Zoe")).await) }),
            Box::pin(async { code(&local[2].create_user(user("ZOE", false)).await) }),
        ]);
        results.sort_by_key(Option::is_some);
        assert_eq!(results, [None, Some(Code::AlreadyExists), Some(Code::AlreadyExists)], "seed {seed}");
    }
}

#[test]
fn of_several_set_ups_one_wins() {
    for seed in seeds() {
        let street = Street::new(seed, "doorward");
        let doors = run(async { [street.open().await, street.open().await, street.open().await] });
        let names = ["ann", "bea", "cay"];
        let password = secret(PASSWORD);
        let tasks = names.iter().zip(&doors).map(|(name, door)| -> Task<'_, _> {
            let draft = UserDraft { name: (*name).into(), ..UserDraft::default() };
            let password = &password;
            Box::pin(async move { code(&door.set_up(draft, password, "").await) })
        });
        let mut results = race(&street.dice, tasks.collect());
        results.sort_by_key(Option::is_some);
        assert_eq!(results, [None, Some(Code::SetupDone), Some(Code::SetupDone)], "seed {seed}");
        invariants::check(&street.store.memory);
        let page = run(doors[0].local().list_users(&UserQuery { limit: 9, ..UserQuery::default() })).unwrap();
        assert_eq!(page.users.len(), 1, "seed {seed}");
    }
}

/// One of the ways to take an administrator away.
async fn oust(by: &Visit, name: &str, way: usize) -> Result<()> {
    match way {
        0 => by.delete_user(name).await,
        1 => by.edit_user(name, turned(Some(Status::Disabled), None)).await.map(drop),
        2 => by.edit_user(name, turned(Some(Status::Locked), None)).await.map(drop),
        _ => by.edit_user(name, turned(None, Some(false))).await.map(drop),
    }
}

#[test]
fn two_administrators_who_oust_each_other() {
    for seed in seeds() {
        let scene = Scene::new(seed);
        let (ann, bea) = (scene.visit(0, "ann"), scene.visit(1, "bea"));
        let (one, two) = (scene.street.dice.roll(4), scene.street.dice.roll(4));
        let results = scene.race(vec![
            Box::pin(async { code(&oust(&ann, "bea", one).await) }),
            Box::pin(async { code(&oust(&bea, "ann", two).await) }),
        ]);
        assert_eq!(scene.admins_left(), 1, "seed {seed}: ways {one} and {two}, {results:?}");
        assert_eq!(results.iter().filter(|result| result.is_none()).count(), 1, "seed {seed}: {results:?}");
    }
}

#[test]
fn the_last_two_administrators_ousted_from_two_machines() {
    for seed in seeds() {
        let scene = Scene::new(seed);
        let (one, two) = (scene.street.dice.roll(4), scene.street.dice.roll(4));
        let local: Vec<Visit> = scene.doors.iter().map(Shop::local).collect();
        let mut results = scene.race(vec![
            Box::pin(async { code(&oust(&local[0], "bea", one).await) }),
            Box::pin(async { code(&oust(&local[1], "ann", two).await) }),
        ]);
        results.sort_by_key(Option::is_some);
        assert_eq!(scene.admins_left(), 1, "seed {seed}: ways {one} and {two}, {results:?}");
        assert_eq!(results, [None, Some(Code::LastAdmin)], "seed {seed}");
    }
}

#[test]
fn an_administrators_group_emptied_while_the_others_go() {
    for seed in seeds() {
        let scene = Scene::new(seed);
        let local: Vec<Visit> = scene.doors.iter().map(Shop::local).collect();
        run(async {
            let scopes = Some(["admin".to_owned()].into());
            local[0].add_group("chiefs", GroupPatch { scopes, ..GroupPatch::default() }).await.unwrap();
            let changes = UserChanges { groups: Some(vec!["chiefs".into()]), ..UserChanges::default() };
            local[0].edit_user("bea", changes).await.unwrap();
        });
        let (way, edited) = (scene.street.dice.roll(4), scene.street.dice.roll(2) == 0);
        scene.race::<()>(vec![
            Box::pin(async {
                let _ = oust(&local[0], "ann", way).await;
            }),
            Box::pin(async {
                if edited {
                    let empty = GroupPatch { scopes: Some([].into()), ..GroupPatch::default() };
                    let _ = local[1].edit_group("chiefs", empty).await;
                } else {
                    let _ = local[1].remove_group("chiefs").await;
                }
            }),
        ]);
        assert_eq!(scene.admins_left(), 1, "seed {seed}: way {way}, edited {edited}");
    }
}

#[test]
fn what_is_made_for_a_user_while_he_goes_does_not_outlive_him() {
    for seed in seeds() {
        let scene = Scene::new(seed);
        let local: Vec<Visit> = scene.doors.iter().map(Shop::local).collect();
        let bob = scene.visit(1, "bob");
        let way = scene.street.dice.roll(7);
        run(async {
            let mut changes = UserChanges::default();
            changes.patch.reach = Some(Reach([("thing".to_owned(), KindReach::All)].into()));
            local[0].edit_user("bob", changes).await.unwrap();
            let token = local[0].create_token(access(Some("bob"))).await.unwrap();
            scene.doors[1].authenticate(token.value.reveal()).await.unwrap();
        });
        let results = scene.race(vec![
            Box::pin(async { code(&local[0].delete_user("bob").await) }),
            Box::pin(async {
                match way {
                    0 => code(&bob.create_token(access(None)).await),
                    1 => code(&bob.generate_api_key("bob").await),
                    2 => code(&scene.doors[1].log_in("bob", &secret(PASSWORD), None, "").await),
                    3 => {
                        let owner = Some(Some("bob".to_owned()));
                        code(&local[1].add_resource("thing", "lamp", ResourcePatch::default(), owner).await)
                    }
                    4 => code(&local[1].set_link("bob", "network", "n1", None).await),
                    5 => code(&scene.doors[1].flush().await),
                    _ => code(&local[1].change_password("bob", &secret("another horse"), None).await),
                }
            }),
        ]);
        assert_eq!(results[0], None, "seed {seed}: way {way}, {results:?}");
        let left = run(local[2].get_user("bob"));
        assert_eq!(code(&left), Some(Code::NotFound), "seed {seed}");
    }
}

#[test]
fn a_new_password_ends_log_ins_with_the_old_one() {
    for seed in seeds() {
        let scene = Scene::new(seed);
        let local = scene.doors[0].local();
        let value = std::cell::RefCell::new(None);
        scene.race::<()>(vec![
            Box::pin(async {
                local.change_password("bob", &secret("another horse"), None).await.unwrap();
            }),
            Box::pin(async {
                let session = scene.doors[1].log_in("bob", &secret(PASSWORD), None, "").await;
                *value.borrow_mut() = session.ok().map(|(_, value)| value);
            }),
        ]);
        if let Some(value) = value.into_inner() {
            let later = run(scene.doors[2].authenticate(value.reveal()));
            assert_eq!(code(&later), Some(Code::UnknownToken), "seed {seed}");
        }
    }
}

#[test]
fn tokens_revoked_while_others_are_made_are_counted() {
    for seed in seeds() {
        let scene = Scene::new(seed);
        let local: Vec<Visit> = scene.doors.iter().map(Shop::local).collect();
        let bob = scene.visit(1, "bob");
        let results = scene.race(vec![
            Box::pin(async { local[0].revoke_tokens(Revocation::All, Some("bob")).await.ok() }),
            Box::pin(async { local[2].revoke_tokens(Revocation::All, Some("bob")).await.ok() }),
            Box::pin(async { bob.create_token(access(None)).await.ok().map(|_| 1) }),
        ]);
        let left = run(local[0].list_tokens(Some("bob"))).unwrap().len();
        let gone = results[0].unwrap() + results[1].unwrap();
        assert_eq!(gone + left, 1 + results[2].unwrap_or(0), "seed {seed}: {results:?}");
    }
}

#[test]
fn wrong_passwords_in_parallel_are_all_counted() {
    // Of a user, of one who has no password, of one who is disabled, of nobody: one answer for all.
    for (name, doors) in [("bob", 3), ("key", 3), ("off", 3), ("nobody", 1)] {
        for seed in seeds().take(100) {
            let scene = Scene::new(seed);
            let local = scene.doors[0].local();
            run(async {
                local.create_user(NewUser { password: None, ..user("key", false) }).await.unwrap();
                local.create_user(user("off", false)).await.unwrap();
                local.edit_user("off", turned(Some(Status::Disabled), None)).await.unwrap();
            });
            let wrong = secret("wrong horse");
            let tasks = (0..12).map(|at| -> Task<'_, _> {
                let (door, wrong) = (&scene.doors[at % doors], &wrong);
                Box::pin(async move { code(&door.log_in(name, wrong, None, "").await) })
            });
            let results = scene.race(tasks.collect());
            let count = |wanted| results.iter().filter(|code| **code == Some(wanted)).count();
            let counts = (count(Code::BadCredentials), count(Code::LockedOut));
            assert_eq!(counts, (5, 7), "{name}, seed {seed}: {results:?}");
            let lines = scene.street.host.handle.emitted.borrow();
            let failed = lines.iter().filter(|line| line.action.name() == "loginFailed").count();
            assert_eq!(failed, 12, "{name}, seed {seed}: every attempt is in the audit");
        }
    }
}

/// Anything, by the machine's owner, on few names.
async fn anything(by: &Visit, dice: &shaky::Dice) {
    let name = ["ann", "bea", "bob", "cay"][dice.roll(4)];
    let other = ["bob", "cay", "dee"][dice.roll(3)];
    let id = ["a", "b"][dice.roll(2)];
    let owner = || Some((dice.roll(3) > 0).then(|| name.to_owned()));
    // Refusals are as good as success here: what counts is the state they leave.
    match dice.roll(14) {
        0 => drop(by.create_user(user(other, dice.roll(3) == 0)).await),
        1 => drop(by.edit_user(name, renamed(other)).await),
        2 | 3 => drop(oust(by, name, dice.roll(4)).await),
        4 => drop(by.edit_user(name, turned(Some(Status::Active), Some(true))).await),
        5 => drop(by.create_token(access(Some(name))).await),
        6 => drop(by.generate_api_key(name).await),
        7 => drop(by.revoke_tokens(Revocation::All, Some(name)).await),
        8 => drop(by.set_link(name, "thing", id, Some(1)).await),
        9 => drop(by.add_resource("thing", id, ResourcePatch::default(), owner()).await),
        10 => drop(by.edit_resource("thing", id, ResourcePatch::default(), owner()).await),
        11 => drop(by.remove_resource("thing", id).await),
        12 => drop(by.change_password(name, &secret("another horse"), None).await),
        _ => drop(by.reset_api_key(name).await),
    }
}

#[test]
fn whatever_three_doors_do_at_once_the_records_agree() {
    for seed in seeds() {
        let scene = Scene::new(seed);
        let dice = scene.street.dice.clone();
        let tasks = (0..6).map(|at| -> Task<'_, ()> {
            let (local, dice) = (scene.doors[at % 3].local(), dice.clone());
            Box::pin(async move {
                for _ in 0..4 {
                    anything(&local, &dice).await;
                }
            })
        });
        scene.race(tasks.collect());
        assert!(scene.admins_left() > 0, "seed {seed}");
    }
}
