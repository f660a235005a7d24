//! Pages of users: by name, from a beginning of it, or by id. A page reads as many records as it gives, and one more.

use super::records::{read, read_all};
use super::tx::Tx;
use super::users::{Order, UserQuery};
use super::{Host, keys};
use crate::model::{Code, Error, Result, User, UserId};
use crate::store::{Key, Range, Store};

pub(super) type Page = (Vec<User>, Option<String>);

fn below(prefix: Key, after: Option<Key>, limit: usize) -> Range {
    Range::Below { prefix, after, limit, reverse: false }
}

/// Has a page read along, where it is plain from the query alone which it is.
pub(super) fn want<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, query: &UserQuery) {
    let after = query.after.as_deref();
    if query.search.is_some() || after.is_some_and(|after| after.len() > 256) {
        return;
    }
    let range = match (query.order, after) {
        (Order::Name, after) => below(keys::names(), after.map(keys::name), query.limit),
        (Order::Id, None) => below(keys::users(), None, query.limit),
        (Order::Id, Some(_)) => return,
    };
    tx.want_scan(&range);
}

pub(super) fn by_name<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, query: &UserQuery) -> Result<Page> {
    let search =
        query.search.as_deref().map(|text| tx.door.policy.name_key(text)).filter(|text| !text.is_empty());
    for text in [search.as_deref(), query.after.as_deref()].into_iter().flatten() {
        if text.chars().count() > 256 {
            return Err(Error::new(Code::InvalidArgument, "no name is as long as that").at("search"));
        }
    }
    let start = query.after.as_deref().or(search.as_deref());
    let range = below(keys::names(), start.map(keys::name), query.limit);
    tx.want_scan(&range);
    let mut found: Vec<(u64, String)> = Vec::new();
    // `after` is exclusive, so the name that equals the search has to be asked for by itself.
    if query.after.is_none()
        && let Some(search) = &search
    {
        found.extend(tx.record::<(u64, String)>("name", &keys::name(search))?);
    }
    found.extend(read_all::<(u64, String)>("name", &tx.scan(range)?)?);
    let begins = |key: &str| search.as_ref().is_none_or(|search| key.starts_with(search.as_str()));
    found.retain(|(_, key)| begins(key));
    found.truncate(query.limit);
    let mut ids = Vec::with_capacity(found.len());
    for (id, _) in &found {
        ids.push(UserId::new(*id)?);
    }
    let last = found.pop().filter(|_| ids.len() == query.limit).map(|(_, key)| key);
    let behind = last.as_deref().map(|last| below(keys::names(), Some(keys::name(last)), 1));
    if let Some(behind) = &behind {
        tx.want_scan(behind);
    }
    tx.fetch(ids.iter().copied().map(keys::user))?;
    let mut users = Vec::with_capacity(ids.len());
    for id in ids {
        users.extend(tx.user(id)?);
    }
    let more = match behind {
        Some(behind) => match tx.scan(behind)?.first() {
            Some(entry) => begins(&read::<(u64, String)>("name", &entry.value)?.1),
            None => false,
        },
        None => false,
    };
    Ok((users, last.filter(|_| more)))
}

pub(super) fn by_id<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, query: &UserQuery) -> Result<Page> {
    if query.search.is_some() {
        return Err(Error::new(Code::InvalidArgument, "`search` goes with the order `name`").at("search"));
    }
    let bad = || Error::new(Code::InvalidArgument, "`after` is no cursor of this list").at("after");
    let after = match &query.after {
        Some(text) => Some(UserId::new(text.parse().map_err(|_| bad())?).map_err(|_| bad())?),
        None => None,
    };
    let page = |after: Option<UserId>, limit| below(keys::users(), after.map(keys::user), limit);
    let users: Vec<User> = read_all("user", &tx.scan(page(after, query.limit))?)?;
    let last = users.last().filter(|_| users.len() == query.limit).map(|user| user.id);
    let more = match last {
        Some(last) => !tx.scan(page(Some(last), 1))?.is_empty(),
        None => false,
    };
    Ok((users, last.filter(|_| more).map(|id| id.get().to_string())))
}
