//! A naive Doorward: maps and lists, no keys, no indexes, no bits, no store. For every command it says why it has to be
//! refused, in whatever order, and what it changes if it is not.
//!
//! Written from the design, not from the rules: what is a bit set there is a search here, and whether one set of rights
//! lies within another is asked scope by scope and resource by resource.

mod accounts;
mod commands;
mod names;
mod things;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};

pub use commands::{Command, Fields, Given};
use doorward::model::Code;
pub use names::{EMAILS, NAMES, PASSWORDS};

/// All scopes of the tests' catalogue, with what each implies directly.
pub const SCOPES: [(&str, &[&str]); 14] = [
    ("admin", &[]),
    ("self.read", &[]),
    ("self.manage", &["self.read"]),
    ("users.read", &[]),
    ("users.manage", &["users.read"]),
    ("groups.read", &[]),
    ("groups.manage", &["groups.read"]),
    ("resources.read", &[]),
    ("resources.manage", &["resources.read"]),
    ("audit.read", &[]),
    ("printer.view", &[]),
    ("printer.start", &["printer.view"]),
    ("heating.set", &[]),
    ("house", &["printer.start", "heating.set"]),
];

/// Resources the tests speak of; those called `witness` stand for all that nobody names.
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

/// Per kind: all (`None`), or ids with levels.
pub type Reach = BTreeMap<String, Option<BTreeMap<String, Option<i64>>>>;

pub fn covers(reach: &Reach, (kind, id): (&str, &str)) -> bool {
    match reach.get(kind) {
        Some(None) => true,
        Some(Some(ids)) => ids.contains_key(id),
        None => false,
    }
}

/// Does one scope bring the other along?
pub fn brings(given: &str, wanted: &str) -> bool {
    given == "admin"
        || given == wanted
        || SCOPES
            .iter()
            .any(|(name, implied)| *name == given && implied.iter().any(|next| brings(next, wanted)))
}

fn known(scope: &str) -> bool {
    SCOPES.iter().any(|(name, _)| *name == scope)
}

#[derive(Debug, Clone, PartialEq)]
pub struct User {
    pub id: u64,
    pub name: String,
    /// Login names that find him are compared in this form.
    pub key: String,
    pub display: String,
    pub email: String,
    pub status: &'static str,
    pub password: Option<String>,
    pub scopes: BTreeSet<String>,
    pub groups: BTreeSet<u32>,
    pub reach: Reach,
    pub failures: u32,
    pub last_failed: Option<u64>,
    pub last_login: Option<u64>,
    pub settings: BTreeMap<String, String>,
    /// A group of his has gone since his record was last written.
    pub stale: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub number: u64,
    pub id: String,
    pub owner: u64,
    pub kind: &'static str,
    pub name: String,
    pub scopes: Option<BTreeSet<String>>,
    pub reach: Option<Reach>,
    pub expires: Option<u64>,
    pub primary: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub id: u32,
    pub key: String,
    pub scopes: BTreeSet<String>,
    pub inside: BTreeSet<u32>,
    pub default: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    pub kind: String,
    pub id: String,
    pub name: String,
    pub owner: Option<u64>,
}

/// Something that has to be in the audit: what, and on whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub what: &'static str,
    pub user: Option<u64>,
    pub on: Option<String>,
    pub ok: bool,
}

#[derive(Debug, Clone)]
pub struct Model {
    pub preset: &'static str,
    pub now: u64,
    pub users: Vec<User>,
    pub tokens: Vec<Token>,
    pub groups: Vec<Group>,
    pub resources: Vec<Resource>,
    /// Wrong passwords for names nobody has.
    pub strangers: BTreeMap<String, (u32, u64)>,
    pub last_user: u64,
    pub last_token: u64,
    pub last_group: u32,
    /// What the last command has to leave in the audit.
    pub lines: Vec<Line>,
}

/// Who acts: nobody's token means the machine's owner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Actor {
    Local,
    /// By the token of this number.
    Token(u64),
}

impl Model {
    pub fn new(preset: &'static str, now: u64) -> Self {
        let group = |id, key: &str, scopes: &[&str], default| Group {
            id,
            key: key.into(),
            scopes: scopes.iter().map(|&scope| scope.into()).collect(),
            inside: BTreeSet::new(),
            default,
        };
        Self {
            preset,
            now,
            users: Vec::new(),
            tokens: Vec::new(),
            groups: vec![group(1, "admins", &["admin"], false), group(2, "users", &[], true)],
            resources: Vec::new(),
            strangers: BTreeMap::new(),
            last_user: 0,
            last_token: 0,
            last_group: 2,
            lines: Vec::new(),
        }
    }

    pub fn user(&self, id: u64) -> &User {
        self.users.iter().find(|user| user.id == id).expect("the model lost a user")
    }

    pub fn user_mut(&mut self, id: u64) -> &mut User {
        self.users.iter_mut().find(|user| user.id == id).expect("the model lost a user")
    }

    pub fn named(&self, name: &str) -> Option<&User> {
        let key = names::looked_up(self.preset, name);
        self.users.iter().find(|user| user.key == key)
    }

    pub fn token(&self, number: u64) -> Option<&Token> {
        self.tokens.iter().find(|token| token.number == number)
    }

