//! Users and tokens with every index about them.

use super::records::{Record, corrupt, read, write};
use super::tx::Tx;
use super::{Host, keys};
use crate::json::{Fields, Value, Writer};
use crate::model::sorted::Map;
use crate::model::{
    Code, Digest, Error, GroupId, Groups, Millis, Result, Status, Token, TokenId, TokenKind, User, UserId,
};
use crate::rules;
use crate::store::{Key, Range, Store, limits};

/// Members of a group that are looked at before many are.
const FEW: usize = 16;

/// What the index of a user's tokens says of each, so that lists and removals need no second look.
pub(super) struct OwnedForm {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) digest: String,
    pub(super) session: bool,
    pub(super) expires: Option<Millis>,
}

impl OwnedForm {
    fn of(token: &Token) -> Self {
        Self {
            id: token.id.to_string(),
            number: token.number,
            digest: token.digest.to_hex(),
            session: token.kind == TokenKind::Session,
            expires: token.expires,
        }
    }
}

/// Where a token is found by its id and by its owner.
pub(super) fn index_of_token(token: &Token) -> Result<[(Key, String); 2]> {
    Ok([
        (keys::token_id(token.id), write(&token.digest.to_hex())?),
        (keys::owned(token.user, token.number), write(&OwnedForm::of(token))?),
    ])
}

impl Record for OwnedForm {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.open('{').name("id").text(&self.id);
        out.name("number").number(self.number);
        out.name("digest").text(&self.digest);
        out.name("session").flag(self.session);
        out.name("expires").maybe_number(self.expires);
        out.close('}');
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        let mut from = Fields::of(Some(value), "");
        let owned = Self {
            id: from.text("id"),
            number: from.number("number"),
            digest: from.text("digest"),
            session: from.flag("session"),
            expires: from.maybe_number("expires"),
        };
        from.done().ok().map(|()| owned)
    }
}

fn all_owned(user: UserId) -> Range {
    Range::first(keys::owned_by(user), limits::RANGE_ENTRIES)
}

impl<S: Store, H: Host> Tx<'_, S, H> {
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
        let shown = |user: Option<&User>| user.and_then(|user| user.api_key);
        if shown(old).is_some() && shown(old) != shown(new) {
            self.forget_shown(id);
        }
        match new {
            Some(user) => self.set(keys::user(id), write(user)?),
            None => self.delete(keys::user(id)),
        }
        Ok(())
    }

    pub(super) fn index_of(&self, user: Option<&User>) -> Result<Map<Key, String>> {
        let mut index = Map::new();
        let Some(user) = user else { return Ok(index) };
        let id = user.id.get();
        index.insert(keys::name(&user.name_key), write(&(id, user.name_key.clone()))?);
        if !user.email.is_empty() && user.email.len() <= limits::KEY_ELEMENT_BYTES / 3 {
            index.insert(keys::email(&user.email, user.id), id.to_string());
        }
        let member = write(&(id, user.status == Status::Active))?;
        for &group in &user.groups {
            index.insert(keys::member(Some(group), user.id), member.clone());
        }
        if self.door.catalogue.expand(&user.scopes).contains(0) {
            index.insert(keys::member(None, user.id), member);
        }
        Ok(index)
    }

    /// Is there an active administrator besides? The one found is checked at the commit.
    pub(super) fn other_admins(&mut self, groups: &Groups, except: Option<UserId>) -> Result<bool> {
        let granting = rules::admin_groups(&self.door.catalogue, groups);
        let mut granting: Vec<Option<GroupId>> = granting.into_iter().map(Some).collect();
        granting.push(None);
        let page =
            |group, after, limit| Range::Below { prefix: keys::members(group), after, limit, reverse: false };
        for &group in &granting {
            self.want_scan(&page(group, None, FEW));
        }
        for group in granting {
            let (mut after, mut limit) = (None, FEW);
            loop {
                let members = self.scan(page(group, after.take(), limit))?;
                for entry in members.iter() {
                    let (id, active): (u64, bool) = read("member", &entry.value)?;
                    let id = UserId::new(id).map_err(|_| corrupt("member"))?;
                    after = Some(keys::member(group, id));
                    if active && Some(id) != except && self.is_active_member(group, id)? {
                        return Ok(true);
                    }
                }
                if members.len() < limit {
                    break;
                }
                limit = limits::RANGE_ENTRIES;
            }
        }
        Ok(false)
    }

    /// As the record is that the commit checks: the scan before it may be older.
    fn is_active_member(&mut self, group: Option<GroupId>, id: UserId) -> Result<bool> {
        let member = self.record::<(u64, bool)>("member", &keys::member(group, id))?;
        Ok(member.is_some_and(|(_, active)| active))
    }

    /// The next number of a sequence.
    pub(super) fn next(&mut self, sequence: &str) -> Result<u64> {
        let key = keys::sequence(sequence);
        let last: u64 = self.record("seq", &key)?.unwrap_or(0);
        let next = last.checked_add(1).ok_or_else(|| corrupt("seq"))?;
        self.set(key, next.to_string());
        Ok(next)
    }

    /// Writes a token and its indexes. Its value is new: nobody else draws the same 256 bits, and a declared one has been
    /// looked up.
    pub(super) fn put_token(&mut self, token: &Token) -> Result<()> {
        let count = self.count_tokens(token.user, 1)?;
        // Sessions have a limit of their own, which makes room: nobody's keys keep him from logging in.
        if count > super::MAX_TOKENS && token.kind != TokenKind::Session {
            let message = format!("a user holds at most {} tokens", super::MAX_TOKENS);
            return Err(Error::new(Code::LimitExceeded, message));
        }
        self.set(keys::token(token.digest), write(token)?);
        for (key, value) in index_of_token(token)? {
            self.set(key, value);
        }
        Ok(())
    }

    fn count_tokens(&mut self, user: UserId, by: i64) -> Result<u64> {
        let key = keys::token_count(user);
        let count: u64 = self.record("tokenCount", &key)?.unwrap_or(0);
        let count = count.saturating_add_signed(by);
        self.set(key, count.to_string());
        Ok(count)
    }

    /// The tokens of a user, oldest first. The count is read before them, and with it checked at the commit: a token made
    /// in between is met as a conflict.
    pub(super) fn owned(&mut self, user: UserId) -> Result<Vec<OwnedForm>> {
        self.want_owned(user);
        let entries = self.scan(all_owned(user))?;
        let mut owned = Vec::with_capacity(entries.len());
        for entry in entries.iter() {
            owned.push(read("owned", &entry.value)?);
        }
        Ok(owned)
    }

    /// Has them read along.
    pub(super) fn want_owned(&mut self, user: UserId) {
        self.want(vec![keys::token_count(user)]);
        self.want_scan(&all_owned(user));
    }

    /// Removes a token and its indexes.
    pub(super) fn drop_token(&mut self, user: UserId, owned: &OwnedForm) -> Result<Digest> {
        let digest = Digest::from_hex(&owned.digest).ok_or_else(|| corrupt("owned"))?;
        let id = TokenId::parse(&owned.id).ok_or_else(|| corrupt("owned"))?;
        self.count_tokens(user, -1)?;
        self.delete(keys::token(digest));
        self.delete(keys::token_id(id));
        self.delete(keys::owned(user, owned.number));
        self.delete(keys::seen(user, owned.number));
        Ok(digest)
    }
}
