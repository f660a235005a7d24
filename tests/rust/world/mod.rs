//! Somebody with a limited token who tries everything to get further.

use std::collections::BTreeSet;

use doorward::model::sorted::Set;
use doorward::model::{Digest, KindReach, Reach, Secret, Status, Token, TokenId, TokenKind, User, UserId};
use doorward::rules::{GroupPatch, ScopeBits, UserDraft};
use doorward::service::{KeyForm, NewToken, NewUser, Session, UserChanges};
use doorward::store::memory::Memory;

use crate::shaky::Dice;
use crate::support::{self, Handle};

/// Resources to ask about; the last ones stand for all those nobody names.
pub const PLACES: [(&str, &str); 9] = [
    ("thing", "a"),
    ("thing", "b"),
    ("thing", "c"),
    ("network", "a"),
    ("network", "b"),
    ("network", "c"),
    ("thing", "witness"),
    ("network", "witness"),
    ("other", "witness"),
];

type Live = Session<Memory, Handle>;

pub fn user() -> User {
    User {
        id: UserId::new(1).unwrap(),
        name: "ann".into(),
        name_key: "ann".into(),
        display_name: String::new(),
        email: String::new(),
        country: String::new(),
        status: Status::Active,
        password: None,
        scopes: Set::new(),
        groups: Set::new(),
        failed_logins: 0,
        last_failed: None,
        last_login: None,
        intro_reviewed: false,
        data: None,
        settings: Default::default(),
        role: String::new(),
        totp: None,
        api_key: None,
        imported: None,
        created: 0,
        updated: 0,
    }
}

pub fn token(scopes: Option<Set<String>>, reach: Option<Reach>) -> Token {
    Token {
        id: TokenId::from_random([1; 16]),
        number: 1,
        user: UserId::new(1).unwrap(),
        kind: TokenKind::Access,
        name: "key".into(),
        digest: Digest([1; 32]),
        scopes,
        reach,
        created: 0,
        expires: None,
        primary: false,
    }
}

const SCOPES: [&str; 11] = [
    "admin",
    "self.read",
    "self.manage",
    "users.manage",
    "groups.manage",
    "resources.manage",
    "audit.read",
    "printer.view",
    "printer.start",
    "heating.set",
    "house",
];

fn some_scopes(dice: &Dice) -> Set<String> {
    (0..dice.roll(4)).map(|_| SCOPES[dice.roll(SCOPES.len())].to_owned()).collect()
}

fn some_reach(dice: &Dice) -> Reach {
    let kind = |name: &str| {
        let ids = (0..dice.roll(3)).map(|_| (["a", "b", "c"][dice.roll(3)].to_owned(), None)).collect();
        (name.to_owned(), if dice.roll(4) == 0 { KindReach::All } else { KindReach::Only(ids) })
    };
    Reach(["thing", "network"].into_iter().filter(|_| dice.roll(2) == 0).map(kind).collect())
}

/// What a session may do, as it says itself: scopes, and scopes on places.
fn abilities(session: &Live) -> BTreeSet<(usize, Option<usize>)> {
    let mut all = BTreeSet::new();
    for scope in 0..SCOPE_COUNT {
        if session.can(scope as u32, -1) {
            all.insert((scope, None));
        }
        for (at, (kind, id)) in PLACES.iter().enumerate() {
            let handle = session.intern(kind, id).unwrap();
            if session.can(scope as u32, handle as i32) {
                all.insert((scope, Some(at)));
            }
        }
    }
    all
}

/// All built-in scopes and those of the tests.
const SCOPE_COUNT: usize = 14;

struct Attacker {
    session: Live,
    local: Live,
    dice: Dice,
    story: Vec<String>,
}

impl Attacker {
    fn within(
        &self,
        theirs: &BTreeSet<(usize, Option<usize>)>,
        own: &BTreeSet<(usize, Option<usize>)>,
        what: &str,
    ) {
        let beyond: Vec<_> = theirs.difference(own).collect();
        assert!(beyond.is_empty(), "{what} goes beyond: {beyond:?}\n{:#?}", self.story);
    }