    pub fn group(&self, key: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.key == key)
    }

    fn group_gives(&self, id: u32, scope: &str) -> bool {
        self.groups.iter().find(|group| group.id == id).is_some_and(|group| {
            group.scopes.iter().any(|given| brings(given, scope))
                || group.inside.iter().any(|&inner| self.group_gives(inner, scope))
        })
    }

    /// Does a group hold another, itself included?
    fn group_holds(&self, outer: u32, inner: u32) -> bool {
        outer == inner
            || self
                .groups
                .iter()
                .find(|group| group.id == outer)
                .is_some_and(|group| group.inside.iter().any(|&next| self.group_holds(next, inner)))
    }

    /// Was the user given the scope, directly or by a group?
    pub fn given(&self, user: &User, scope: &str) -> bool {
        user.scopes.iter().any(|given| brings(given, scope))
            || user.groups.iter().any(|&group| self.group_gives(group, scope))
    }

    pub fn is_admin(&self, user: &User) -> bool {
        self.given(user, "admin")
    }

    pub fn active_admins(&self) -> usize {
        self.users.iter().filter(|user| user.status == "active" && self.is_admin(user)).count()
    }

    fn guards_last_admin(&self) -> bool {
        self.preset == "doorward"
    }

    pub fn reaches(&self, user: &User, place: (&str, &str)) -> bool {
        self.is_admin(user) || covers(&user.reach, place)
    }

    /// The rights of a user, narrowed by a token.
    pub fn holds_by(&self, user: &User, token: &Token, scope: &str) -> bool {
        let own_account = scope == "self.manage" || scope == "self.read";
        (own_account || self.given(user, scope))
            && token.scopes.as_ref().is_none_or(|limit| limit.iter().any(|given| brings(given, scope)))
    }

    pub fn reaches_by(&self, user: &User, token: &Token, place: (&str, &str)) -> bool {
        self.reaches(user, place) && token.reach.as_ref().is_none_or(|limit| covers(limit, place))
    }

    pub fn holds(&self, actor: Actor, scope: &str) -> bool {
        match actor {
            Actor::Local => true,
            Actor::Token(number) => {
                self.token(number).is_some_and(|token| self.holds_by(self.user(token.owner), token, scope))
            }
        }
    }

    pub fn actor_reaches(&self, actor: Actor, place: (&str, &str)) -> bool {
        match actor {
            Actor::Local => true,
            Actor::Token(number) => {
                self.token(number).is_some_and(|token| self.reaches_by(self.user(token.owner), token, place))
            }
        }
    }

    pub fn own(&self, actor: Actor) -> Option<u64> {
        match actor {
            Actor::Local => None,
            Actor::Token(number) => self.token(number).map(|token| token.owner),
        }
    }

    fn own_token(&self, actor: Actor) -> Option<&Token> {
        match actor {
            Actor::Local => None,
            Actor::Token(number) => self.token(number),
        }
    }

    fn limited(&self, actor: Actor) -> bool {
        self.own_token(actor).is_some_and(|token| token.scopes.is_some() || token.reach.is_some())
    }

    /// Why this credential does not work now.
    pub fn ended(&self, actor: Actor) -> Vec<Code> {
        let Actor::Token(number) = actor else { return Vec::new() };
        let Some(token) = self.token(number) else { return vec![Code::UnknownToken] };
        self.rests(token)
    }

    fn rests(&self, token: &Token) -> Vec<Code> {
        let mut why = Vec::new();
        if token.expires.is_some_and(|at| at <= self.now) {
            why.push(Code::ExpiredToken);
        }
        if self.user(token.owner).status != "active" {
            why.push(Code::AccountDisabled);
        }
        why
    }

    /// Does the actor hold all that the user was given, and reach all that he reaches?
    fn above(&self, actor: Actor, user: &User) -> bool {
        SCOPES.iter().all(|(scope, _)| !self.given(user, scope) || self.holds(actor, scope))
            && PLACES.iter().all(|&place| !self.reaches(user, place) || self.actor_reaches(actor, place))
    }

    /// May the actor use this user's credentials?
    fn may_manage(&self, actor: Actor, user: &User) -> bool {
        if self.own(actor) == Some(user.id) {
            self.holds(actor, "self.manage")
        } else {
            self.holds(actor, "users.manage") && self.above(actor, user)
        }
    }

    /// The user a command is about. Who may not see him must not learn whether there is one.
    fn target(&self, actor: Actor, name: &str, why: &mut Vec<Code>) -> Option<u64> {
        let found = self.named(name).map(|user| user.id);
        let own = found.is_some() && found == self.own(actor);
        if !self.holds(actor, if own { "self.read" } else { "users.read" }) {
            why.push(Code::Denied);
            return None;
        }
        if found.is_none() {
            why.push(Code::NotFound);
        }
        found
    }

    fn note(&mut self, what: &'static str, user: Option<u64>) {
        self.lines.push(Line { what, user, on: None, ok: true });
    }

    fn note_on(&mut self, what: &'static str, user: Option<u64>, on: String) {
        self.lines.push(Line { what, user, on: Some(on), ok: true });
    }

    fn drop_token(&mut self, number: u64) {
        self.tokens.retain(|token| token.number != number);
    }
}
