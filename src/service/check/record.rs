//! From the records to the indexes: what each asks for has to be there.

use super::super::indexes::{OwnedForm, index_of_token};
use super::super::records::write;
use super::super::{Host, keys, named};
use super::Fault;
use super::inspect::{Claim, Held, Inspection, elements, parsed, user_of};
use crate::model::sorted::Map;
use crate::model::{Digest, Groups, KindReach, Reach, Resource, Result, Token, User, UserId};
use crate::rules::ADMIN;
use crate::store::{Key, Store};

/// Where the reverse index of a reach has an entry.
pub(super) fn links_of(user: UserId, reach: &Reach) -> Vec<Key> {
    let mut links = Vec::new();
    for (kind, ids) in &reach.0 {
        if let KindReach::Only(ids) = ids {
            for (id, _) in ids {
                links.push(keys::link(kind, id, user));
            }
        }
    }
    links
}

/// What one of them says.
pub(super) fn index_of_link(user: UserId, reach: &Reach, key: &Key) -> Result<Option<String>> {
    if let [_, kind, id, _] = key.as_slice()
        && let Some(KindReach::Only(ids)) = reach.0.get(kind)
        && let Some(level) = ids.get(id)
    {
        return write(&(user.get(), *level)).map(Some);
    }
    Ok(None)
}

/// Where a resource is found by its owner and by its name.
pub(super) fn index_of_resource(resource: &Resource) -> Result<Map<Key, String>> {
    let (kind, id) = (&resource.kind, &resource.id);
    let mut index = Map::new();
    if let Some(owner) = resource.owner {
        index.insert(keys::resource_owner(owner, kind, id), write(&(kind.clone(), id.clone()))?);
    }
    if let Some(key) = named::key_of(resource) {
        index.insert(key, write(id)?);
    }
    Ok(index)
}

impl<S: Store, H: Host> Inspection<'_, '_, S, H> {
    pub(super) fn record(&mut self, key: &Key) -> Result<()> {
        match elements(key).as_slice() {
            ["user", id] if user_of(id).is_some() => self.user(key),
            ["reach", id] => match user_of(id) {
                Some(id) => self.reach(key, id),
                None => self.leave(key, Fault::Foreign),
            },
            ["token", digest] => match Digest::from_hex(digest) {
                Some(digest) => self.token(key, digest),
                None => self.leave(key, Fault::Foreign),
            },
            ["resource", _, _] => self.resource(key),
            _ => self.leave(key, Fault::Foreign),
        }
    }

    fn user(&mut self, key: &Key) -> Result<()> {
        let user: User = match self.held(key)? {
            Held::Nothing => return Ok(()),
            Held::Garbled => return self.leave(key, Fault::Unreadable),
            Held::There(user) => user,
        };
        if keys::user(user.id) != *key {
            return self.leave(key, Fault::Misplaced);
        }
        let index = self.tx.index_of(Some(&user))?;
        self.tx.want(index.keys().cloned().chain([keys::groups()]).collect());
        let admin = keys::member(None, user.id);
        for (at, value) in index {
            if at != admin || self.knows_scopes(&user) {
                self.agree(&at, value, Claim::User(&user))?;
            }
        }
        let groups = match self.held::<Groups>(&keys::groups())? {
            Held::Garbled => None,
            Held::Nothing | Held::There(_) => Some(self.tx.groups()?),
        };
        if let Some(groups) = groups
            && user.groups.iter().any(|id| id.0 >= groups.next)
        {
            // One that will be given out would make a member of him.
            self.tell(key, Fault::Senseless);
        }
        self.api_key(key, &user)
    }

    /// Scopes of a host that this door does not know may imply `admin`.
    pub(super) fn knows_scopes(&self, user: &User) -> bool {
        let catalogue = &self.tx.door.catalogue;
        user.scopes.iter().all(|scope| scope == ADMIN || catalogue.number(scope).is_ok())
    }

    /// The entry of a name leads to another user: does he have it, too?
    pub(super) fn is_named_so(&mut self, user: &User, text: &str) -> Result<bool> {
        let Some((id, _)) = parsed::<(u64, String)>(text) else { return Ok(false) };
        let Some(other) = UserId::new(id).ok().filter(|id| *id != user.id) else { return Ok(false) };
        Ok(match self.owner(other)? {
            Held::Nothing => false,
            Held::Garbled => true,
            Held::There(other) => other.name_key == user.name_key,
        })
    }

