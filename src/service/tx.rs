use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use super::door::{Boxed, Inner};
use super::records::{OwnedForm, Record, corrupt, read, write};
use super::{Host, keys};
use crate::model::sorted::{Map, Set};
use crate::model::{
    Action, AuditEntry, Code, Digest, Error, GroupId, Groups, Millis, Outcome, Reach, Result, Status,
    Subject, Token, TokenKind, User, UserId,
};
use crate::rules::{self, Actor, Rights, Who};
use crate::store::{
    Check, Commit, CommitResult, Entry, Key, Mutation, Range, Store, Version, encode_key, limits,
};

/// By what a call acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    /// A token, by digest, and its owner.
    Token(Digest, UserId),
    /// The machine's owner.
    Local,
}

/// A user with what he reaches and what follows from it, as long as none of the four records changes.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) user: User,
    pub(super) token: Token,
    pub(super) rights: Rights,
    pub(super) groups: Rc<Groups>,
    versions: [Option<Version>; 4],
    /// The four records: what one look at the credential asks about.
    look: [Range; 4],
    /// The last use as it is known here.
    pub(super) seen: Cell<Option<Millis>>,
}

impl Resolved {
    /// Are the records behind the credential as they were? Asks for their versions alone.
    pub(super) async fn still_holds<S: Store, H: Host>(&self, door: &Inner<S, H>) -> Result<bool> {
        Ok(door.versions(&self.look).await? == self.versions)
    }

    /// # Errors
    /// `expiredToken`, `accountDisabled`
    pub(super) fn check(&self, now: Millis) -> Result<()> {
        if self.token.expired(now) {
            return Err(Error::refused(Code::ExpiredToken, "token-expiry", "the token has expired"));
        }
        if self.user.status != Status::Active {
            return Err(Error::refused(
                Code::AccountDisabled,
                "account-status",
                "the account is disabled or locked",
            ));
        }
        Ok(())
    }

    pub(super) fn actor(&self) -> Actor {
        let who = Who::User { user: Box::new(self.user.clone()), token: Box::new(self.token.clone()) };
        Actor { who, rights: self.rights.clone() }
    }
}

#[derive(Debug)]
struct Slot {
    version: Option<Version>,
    value: Option<String>,
}

/// One attempt at one operation: what it read, with versions, and what it will write.
///
/// INVARIANT: every key read through [`Tx::get`] is checked at the commit, so that what was decided by it still holds.
/// Ranges are not; what a decision rests on is read by key.
pub(super) struct Tx<'d, S, H> {
    pub(super) door: &'d Inner<S, H>,
    pub(super) now: Millis,
    slots: HashMap<Key, Slot>,
    writes: Map<Key, Option<String>>,
    audit: Vec<AuditEntry>,
}

impl<'d, S: Store, H: Host> Tx<'d, S, H> {
    pub(super) fn new(door: &'d Inner<S, H>) -> Self {
        Self { door, now: door.host.now(), slots: HashMap::new(), writes: Map::new(), audit: Vec::new() }
    }

