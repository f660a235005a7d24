//! What arbitrary bytes are thrown at: shared by the fuzz targets and by the smoke test. None of these may panic.

#![allow(dead_code, reason = "each target uses one")]

pub mod connections;
pub mod requests;

use std::future::Future;
use std::task::{Context, Poll, Waker};

use doorward::hash::Memory as HashMemory;
use doorward::model::{AuditEntry, Code, Digest, Millis, Phc, Reach, Result, Secret, TokenId, TokenKind};
use doorward::rules::{Catalogue, Policy, Preset, UserDraft};
use doorward::service::{
    Config, Door, Host, KeyForm, LinksOf, NewToken, NewUser, Order, Revocation, Session, UserChanges,
    UserQuery,
};
use doorward::store::memory::Memory;
use doorward::store::{Commit, Key, Mutation, Store, encode_key, upper_bound};

/// Polls to the end: nothing here waits for anything.
fn run<T>(task: impl Future<Output = T>) -> T {
    let mut task = std::pin::pin!(task);
    loop {
        if let Poll::Ready(result) = task.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
    }
}

#[derive(Debug)]
struct Still(std::cell::Cell<u64>);

impl Host for Still {
    fn now(&self) -> Millis {
        1_700_000_000_000
    }

    fn random(&self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0.set(
                self.0.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407),
            );
            *byte = (self.0.get() >> 56) as u8;
        }
    }

    async fn sleep(&self, _: u32) {}

    async fn hash(&self, password: &str, _: (u32, u32, u32)) -> Result<Phc> {
        Ok(Phc::new(format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA${}", password.len())))
    }

    async fn verify(&self, password: &str, phc: &Phc) -> Result<bool> {
        Ok(phc.reveal().ends_with(&format!("${}", password.len())))
    }

    fn emit(&self, _: &[AuditEntry]) {}
}

async fn open(store: &Memory) -> Result<Door<Memory, Still>> {
    let config = Config { policy: Policy::of(Preset::Doorward), catalogue: Catalogue::compile(&[])? };
    Door::open(store.clone(), Still(std::cell::Cell::new(7)), config).await
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

/// A PHC string of any content: an answer or a coded error.
pub fn phc(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // What asks for much memory or many passes is refused or slow; both are tested elsewhere.
    let mut digits = 0;
    let costly = text.chars().any(|c| {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        digits > 2
    });
    if !costly {
        let _ = HashMemory::new().verify(b"password", &text);
    }
}

/// A token value of any content is refused, with one of three codes.
pub fn token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let store = Memory::new();
    let door = run(open(&store)).expect("an empty store opens");
    for value in [text.clone().into_owned(), format!("dw_{text}")] {
        let code = run(door.authenticate(&value)).expect_err("nobody has a token").code();
        assert!([Code::InvalidToken, Code::UnknownToken].contains(&code), "{code:?}");
        let code = run(door.log_in(&value, &secret(&text), None, &text)).expect_err("there is nobody").code();
        let known = [Code::BadCredentials, Code::InvalidPassword, Code::InvalidArgument, Code::LockedOut];
        assert!(known.contains(&code), "{code:?}");
    }
    let _ = TokenId::parse(&text);
    if let Some(digest) = Digest::from_hex(&text) {
        assert_eq!(digest.to_hex(), text.to_lowercase());
    }
}

/// Elements of any content: the order of the encodings is that of the keys, and a prefix bounds what is below it.
pub fn keys(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut keys: Vec<Key> =
        text.split('\n').map(|line| line.split('|').map(str::to_owned).collect()).collect();
    keys.retain(|key| encode_key(key).is_ok());
    for a in &keys {
        let encoded = encode_key(a).expect("it was good");
        for b in &keys {
            assert_eq!(encoded.cmp(&encode_key(b).expect("it was good")), a.cmp(b), "{a:?} and {b:?}");
            let inside = encoded > encode_key(b).expect("it was good") && encoded < upper_bound(b);
            assert_eq!(inside, a.len() > b.len() && a.starts_with(b), "{a:?} below {b:?}");
        }
    }
}

thread_local! {
    static GOOD: (Vec<(Key, String)>, Vec<String>) = {
        let (entries, values) = good();
        (entries, values.iter().map(|value| value.reveal().to_owned()).collect())
    };
}

/// A small good store: what it holds, and the values of tokens in it.
fn good() -> (Vec<(Key, String)>, Vec<Secret>) {
    let store = Memory::new();
    let values: Result<Vec<Secret>> = run(async {
        let door = open(&store).await?;
        let draft =
            |name: &str| UserDraft { name: name.into(), email: format!("{name}@x"), ..UserDraft::default() };
        let (ann, value) = door.set_up(draft("ann"), &secret("correct horse"), "").await?;
        ann.create_user(NewUser {
            draft: draft("bob"),
            password: Some(secret("battery staple")),
            groups: None,
        })
        .await?;
        ann.set_link("bob", "thing", "a", Some(1)).await?;
        ann.add_resource("thing", "a", Default::default(), Some(Some("bob".into()))).await?;
        ann.add_group("lab", Default::default()).await?;
        let key = ann.generate_api_key("bob").await?;
        door.authenticate(value.reveal()).await?;
        door.flush().await?;
        Ok(vec![value, key])
    });
    (store.dump(), values.expect("a good store is made"))
}

/// Numbers and texts that a record should not hold.
const ODD: [&str; 12] = [
    "0",
    "-1",
    "18446744073709551615",
    "9223372036854775807",
    "4294967295",
    "9007199254740992",
    "1e400",
    "null",
    "\"\"",
    "[]",
    "{}",
    "\"\\u0000\"",
];

/// A store in which records were damaged: every call answers or fails with a code. The bytes say which and how.
pub fn records(bytes: &[u8]) {
    let (mut entries, values) = GOOD.with(Clone::clone);
    let mut input = bytes.iter().copied();
    let mut next = || input.next().map(usize::from);
    while let (Some(which), Some(how)) = (next(), next()) {
        let at = which % entries.len();
        let text = &mut entries[at].1;
        let spot = next().unwrap_or(0) * text.len() / 256;
        match how % 5 {
            // A number, or the text that begins here, becomes something odd.
            0 => {
                let numbers: Vec<usize> = text
                    .char_indices()
                    .filter(|&(at, c)| {
                        c.is_ascii_digit() && !text[..at].ends_with(|c: char| c.is_ascii_digit())
                    })
                    .map(|(at, _)| at)
                    .collect();
                if let Some(&start) = numbers.get(spot % numbers.len().max(1)) {
                    let rest = text[start..].trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
                    text.truncate(start);
                    text.push_str(ODD[how / 5 % ODD.len()]);
                    text.push_str(&rest);
                }
            }
            1 => *text = ODD[how / 5 % ODD.len()].to_owned(),
            2 => {
                while !text.is_char_boundary(spot.min(text.len())) {
                    text.pop();
                }
                text.truncate(spot);
            }
            3 => {
                let mut raw = text.clone().into_bytes();
                if let Some(byte) = raw.get_mut(spot) {
                    *byte = (how as u8) ^ *byte & 0x7f;
                }
                *text = String::from_utf8_lossy(&raw).into_owned();
            }
            _ => *text = String::from_utf8_lossy(&bytes[bytes.len().min(spot)..]).into_owned(),
        }
    }
    let store = Memory::new();
    let set = |(set, value): (Key, String)| Mutation::Set { set, value };
    let commit = Commit { checks: Vec::new(), mutations: entries.into_iter().map(set).collect() };
    run(store.commit(&commit)).expect("the memory store takes any text");
    let Ok(door) = run(open(&store)) else { return };
    run(use_all(&door, &values));
}

/// Every call that reads something; what it says does not matter, as long as it says it.
async fn use_all(door: &Door<Memory, Still>, values: &[String]) {
    let local = door.local();
    look(&local).await;
    for value in values {
        if let Ok(session) = door.authenticate(value).await {
            let _ = session.me();
            let _ = session.explain("users.manage", Some(("thing", "a")));
            look(&session).await;
        }
    }
    let _ = door.flush().await;
    for password in ["correct horse", "wrong"] {
        for name in ["ann", "bob"] {
            let _ = door.log_in(name, &secret(password), None, "").await;
        }
    }
    let mut changes = UserChanges::default();
    changes.patch.admin = Some(true);
    changes.patch.reach = Some(Reach::default());
    let _ = local.edit_user("bob", changes).await;
    let draft = UserDraft { name: "cay".into(), ..UserDraft::default() };
    let _ = local.create_user(NewUser { draft, ..NewUser::default() }).await;
    let _ = local.add_group("crew", Default::default()).await;
    let _ = local.edit_group("lab", Default::default()).await;
    let _ = local.remove_group("lab").await;
    let token = NewToken {
        user: Some("bob".into()),
        name: "key".into(),
        kind: TokenKind::Access,
        scopes: None,
        reach: None,
        expires: None,
        form: KeyForm::Doorward,
    };
    let _ = local.create_token(token).await;
    let _ = local.generate_api_key("bob").await;
    let _ = local.revoke_tokens(Revocation::All, Some("bob")).await;
    let _ = local.change_password("bob", &secret("another horse"), None).await;
    let _ = local.remove_resource("thing", "a").await;
    let _ = local.delete_user("bob").await;
    // Often enough that the audit is pruned now and then.
    for _ in 0..8 {
        let _ = door.log_in("nobody", &secret("wrong"), None, "").await;
    }
}

async fn look(session: &Session<Memory, Still>) {
    for order in [Order::Name, Order::Id] {
        let _ = session.list_users(&UserQuery { limit: 10, order, ..UserQuery::default() }).await;
    }
    for name in ["ann", "bob"] {
        let _ = session.get_user(name).await;
        let _ = session.rights(name).await;
        let _ = session.settings(name).await;
        let _ = session.list_tokens(Some(name)).await;
        let _ = session.list_links(&LinksOf::User(name.into())).await;
    }
    let _ = session.list_groups().await;
    let _ = session.list_resources("thing", 10, None).await;
    let _ = session.get_resource("thing", "a").await;
    let _ = session.list_links(&LinksOf::Resource("thing".into(), "a".into())).await;
    let _ = session.list_audit(10, None).await;
}
