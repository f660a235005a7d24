//! From the indexes to the records: behind each entry there has to be a record that asks for it.

use super::super::indexes::{OwnedForm, index_of_token};
use super::super::records::write;
use super::super::{Host, keys};
use super::Fault;
use super::inspect::{Held, Inspection, elements, parsed, user_of};
use super::record::{index_of_link, index_of_resource};
use crate::model::{AuditEntry, Digest, Millis, Reach, Resource, Result, Token, UserId};
use crate::store::{Key, Range, Store, Version, limits};

/// What an entry has to say: nothing where it is not to be there.
enum Due {
    /// The record behind it cannot be read.
    Unknown,
    None,
    Value(String),
}

impl From<Option<String>> for Due {
    fn from(value: Option<String>) -> Self {
        value.map_or(Self::None, Self::Value)
    }
}

impl<S: Store, H: Host> Inspection<'_, '_, S, H> {
    pub(super) fn index(&mut self, key: &Key) -> Result<()> {
        let Some(text) = self.tx.get(key)?.map(str::to_owned) else { return Ok(()) };
        let due = self.due(key, &text)?;
        self.compare(key, &text, due);
        Ok(())
    }

    fn compare(&mut self, key: &Key, text: &str, due: Due) {
        match due {
            Due::Value(value) if value != text => self.put(key, value, Fault::Wrong),
            Due::Value(_) | Due::Unknown => {}
            Due::None => self.remove(key, Fault::Leftover),
        }
    }

    pub(super) fn linked(&mut self, user: UserId, links: &[Key]) -> Result<()> {
        let record = keys::reach(user);
        self.tx.want(links.to_vec());
        let reach = match self.held::<Reach>(&record)? {
            Held::Nothing => Reach::default(),
            Held::Garbled => return Ok(()),
            Held::There(reach) => reach,
        };
        for key in links {
            let due = index_of_link(user, &reach, key)?;
            match (self.tx.get(key)?.map(str::to_owned), due) {
                (Some(text), due) => self.compare(key, &text, due.into()),
                // A reach of nobody goes itself.
                (None, Some(value)) if matches!(self.owner(user)?, Held::There(_)) => {
                    self.put(key, value, Fault::Missing);
                }
                (None, _) => {}
            }
        }
        Ok(())
    }

    fn due(&mut self, key: &Key, text: &str) -> Result<Due> {
        match elements(key).as_slice() {
            ["name", _] => {
                let user = parsed::<(u64, String)>(text).and_then(|(id, _)| UserId::new(id).ok());
                self.due_of_user(user, key)
            }
            ["email", _, user] | ["member", _, user] => self.due_of_user(user_of(user), key),
            ["tokenId", _] => self.due_of_token(parsed(text), key),
            ["owned", _, _] => self.due_of_token(parsed::<OwnedForm>(text).map(|owned| owned.digest), key),
            ["seen", user, number] => {
                let owned = ["owned", user, number].map(str::to_owned).to_vec();
                let used = parsed::<Millis>(text).is_some() && self.tx.get(&owned)?.is_some();
                Ok(used.then(|| text.to_owned()).into())
            }
            ["sealed", user] => {
                let Some(user) = user_of(user) else { return Ok(Due::None) };
                Ok(match self.owner(user)? {
                    Held::Garbled => Due::Unknown,
                    Held::There(user) if user.api_key.is_some() => {
                        parsed::<String>(text).map(|_| text.to_owned()).into()
                    }
                    Held::There(_) | Held::Nothing => Due::None,
                })
            }
            ["resourceOwner", _, kind, id] | ["resourceName", kind, _, id] => {
                Ok(match self.held::<Resource>(&keys::resource(kind, id))? {
                    Held::Nothing => Due::None,
                    Held::Garbled => Due::Unknown,
                    Held::There(resource) => index_of_resource(&resource)?.get(key).cloned().into(),
                })
            }
            _ => Ok(Due::None),
        }
    }

    fn due_of_user(&mut self, user: Option<UserId>, key: &Key) -> Result<Due> {
        let Some(id) = user else { return Ok(Due::None) };
        Ok(match self.owner(id)? {
            Held::Nothing => Due::None,
            Held::Garbled => Due::Unknown,
            Held::There(user) if *key == keys::member(None, id) && !self.knows_scopes(&user) => Due::Unknown,
            Held::There(user) => self.tx.index_of(Some(&user))?.get(key).cloned().into(),
        })
    }

