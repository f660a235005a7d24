//! The rules and the service natively, without the border: `npm run bench -- --rust`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a measurement stops where something is wrong"
)]

#[path = "../rust/support/mod.rs"]
mod support;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use doorward::model::{Group, GroupId, Groups, KindReach, Reach, TokenKind};
use doorward::rules::{Catalogue, Rights, ScopeDef};
use doorward::service::{Door, KeyForm, NewToken, NewUser, Session, UserQuery};
use doorward::store::memory::Memory;
use support::{Handle, door, run};

const THINGS: usize = 100_000;
const TOKENS: usize = 5_000;
const USERS: usize = 10_000;

fn thing(at: usize) -> String {
    format!("{at:08x}-0000-4000-8000-{at:012x}")
}

/// Every hundredth thing.
fn reach() -> Reach {
    let ids = (0..THINGS).step_by(100).map(|at| (thing(at), None)).collect();
    Reach([("thing".to_owned(), KindReach::Only(ids))].into_iter().collect())
}

fn user(name: &str) -> NewUser {
    let mut new = NewUser { groups: Some(vec!["users".to_owned()]), ..NewUser::default() };
    new.draft.name = name.to_owned();
    new
}

async fn token(door: &Door<Memory, Handle>, name: &str) -> String {
    let token = NewToken {
        user: Some(name.to_owned()),
        name: "bench".to_owned(),
        kind: TokenKind::ApiKey,
        scopes: None,
        reach: None,
        expires: None,
        form: KeyForm::Doorward,
    };
    door.local().create_token(token).await.unwrap().value.reveal().to_owned()
}

/// Ann, who may start the printer and reaches every hundredth thing.
async fn ann(door: &Door<Memory, Handle>) -> Session<Memory, Handle> {
    let mut new = user("ann");
    new.draft.scopes = ["printer.start".to_owned()].into_iter().collect();
    new.draft.reach = reach();
    door.local().create_user(new).await.unwrap();
    door.authenticate(&token(door, "ann").await).await.unwrap()
}

/// 64 groups, each inside the next, with a scope each.
fn resolution(c: &mut Criterion) {
    let name = |at: u32| format!("device.action{at}");
    let defs: Vec<_> = (0..64)
        .map(|at| ScopeDef {
            name: name(at),
            implies: Vec::new(),
            dangerous: false,
            description: String::new(),
        })
        .collect();
    let catalogue = Catalogue::compile(&defs).unwrap();
    let group = |at: u32| Group {
        id: GroupId(at + 1),
        key: format!("group{at}"),
        name: String::new(),
        description: String::new(),
        scopes: [name(at)].into_iter().collect(),
        subgroups: (at > 0).then_some(GroupId(at)).into_iter().collect(),
        default: false,
        changeable: true,
        removable: true,
        assignable: true,
    };
    let groups = Groups { next: 65, list: (0..64).map(group).collect(), seeded: Default::default() };
    let mut record = run(async {
        let (door, _) = door("doorward").await;
        door.local().create_user(user("ann")).await.unwrap().0.user
    });
    record.groups = [GroupId(64)].into_iter().collect();
    let reach = reach();
    let last = catalogue.number(&name(0)).unwrap();
    assert!(Rights::of(&catalogue, &groups, &record, &reach, None).bits.contains(last));
    c.bench_function("rights of a user, 64 nested groups, reach of 1,000", |b| {
        b.iter(|| Rights::of(&catalogue, &groups, black_box(&record), &reach, None));
    });
}

fn can(c: &mut Criterion) {
    let (_door, session) = run(async {
        let (door, _) = door("doorward").await;
        let session = ann(&door).await;
        (door, session)
    });
    let number = |name: &str| u32::try_from(session.catalogue().number(name).unwrap()).unwrap();
    let (held, lacking) = (number("printer.start"), number("heating.set"));
    let handles: Vec<u32> = (0..THINGS).map(|at| session.intern("thing", &thing(at)).unwrap()).collect();
    let signed: Vec<i32> = handles.iter().map(|&handle| i32::try_from(handle).unwrap()).collect();
    assert!(session.can(held, -1) && !session.can(lacking, -1));
    assert!(session.can(held, signed[0]) && !session.can(held, signed[1]));

    c.bench_function("can(scope)", |b| b.iter(|| session.can(black_box(held), -1)));
    let mut at = 0;
    c.bench_function("can(scope, handle)", |b| {
        b.iter(|| {
            at = (at + 7919) % THINGS;
            session.can(black_box(held), signed[at])
        });
    });
    let some: Vec<u32> = handles.iter().step_by(10).copied().collect();
    assert_eq!(session.filter(held, &some).len(), 1_000);
    let mut group = c.benchmark_group("filter");
    group.throughput(Throughput::Elements(some.len() as u64));
    group.bench_function("10,000 handles", |b| b.iter(|| session.filter(black_box(held), &some)));
    group.finish();
}

fn authenticate(c: &mut Criterion) {
    let (door, values) = run(async {
        let (door, _) = door("doorward").await;
        let mut values = Vec::with_capacity(TOKENS);
        for at in 0..TOKENS / 10 {
            let name = format!("user{at}");
            door.local().create_user(user(&name)).await.unwrap();
            for _ in 0..10 {
                values.push(token(&door, &name).await);
            }
        }
        (door, values)
    });
    let mut at = 0;
    c.bench_function("authenticate, memory, 5,000 tokens", |b| {
        b.iter(|| {
            at = (at + 7919) % values.len();
            run(door.authenticate(&values[at])).unwrap()
        });
    });
}

fn page(c: &mut Criterion) {
    let door = run(async {
        let (door, _) = door("doorward").await;
        for at in 0..USERS {
            door.local().create_user(user(&format!("user{at:05}"))).await.unwrap();
        }
        door
    });
    let session = door.local();
    let query = UserQuery { limit: 100, after: None, search: None, ..UserQuery::default() };
    let far = UserQuery { limit: 1_000, ..query.clone() };
    let next = run(session.list_users(&far)).unwrap().next;
    for (name, after) in [("the first", None), ("one further on", next)] {
        let query = UserQuery { after, ..query.clone() };
        assert_eq!(run(session.list_users(&query)).unwrap().users.len(), 100);
        c.bench_function(&format!("page of 100 out of 10,000 users, {name}"), |b| {
            b.iter(|| run(session.list_users(black_box(&query))).unwrap());
        });
    }
}

criterion_group!(benches, resolution, can, authenticate, page);
criterion_main!(benches);