    /// Reads keys ahead, in one go.
    pub(super) fn fetch(&mut self, wanted: impl IntoIterator<Item = Key>) -> Boxed<'_, Result<()>> {
        let missing: Vec<Key> = wanted.into_iter().filter(|key| !self.slots.contains_key(key)).collect();
        Box::pin(self.fetch_all(missing))
    }

    async fn fetch_all(&mut self, missing: Vec<Key>) -> Result<()> {
        let missing: Vec<Key> = missing.into_iter().collect::<Set<Key>>().into_iter().collect();
        for part in missing.chunks(limits::READ_RANGES) {
            let ranges: Vec<Range> = part.iter().cloned().map(Range::one).collect();
            let snapshot = self.door.read(&ranges).await?;
            for (key, entries) in part.iter().zip(snapshot) {
                let slot = match entries.into_iter().next() {
                    Some(Entry { value, version }) => Slot { version: Some(version), value: Some(value) },
                    None => Slot { version: None, value: None },
                };
                self.slots.insert(key.clone(), slot);
            }
        }
        Ok(())
    }

    /// The value of a key, own writes included.
    pub(super) fn get<'k, 'a: 'k>(&'a mut self, key: &'k Key) -> Boxed<'k, Result<Option<&'a str>>> {
        Box::pin(async move {
            if !self.slots.contains_key(key) {
                self.fetch([key.clone()]).await?;
            }
            if let Some(written) = self.writes.get(key) {
                return Ok(written.as_deref());
            }
            Ok(self.slots.get(key).and_then(|slot| slot.value.as_deref()))
        })
    }

    fn version(&self, key: &Key) -> Option<Version> {
        self.slots.get(key).and_then(|slot| slot.version.clone())
    }

    /// A stretch as it stands; not checked at the commit.
    pub(super) fn scan<'a>(&'a self, range: Range) -> Boxed<'a, Result<Vec<Entry>>> {
        Box::pin(async move { Ok(self.door.read(&[range]).await?.pop().unwrap_or_default()) })
    }

    pub(super) fn set(&mut self, key: Key, value: String) {
        self.writes.insert(key, Some(value));
    }

    pub(super) fn delete(&mut self, key: Key) {
        self.writes.insert(key, None);
    }

    /// A record by key.
    pub(super) async fn record<R: Record>(&mut self, what: &str, key: &Key) -> Result<Option<R>> {
        self.get(key).await?.map(|text| read(what, text)).transpose()
    }

    pub(super) fn user<'a>(&'a mut self, id: UserId) -> Boxed<'a, Result<Option<User>>> {
        Box::pin(async move { self.record("user", &keys::user(id)).await })
    }

    pub(super) fn user_id_of<'a>(&'a mut self, name: &'a str) -> Boxed<'a, Result<Option<UserId>>> {
        Box::pin(async move {
            let key = keys::name(&self.door.policy.name_key(name));
            // A name longer than any can be is found nowhere, and fits in no key.
            if encode_key(&key).is_err() {
                return Ok(None);
            }
            let Some(text) = self.get(&key).await? else { return Ok(None) };
            let (id, _): (u64, String) = read("name", text)?;
            UserId::new(id).map(Some).map_err(|_| corrupt("name"))
        })
    }

    pub(super) fn user_named<'a>(&'a mut self, name: &'a str) -> Boxed<'a, Result<Option<User>>> {
        Box::pin(async move {
            match self.user_id_of(name).await? {
                Some(id) => self.user(id).await,
                None => Ok(None),
            }
        })
    }

    pub(super) fn reach<'a>(&'a mut self, id: UserId) -> Boxed<'a, Result<Reach>> {
        Box::pin(async move { Ok(self.record("reach", &keys::reach(id)).await?.unwrap_or_default()) })
    }

    /// The groups; parsed once a version.
    pub(super) fn groups<'a>(&'a mut self) -> Boxed<'a, Result<Rc<Groups>>> {
        Box::pin(async move {
            let key = keys::groups();
            self.fetch([key.clone()]).await?;
            if self.writes.contains_key(&key) {
                return Ok(Rc::new(self.record("groups", &key).await?.unwrap_or_default()));
            }
            let version = self.version(&key);
            if let Some((cached, groups)) = &*self.door.groups.borrow()
                && *cached == version
            {
                return Ok(groups.clone());
            }
            let groups = Rc::new(match self.record("groups", &key).await? {
                Some(groups) => groups,
                None => super::builtin_groups(),
            });
            *self.door.groups.borrow_mut() = Some((version, groups.clone()));
            Ok(groups)
        })
    }

    /// Who a credential stands for, with the rights of this instant.
    ///
    /// # Errors
    /// `unknownToken`, `expiredToken`, `accountDisabled`
    pub(super) fn resolve<'a>(&'a mut self, digest: Digest, user: UserId) -> Boxed<'a, Result<Rc<Resolved>>> {
        Box::pin(async move {
            let wanted = [keys::token(digest), keys::user(user), keys::reach(user), keys::groups()];
            self.fetch(wanted.clone()).await?;
            let versions = wanted.each_ref().map(|key| self.version(key));
            let cached = self.door.resolved.borrow().get(&digest).cloned();
            let resolved = match cached {
                Some(cached) if cached.versions == versions => cached,
                _ => {
                    let unknown = || Error::new(Code::UnknownToken, "the token is not known");
                    let token: Token =
                        self.record("token", &keys::token(digest)).await?.ok_or_else(unknown)?;
                    let account = self
                        .user(user)
                        .await?
                        .filter(|account| token.user == account.id)
                        .ok_or_else(unknown)?;
                    let reach = self.reach(user).await?;
                    let groups = self.groups().await?;
                    let rights = Rights::of(&self.door.catalogue, &groups, &account, &reach, Some(&token));
                    let look = wanted.map(Range::one);
                    let seen = Cell::new(None);
                    let fresh =
                        Rc::new(Resolved { user: account, token, rights, groups, versions, look, seen });
                    self.door.remember(digest, fresh.clone());
                    fresh
                }
            };
            resolved.check(self.now)?;
            Ok(resolved)
        })
    }

    /// Likewise, for rules; `ahead` is read in the same go.
    pub(super) fn actor<'a>(&'a mut self, by: Credential, ahead: &'a [Key]) -> Boxed<'a, Result<Actor>> {
        Box::pin(async move {
            let mut wanted = ahead.to_vec();
            wanted.push(keys::groups());
            match by {
                Credential::Local => {
                    self.fetch(wanted).await?;
                    Ok(Actor { who: Who::Local, rights: Rights::everything(&self.door.catalogue) })
                }
                Credential::Token(digest, user) => {
                    wanted.extend([keys::token(digest), keys::user(user), keys::reach(user)]);
                    self.fetch(wanted).await?;
                    Ok(self.resolve(digest, user).await?.actor())
                }
            }
        })
    }

    /// Writes a user, or removes him, and every index about him.
    pub(super) fn put_user(&mut self, old: Option<&User>, new: Option<&User>) -> Result<()> {
        let Some(id) = new.or(old).map(|user| user.id) else { return Ok(()) };
        let (before, after) = (self.index_of(old)?, self.index_of(new)?);
        for key in before.keys().filter(|key| !after.contains_key(*key)) {
            self.delete(key.clone());
        }
        for (key, value) in after {
            if before.get(&key) != Some(&value) {
                self.set(key, value);
            }
        }
        match new {
            Some(user) => self.set(keys::user(id), write(user)?),
            None => self.delete(keys::user(id)),
        }
        Ok(())
    }

    fn index_of(&self, user: Option<&User>) -> Result<Map<Key, String>> {
        let mut index = Map::new();
        let Some(user) = user else { return Ok(index) };
        let id = user.id.get();
        index.insert(keys::name(&user.name_key), write(&(id, user.name_key.clone()))?);
        if !user.email.is_empty() && user.email.len() <= limits::KEY_ELEMENT_BYTES / 3 {
            index.insert(keys::email(&user.email, user.id), id.to_string());
        }
        let direct = self.door.catalogue.expand(&user.scopes).contains(0);
        let memberships = user.groups.iter().copied().map(Some).chain(direct.then_some(None));
        let member = write(&(id, user.status == Status::Active))?;
        index.extend(memberships.map(|group| (keys::member(group, user.id), member.clone())));
        Ok(index)
    }

    /// Is there an active administrator besides? The one found is checked at the commit.
    pub(super) fn other_admins<'a>(
        &'a mut self,
        groups: &'a Groups,
        except: Option<UserId>,
    ) -> Boxed<'a, Result<bool>> {
        Box::pin(async move {
            let granting: Vec<Option<GroupId>> = rules::admin_groups(&self.door.catalogue, groups)
                .into_iter()
                .map(Some)
                .chain([None])
                .collect();
            for group in granting {
                let mut after = None;
                loop {
                    let range = Range::Below {
                        prefix: keys::members(group),
                        after: after.take(),
                        limit: 16,
                        reverse: false,
                    };
                    let page = self.scan(range).await?;
                    for entry in &page {
                        let (id, active): (u64, bool) = read("member", &entry.value)?;
                        let id = UserId::new(id).map_err(|_| corrupt("member"))?;
                        after = Some(keys::member(group, id));
                        if active && Some(id) != except && self.is_active_member(group, id).await? {
                            return Ok(true);
                        }
                    }
                    if page.len() < 16 {
                        break;
                    }
                }
            }
            Ok(false)
        })
    }

    /// As the record is that the commit checks: the scan before it may be older.
    fn is_active_member<'a>(&'a mut self, group: Option<GroupId>, id: UserId) -> Boxed<'a, Result<bool>> {
        Box::pin(async move {
            let member = self.get(&keys::member(group, id)).await?;
            let member: Option<(u64, bool)> = member.map(|text| read("member", text)).transpose()?;
            Ok(member.is_some_and(|(_, active)| active))
        })
    }

    /// The next number of a sequence.
    pub(super) fn next<'a>(&'a mut self, sequence: &'a str) -> Boxed<'a, Result<u64>> {
        Box::pin(async move {
            let key = keys::sequence(sequence);
            let last: u64 = self.get(&key).await?.map(|text| read("seq", text)).transpose()?.unwrap_or(0);
            let next = last.checked_add(1).ok_or_else(|| corrupt("seq"))?;
            self.set(key, next.to_string());
            Ok(next)
        })
    }

    /// Writes a token and its indexes.
    pub(super) fn put_token<'a>(&'a mut self, token: &'a Token) -> Boxed<'a, Result<()>> {
        Box::pin(async move {
            let count = self.count_tokens(token.user, 1).await?;
            // Sessions have a limit of their own, which makes room: nobody's keys keep him from logging in.
            if count > super::MAX_TOKENS && token.kind != TokenKind::Session {
                let message = format!("a user holds at most {} tokens", super::MAX_TOKENS);
                return Err(Error::new(Code::LimitExceeded, message));
            }
            let owned = OwnedForm {
                id: token.id.to_string(),
                number: token.number,
                digest: token.digest.to_hex(),
                session: token.kind == TokenKind::Session,
                expires: token.expires,
            };
            if self.get(&keys::token(token.digest)).await?.is_some() {
                return Err(Error::new(Code::AlreadyExists, "there is a token of that value already"));
            }
            self.set(keys::token(token.digest), write(token)?);
            self.set(keys::token_id(token.id), write(&token.digest.to_hex())?);
            self.set(keys::owned(token.user, token.number), write(&owned)?);
            Ok(())
        })
    }

    fn count_tokens<'a>(&'a mut self, user: UserId, by: i64) -> Boxed<'a, Result<u64>> {
        Box::pin(async move {
            let key = keys::token_count(user);
            let count: u64 =
                self.get(&key).await?.map(|text| read("tokenCount", text)).transpose()?.unwrap_or(0);
            let count = count.saturating_add_signed(by);
            self.set(key, count.to_string());
            Ok(count)
        })
    }

    /// The tokens of a user, oldest first. The count is read before them, and with it checked at the commit: a token made
    /// in between is met as a conflict.
    pub(super) fn owned<'a>(&'a mut self, user: UserId) -> Boxed<'a, Result<Vec<OwnedForm>>> {
        Box::pin(async move {
            self.fetch([keys::token_count(user)]).await?;
            let entries = self.scan(Range::first(keys::owned_by(user), limits::RANGE_ENTRIES)).await?;
            entries.iter().map(|entry| read("owned", &entry.value)).collect()
        })
    }

    /// Removes a token and its indexes.
    pub(super) fn drop_token<'a>(
        &'a mut self,
        user: UserId,
        owned: &'a OwnedForm,
    ) -> Boxed<'a, Result<Digest>> {
        Box::pin(async move {
            let digest = Digest::from_hex(&owned.digest).ok_or_else(|| corrupt("owned"))?;
            let id = crate::model::TokenId::parse(&owned.id).ok_or_else(|| corrupt("owned"))?;
            self.count_tokens(user, -1).await?;
            self.delete(keys::token(digest));
            self.delete(keys::token_id(id));
            self.delete(keys::owned(user, owned.number));
            self.delete(keys::seen(user, owned.number));
            Ok(digest)
        })
    }

    /// Adds a line to the audit, in this very commit.
    pub(super) fn audit(&mut self, actor: Option<&str>, action: Action, on: Subject) {
        self.audit_outcome(actor, action, on, Outcome::Ok, None);
    }

    pub(super) fn audit_outcome(
        &mut self,
        actor: Option<&str>,
        action: Action,
        on: Subject,
        outcome: Outcome,
        by: Option<&str>,
    ) {
        let entry = AuditEntry {
            at: self.now,
            salt: self.door.random_hex(),
            actor: actor.map(str::to_owned),
            action,
            on,
            outcome,
            by: by.map(str::to_owned),
            via: self.door.id.clone(),
        };
        self.audit.push(entry);
    }

    /// Commits. `None`: somebody was faster, and nothing was written.
    pub(super) async fn commit(mut self) -> Result<Option<Vec<AuditEntry>>> {
        if self.writes.is_empty() && self.audit.is_empty() {
            return Ok(Some(Vec::new()));
        }
        super::audit::append(&mut self).await?;
        let checks = self.slots.into_iter().map(|(key, slot)| Check { key, version: slot.version }).collect();
        let mutations = self
            .writes
            .into_iter()
            .map(|(key, value)| match value {
                Some(value) => Mutation::Set { set: key, value },
                None => Mutation::Delete { delete: key },
            })
            .collect();
        match self.door.store_commit(&Commit { checks, mutations }).await? {
            CommitResult::Done => Ok(Some(self.audit)),
            CommitResult::Conflict(_) => Ok(None),
        }
    }

    pub(super) fn pending_audit(&self) -> &[AuditEntry] {
        &self.audit
    }
}