    fn bits_within(&self, bits: &ScopeBits, own: &BTreeSet<(usize, Option<usize>)>, what: &str) {
        let theirs = bits.iter().map(|number| (number, None)).collect();
        self.within(&theirs, own, what);
    }

    /// A user whose credentials or rights the attacker has touched holds no more than the attacker did.
    async fn user_within(&self, name: &str, own: &BTreeSet<(usize, Option<usize>)>) {
        let (view, reach) = self.local.get_user(name).await.unwrap();
        self.bits_within(&view.bits, own, name);
        // Places the attacker reaches with anything at all.
        let reached = |at: usize| own.iter().any(|(_, place)| *place == Some(at));
        for (at, (kind, id)) in PLACES.iter().enumerate() {
            let theirs = view.admin() || reach.covers(kind, id);
            assert!(
                !theirs || reached(at) || own.is_empty(),
                "{name} reaches {kind}/{id}\n{:#?}",
                self.story
            );
        }
    }

    fn new_token(&self, user: Option<&str>) -> NewToken {
        NewToken {
            user: user.map(str::to_owned),
            name: "key".into(),
            kind: TokenKind::Access,
            scopes: (self.dice.roll(2) == 0).then(|| some_scopes(&self.dice)),
            reach: (self.dice.roll(3) == 0).then(|| some_reach(&self.dice)),
            expires: None,
            form: KeyForm::Doorward,
        }
    }

    /// One attempt; gives the value of a token it got.
    async fn try_one(&mut self, own: &BTreeSet<(usize, Option<usize>)>) -> Option<Secret> {
        let dice = self.dice.clone();
        let name = ["ann", "bea", "bob", "cay"][dice.roll(4)];
        let key = ["users", "lab", "crew"][dice.roll(3)];
        let groups =
            || (dice.roll(3) == 0).then(|| vec![["users", "lab", "admins"][dice.roll(3)].to_owned()]);
        match dice.roll(8) {
            0 => {
                let draft = UserDraft {
                    name: "cay".into(),
                    scopes: some_scopes(&dice),
                    reach: some_reach(&dice),
                    admin: dice.roll(4) == 0,
                    ..UserDraft::default()
                };
                let new =
                    NewUser { draft, password: Some(Secret::new("correct horse".into())), groups: groups() };
                if self.session.create_user(new.clone()).await.is_ok() {
                    self.story.push(format!("added {new:?}"));
                    self.user_within("cay", own).await;
                }
                None
            }
            1 => {
                let mut changes = UserChanges { groups: groups(), ..UserChanges::default() };
                changes.patch.scopes = (dice.roll(2) == 0).then(|| some_scopes(&dice));
                changes.patch.reach = (dice.roll(2) == 0).then(|| some_reach(&dice));
                changes.patch.admin = (dice.roll(4) == 0).then_some(true);
                changes.patch.display_name = Some(dice.roll(9).to_string());
                let touches = changes.patch.scopes.is_some()
                    || changes.patch.reach.is_some()
                    || changes.patch.admin.is_some()
                    || changes.groups.is_some();
                let before = self.local.get_user(name).await.ok();
                if self.session.edit_user(name, changes.clone()).await.is_ok() {
                    self.story.push(format!("edited {name}: {changes:?}"));
                    let (old, old_reach) = before.unwrap();
                    let (new, new_reach) = self.local.get_user(name).await.unwrap();
                    let mine = self.session.me().is_ok_and(|me| me.user.is_some_and(|me| me.name == name));
                    let changed = (&old.user.scopes, &old.user.groups, old_reach)
                        != (&new.user.scopes, &new.user.groups, new_reach);
                    // The own record may be touched as long as no right in it changes.
                    if touches && (changed || !mine) {
                        self.user_within(name, own).await;
                    }
                }
                None
            }
            2 => {
                let created = self.session.create_token(self.new_token(None)).await.ok()?;
                self.story.push(format!("made {:?}", created.view));
                Some(created.value)
            }
            3 => {
                let created = self.session.create_token(self.new_token(Some(name))).await.ok()?;
                self.story.push(format!("made {:?}", created.view));
                Some(created.value)
            }
            4 => {
                let value = self.session.generate_api_key(name).await.ok()?;
                self.story.push(format!("generated the key of {name}"));
                Some(value)
            }
            5 => {
                let mine = self.session.me().is_ok_and(|me| me.user.is_some_and(|me| me.name == name));
                let password = Secret::new("another horse".into());
                if self.session.change_password(name, &password, None).await.is_ok() {
                    self.story.push(format!("set the password of {name}"));
                    assert!(!mine, "a limited token set the own password without the old one");
                    self.user_within(name, own).await;
                }
                None
            }
            _ => {
                let patch = GroupPatch {
                    scopes: (dice.roll(3) > 0).then(|| some_scopes(&dice)),
                    subgroups: (dice.roll(3) == 0).then(|| vec!["lab".to_owned()]),
                    ..GroupPatch::default()
                };
                let put = if dice.roll(2) == 0 {
                    self.session.add_group(key, patch.clone()).await
                } else {
                    self.session.edit_group(key, patch.clone()).await
                };
                if put.is_ok() {
                    self.story.push(format!("group {key}: {patch:?}"));
                    let mut probe =
                        UserChanges { groups: Some(vec![key.to_owned()]), ..UserChanges::default() };
                    probe.patch.scopes = Some(Set::new());
                    let (view, _) = self.local.edit_user("probe", probe).await.unwrap();
                    self.bits_within(&view.bits, own, key);
                }
                None
            }
        }
    }
}

