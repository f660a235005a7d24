//! Is the service where the model is?

use std::collections::BTreeSet;

use doorward::model::{AuditEntry, KindReach, Outcome, Reach, TokenKind};
use doorward::service::{Order, Session, TokenView, UserQuery, UserView};
use doorward::store::memory::Memory;

use super::{Driver, reach};
use crate::invariants;
use crate::naive::{self, Actor, Command, Line, PASSWORDS, PLACES, SCOPES};
use crate::support::Handle;

type Live = Session<Memory, Handle>;

fn naive_reach(reach: &Reach) -> naive::Reach {
    let ids = |kind: &KindReach| match kind {
        KindReach::All => None,
        KindReach::Only(ids) => Some(ids.clone().into_iter().collect()),
    };
    reach.0.iter().map(|(kind, reach)| (kind.clone(), ids(reach))).collect()
}

fn line(entry: &AuditEntry) -> Line {
    let on = &entry.on;
    let place = on.kind.as_ref().zip(on.id.as_ref()).map(|(kind, id)| format!("{kind}/{id}"));
    Line {
        what: entry.action.name(),
        user: on.user_id,
        on: on.group.clone().or(place),
        ok: entry.outcome == Outcome::Ok,
    }
}

impl Driver {
    pub(super) async fn compare(&mut self, at: usize, command: &Command) {
        let case = format!("after step {at} of {}: {command:?}", self.preset);
        assert_eq!(self.door.needs_setup(), self.model.users.is_empty(), "set-up needed {case}");
        self.compare_users(at, &case).await;
        self.compare_tokens(&case).await;
        self.compare_things(&case).await;
        self.compare_sessions(&case);
        self.compare_audit(&case);
        invariants::check(&self.host.store);
        self.no_secrets(&case);
    }