    fn api_key(&mut self, key: &Key, user: &User) -> Result<()> {
        let Some(digest) = user.api_key else { return Ok(()) };
        match self.held::<Token>(&keys::token(digest))? {
            Held::There(token) if token.user != user.id || !token.primary => {
                self.tell(&keys::token(digest), Fault::Senseless);
            }
            Held::There(_) | Held::Garbled => {}
            Held::Nothing => {
                let without = User { api_key: None, ..user.clone() };
                self.put(key, write(&without)?, Fault::Dangling);
                self.tx.forget_shown(user.id);
            }
        }
        Ok(())
    }

    fn reach(&mut self, key: &Key, id: UserId) -> Result<()> {
        match (self.held::<Reach>(key)?, self.owner(id)?) {
            (Held::Nothing, _) => {}
            (Held::Garbled, _) => self.tell(key, Fault::Unreadable),
            // The links to it go as what is left over.
            (Held::There(_), Held::Nothing) => self.remove(key, Fault::Orphan),
            (Held::There(_), _) => {}
        }
        Ok(())
    }

    fn token(&mut self, key: &Key, digest: Digest) -> Result<()> {
        let token: Token = match self.held(key)? {
            Held::Nothing => return Ok(()),
            Held::Garbled => return self.leave(key, Fault::Unreadable),
            Held::There(token) => token,
        };
        if token.digest != digest {
            return self.leave(key, Fault::Misplaced);
        }
        let index = index_of_token(&token)?;
        let count = keys::token_count(token.user);
        self.tx.want(index.iter().map(|(at, _)| at.clone()).chain([count.clone()]).collect());
        let user = match self.owner(token.user)? {
            // Whose it is cannot be said as long as his record cannot be read.
            Held::Garbled => return Ok(()),
            Held::Nothing => return self.orphan(key, &token, index),
            Held::There(user) => user,
        };
        for (at, value) in index {
            self.agree(&at, value, Claim::Token(&token))?;
        }
        if token.primary && user.api_key != Some(digest) {
            self.tell(key, Fault::Senseless);
        }
        if self.tx.get(&count)?.is_none() {
            self.count(&count, token.user)?;
        }
        Ok(())
    }

    /// A token nobody has any more, and what leads to it.
    fn orphan(&mut self, key: &Key, token: &Token, index: [(Key, String); 2]) -> Result<()> {
        self.remove(key, Fault::Orphan);
        for (at, value) in index {
            if self.tx.get(&at)? == Some(&*value) {
                self.tx.delete(at);
            }
        }
        self.tx.delete(keys::seen(token.user, token.number));
        Ok(())
    }

    /// The entry of a token's id or number leads to another token: is it that one's, too?
    pub(super) fn is_claimed(&mut self, token: &Token, text: &str) -> Result<bool> {
        let hex = parsed::<String>(text).or_else(|| parsed::<OwnedForm>(text).map(|owned| owned.digest));
        let Some(digest) = hex.and_then(|hex| Digest::from_hex(&hex)) else { return Ok(false) };
        if digest == token.digest {
            return Ok(false);
        }
        Ok(match self.held::<Token>(&keys::token(digest))? {
            Held::Nothing => false,
            Held::Garbled => true,
            Held::There(other) => {
                other.id == token.id || (other.user, other.number) == (token.user, token.number)
            }
        })
    }

    fn resource(&mut self, key: &Key) -> Result<()> {
        let mut resource: Resource = match self.held(key)? {
            Held::Nothing => return Ok(()),
            Held::Garbled => return self.leave(key, Fault::Unreadable),
            Held::There(resource) => resource,
        };
        if keys::resource(&resource.kind, &resource.id) != *key {
            return self.leave(key, Fault::Misplaced);
        }
        if let Some(owner) = resource.owner
            && let Held::Nothing = self.owner(owner)?
        {
            // As if he had been removed just now.
            resource.owner = None;
            self.put(key, write(&resource)?, Fault::Dangling);
            self.tx.delete(keys::resource_owner(owner, &resource.kind, &resource.id));
        }
        for (at, value) in index_of_resource(&resource)? {
            self.agree(&at, value, Claim::Other)?;
        }
        Ok(())
    }
}