/// An administrator, or somebody of fewer rights, makes a limited token; whoever has it goes on by it, and by every
/// token he gets.
pub async fn through_a_token(seed: u64) {
    let (door, _) = support::door("doorward").await;
    let dice = Dice::new(seed + 1);
    let password = || Secret::new("correct horse".to_owned());
    let draft = |name: &str| UserDraft { name: name.into(), ..UserDraft::default() };
    let (ann, _) = door.set_up(draft("ann"), &password(), "").await.unwrap();
    let lab = GroupPatch { scopes: Some(some_scopes(&dice)), ..GroupPatch::default() };
    ann.add_group("lab", lab).await.unwrap();
    for name in ["bea", "bob", "probe"] {
        let draft = UserDraft { scopes: some_scopes(&dice), reach: some_reach(&dice), ..draft(name) };
        let groups = (dice.roll(2) == 0).then(|| vec!["lab".to_owned()]);
        ann.create_user(NewUser { draft, password: Some(password()), groups }).await.unwrap();
    }
    let mut limits = some_scopes(&dice);
    limits.extend(["users.manage".to_owned(), "self.manage".to_owned(), "groups.manage".to_owned()]);
    limits.remove("admin");
    let owner = ["ann", "ann", "bea"][dice.roll(3)];
    let new = NewToken {
        user: Some(owner.to_owned()),
        name: "limited".into(),
        kind: TokenKind::ApiKey,
        scopes: Some(limits),
        reach: (dice.roll(3) > 0).then(|| some_reach(&dice)),
        expires: None,
        form: KeyForm::Doorward,
    };
    let value = door.local().create_token(new).await.unwrap().value;
    let session = door.authenticate(value.reveal()).await.unwrap();
    let mut attacker = Attacker { session, local: door.local(), dice, story: Vec::new() };
    for _ in 0..25 {
        if attacker.session.refresh().await.is_err() {
            return;
        }
        let own = abilities(&attacker.session);
        if let Some(value) = attacker.try_one(&own).await {
            let Ok(session) = door.authenticate(value.reveal()).await else { continue };
            let mut theirs = abilities(&session);
            let whose = session.me().unwrap();
            if whose.token.as_ref().is_some_and(|token| token.scopes.is_none()) {
                // The own-account scopes everybody holds on himself concern the owner's account alone.
                theirs.retain(|(scope, _)| ![1, 2].contains(scope));
            }
            attacker.within(&theirs, &own, "a token");
            if attacker.dice.roll(2) == 0 {
                attacker.session = session;
            }
        }
    }
}