    async fn pages(&self, order: Order, limit: usize, search: Option<&str>) -> Vec<UserView> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let search = search.map(str::to_owned);
            let page =
                self.local.list_users(&UserQuery { limit, after, search, order }).await.expect("a page");
            let count = page.users.len();
            all.extend(page.users);
            after = page.next;
            if after.is_none() {
                return all;
            }
            assert_eq!(count, limit, "only the last page is short");
        }
    }

    async fn compare_users(&self, at: usize, case: &str) {
        let limit = 1 + at * 7 % 4;
        let mut by_id: Vec<&naive::User> = self.model.users.iter().collect();
        by_id.sort_by_key(|user| user.id);
        let mut by_name = by_id.clone();
        by_name.sort_by(|a, b| a.key.as_bytes().cmp(b.key.as_bytes()));
        let found = self.pages(Order::Id, limit, None).await;
        assert_eq!(ids(&found), model_ids(&by_id), "users by id {case}");
        assert_eq!(
            ids(&self.pages(Order::Name, limit, None).await),
            model_ids(&by_name),
            "users by name {case}"
        );
        let begins = ["b", "ann", "e", "do"][at % 4];
        by_name.retain(|user| user.key.starts_with(begins));
        let searched = self.pages(Order::Name, limit, Some(begins)).await;
        assert_eq!(ids(&searched), model_ids(&by_name), "users who begin with {begins} {case}");
        for (view, user) in found.iter().zip(&by_id) {
            self.compare_user(view, user, case).await;
        }
    }

    async fn compare_user(&self, view: &UserView, user: &naive::User, case: &str) {
        let case = format!("{} {case}", user.name);
        let record = &view.user;
        assert_eq!(record.name, user.name, "name {case}");
        assert_eq!(record.display_name, user.display, "display name {case}");
        assert_eq!(record.email, user.email, "e-mail {case}");
        assert_eq!(record.status.name(), user.status, "status {case}");
        assert_eq!(record.password.is_some(), user.password.is_some(), "password {case}");
        assert_eq!(record.scopes, user.scopes.iter().cloned().collect(), "direct scopes {case}");
        let counted = (record.failed_logins, record.last_failed, record.last_login);
        assert_eq!(counted, (user.failures, user.last_failed, user.last_login), "log-ins {case}");
        assert_eq!(record.settings, user.settings.clone().into_iter().collect(), "settings {case}");
        let key = self.model.tokens.iter().any(|token| token.owner == user.id && token.primary);
        assert_eq!(record.api_key.is_some(), key, "API key {case}");
        let groups: BTreeSet<&String> = view.groups.iter().collect();
        let expected = self.model.groups.iter().filter(|group| user.groups.contains(&group.id));
        assert_eq!(groups, expected.map(|group| &group.key).collect(), "groups {case}");
        for (scope, _) in SCOPES {
            let number = self.door.catalogue().number(scope).expect("a scope");
            assert_eq!(view.bits.contains(number), self.model.given(user, scope), "{scope} of {case}");
        }
        let (_, found) = self.local.get_user(&user.name).await.expect("a user of the list can be got");
        assert_eq!(naive_reach(&found), user.reach, "reach {case}");
    }

    async fn compare_tokens(&mut self, case: &str) {
        let ends = self.model.tokens.iter().filter_map(|token| Some((token.number, token.expires?)));
        self.expiries.extend(ends);
        for user in self.model.users.clone() {
            let found = self.local.list_tokens(Some(&user.name)).await.expect("the tokens of a user");
            self.compare_list(&self.local, Some(&user.name), &found);
            for view in &found {
                let known = self.ids.iter().find(|(_, number)| *number == view.token.number);
                match known {
                    Some((id, _)) => assert_eq!(*id, view.token.id, "a token keeps its id {case}"),
                    None => self.ids.push((view.token.id, view.token.number)),
                }
            }
        }
    }

    pub(super) fn compare_list(&self, by: &Live, user: Option<&str>, found: &[TokenView]) {
        let me = by.me().ok();
        let name =
            user.map(str::to_owned).or_else(|| me.as_ref()?.user.as_ref().map(|user| user.name.clone()));
        let owner = self.model.named(&name.expect("somebody's tokens")).expect("a user");
        let mut expected: Vec<&naive::Token> =
            self.model.tokens.iter().filter(|token| token.owner == owner.id).collect();
        expected.sort_by_key(|token| token.number);
        let numbers = |list: &[&naive::Token]| list.iter().map(|token| token.number).collect::<Vec<_>>();
        let listed: Vec<u64> = found.iter().map(|view| view.token.number).collect();
        assert_eq!(listed, numbers(&expected), "the tokens of {}", owner.name);
        let current = me.and_then(|me| me.token).map(|token| token.number);
        for (view, token) in found.iter().zip(expected) {
            assert_eq!(view.owner, owner.name);
            assert_eq!(view.current, current == Some(token.number));
            assert_eq!(view.token.kind, TokenKind::parse(token.kind).expect("a kind"));
            assert_eq!(
                (&view.token.name, view.token.expires, view.token.primary),
                (&token.name, token.expires, token.primary)
            );
            let scopes = token.scopes.clone().map(|scopes| scopes.into_iter().collect());
            assert_eq!(view.token.scopes, scopes, "scopes of {token:?}");
            assert_eq!(view.token.reach, token.reach.as_ref().map(reach), "reach of {token:?}");
        }
    }

    async fn compare_things(&self, case: &str) {
        let found = self.local.list_groups().await.expect("groups");
        let seen: Vec<_> = found
            .iter()
            .map(|view| {
                let inside: BTreeSet<u32> = view.group.subgroups.iter().map(|id| id.0).collect();
                let scopes: BTreeSet<&String> = view.group.scopes.iter().collect();
                (view.group.id.0, &view.group.key, scopes, inside, view.group.default)
            })
            .collect();
        let expected: Vec<_> = (self.model.groups.iter())
            .map(|group| {
                (group.id, &group.key, group.scopes.iter().collect(), group.inside.clone(), group.default)
            })
            .collect();
        assert_eq!(seen, expected, "groups {case}");
        for kind in ["thing", "network"] {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = self.local.list_resources(kind, 2, after.as_deref()).await.expect("resources");
                found.extend(page.resources);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let found: Vec<_> =
                found.into_iter().map(|view| (view.resource.id, view.resource.name, view.owner)).collect();
            let mut expected: Vec<_> = (self.model.resources.iter())
                .filter(|resource| resource.kind == kind)
                .map(|resource| {
                    let owner = resource.owner.map(|id| self.model.user(id).name.clone());
                    (resource.id.clone(), resource.name.clone(), owner)
                })
                .collect();
            expected.sort();
            assert_eq!(found, expected, "resources of kind {kind} {case}");
        }
    }

    fn compare_sessions(&self, case: &str) {
        let catalogue = self.door.catalogue();
        for (session, number) in &self.sessions {
            let actor = Actor::Token(*number);
            // Between two calls a session knows of no clock: expiry bites at its next call.
            if self.expiries.get(number).is_some_and(|&at| at <= self.model.now) {
                continue;
            }
            let live = self.model.ended(actor).is_empty();
            for (scope, _) in SCOPES {
                let held = live && self.model.holds(actor, scope);
                let bit = catalogue.number(scope).expect("a scope") as u32;
                let asked = format!("{scope} by token {number} {case}");
                assert_eq!(session.can(bit, -1), held, "{asked}");
                assert_eq!(session.explain(scope, None).allowed, held, "{asked}, explained");
                for (kind, id) in PLACES {
                    let handle = session.intern(kind, id).expect("a handle");
                    let may = held && self.model.actor_reaches(actor, (kind, id));
                    let asked = format!("{asked} on {kind}/{id}");
                    assert_eq!(session.can(bit, handle as i32), may, "{asked}");
                    assert_eq!(session.filter(bit, &[handle]).len(), usize::from(may), "{asked}, filtered");
                    assert_eq!(session.explain(scope, Some((kind, id))).allowed, may, "{asked}, explained");
                }
            }
        }
    }

    fn compare_audit(&mut self, case: &str) {
        let emitted = self.host.emitted.borrow();
        let new = &emitted[self.seen_lines..];
        let mut found: Vec<Line> = new.iter().map(line).collect();
        let mut expected = self.model.lines.clone();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "the audit {case}");
        let stored = self.host.store.dump().into_iter().filter(|(key, _)| key[0] == "audit").count();
        assert_eq!(stored, emitted.len(), "what is told is what is kept {case}");
        self.seen_lines = emitted.len();
        self.had_admin |= self.model.active_admins() > 0;
        if self.preset == "doorward" && self.had_admin {
            assert!(self.model.active_admins() > 0, "an administrator is left {case}");
        }
    }

    fn no_secrets(&self, case: &str) {
        let dump = self.host.store.dump();
        let told = format!("{:?}", self.host.emitted.borrow());
        let known = || self.values.iter().map(|(value, _)| value.reveal());
        for secret in known().chain(PASSWORDS.into_iter().filter(|password| password.len() > 5)) {
            let leaked = dump.iter().find(|(key, value)| {
                value.contains(secret) || key.iter().any(|element| element.contains(secret))
            });
            assert_eq!(leaked, None, "a secret in the store {case}");
            assert!(!told.contains(secret), "a secret in what is told {case}");
        }
    }
}

fn ids(users: &[UserView]) -> Vec<u64> {
    users.iter().map(|view| view.user.id.get()).collect()
}

fn model_ids(users: &[&naive::User]) -> Vec<u64> {
    users.iter().map(|user| user.id).collect()
}