    fn due_of_token(&mut self, hex: Option<String>, key: &Key) -> Result<Due> {
        let Some(digest) = hex.and_then(|hex| Digest::from_hex(&hex)) else { return Ok(Due::None) };
        Ok(match self.held::<Token>(&keys::token(digest))? {
            Held::Nothing => Due::None,
            Held::Garbled => Due::Unknown,
            Held::There(token) => {
                index_of_token(&token)?.into_iter().find(|(at, _)| at == key).map(|(_, value)| value).into()
            }
        })
    }

    /// Records that nothing else leads to.
    pub(super) fn plain(&mut self, key: &Key) -> Result<()> {
        let Some(text) = self.tx.get(key)?.map(str::to_owned) else { return Ok(()) };
        let fits = match elements(key).as_slice() {
            ["tokenCount", user] => match user_of(user) {
                Some(user) => return self.count(key, user),
                None => return self.leave(key, Fault::Foreign),
            },
            ["seq", _] => parsed::<u64>(&text).is_some(),
            ["secret", _] => parsed::<String>(&text).is_some(),
            ["secret", _, "old"] => parsed::<Vec<(String, Millis)>>(&text).is_some(),
            ["barred", _, _] => match parsed::<(Millis, String)>(&text) {
                Some((until, id)) if keys::barred(until, &id) != *key => {
                    return self.leave(key, Fault::Misplaced);
                }
                barred => barred.is_some(),
            },
            ["auditCount", _] => parsed::<i64>(&text).is_some(),
            ["audit", _, _] => match parsed::<AuditEntry>(&text) {
                Some(entry) if keys::audit(entry.at, &entry.salt) != *key => {
                    return self.leave(key, Fault::Misplaced);
                }
                entry => entry.is_some(),
            },
            _ => return self.leave(key, Fault::Foreign),
        };
        if !fits {
            self.tell(key, Fault::Unreadable);
        }
        Ok(())
    }

    /// How many tokens a user has. Whoever adds or removes one writes the count, so that it holds at the commit what was
    /// counted.
    pub(super) fn count(&mut self, key: &Key, user: UserId) -> Result<()> {
        self.tx.want_owned(user);
        let count = self.held::<u64>(key)?;
        let owned = self.tx.scan(Range::first(keys::owned_by(user), limits::RANGE_ENTRIES))?.len() as u64;
        match (self.owner(user)?, count) {
            (Held::Garbled, _) => {}
            // Tokens of who is gone go by themselves, and are not counted then.
            (Held::Nothing, Held::Nothing) => {}
            (Held::Nothing, _) if owned == 0 => self.remove(key, Fault::Orphan),
            (Held::Nothing, _) => {}
            (Held::There(_), Held::There(count)) if count == owned => {}
            (Held::There(_), _) => self.put(key, owned.to_string(), Fault::Miscounted),
        }
        Ok(())
    }

    /// No number is given out twice.
    pub(super) fn sequence(&mut self, of: &str, largest: u64) -> Result<()> {
        let key = keys::sequence(of);
        match self.held::<u64>(&key)? {
            Held::There(last) if last >= largest => {}
            // Told already.
            Held::Garbled => {}
            Held::There(_) | Held::Nothing => self.put(&key, largest.to_string(), Fault::Behind),
        }
        Ok(())
    }

    /// The counts of the audit's parts together are the number of its entries.
    pub(super) fn audit(&mut self, entries: u64, counters: &[Option<Version>]) -> Result<()> {
        let parts = super::super::audit::parts();
        self.tx.fetch(parts.clone())?;
        let mut total = 0_i64;
        let mut first = 0_i64;
        for (at, (key, version)) in parts.iter().zip(counters).enumerate() {
            let count = match self.held::<i64>(key)? {
                Held::Nothing => 0,
                Held::There(count) => count,
                // Told already; nothing is said of the others.
                Held::Garbled => return Ok(()),
            };
            if self.tx.version(key) != *version {
                return Ok(());
            }
            total = total.saturating_add(count);
            if at == 0 {
                first = count;
            }
        }
        let missing = i64::try_from(entries).unwrap_or(i64::MAX).saturating_sub(total);
        if missing != 0
            && let Some(key) = parts.first()
        {
            self.put(key, write(&first.saturating_add(missing))?, Fault::Miscounted);
        }
        Ok(())
    }
}
