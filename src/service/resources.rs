use super::operation::Operation;
use super::records::{corrupt, read, read_all, write};
use super::session::Session;
use super::tx::Tx;
use super::{Host, check_limit, keys, not_found};
use crate::model::{Action, Code, Error, KindReach, Reach, Resource, Result, Subject, User, UserId};
use crate::rules::{self, Actor, ResourcePatch};
use crate::store::{Range, Store, limits};

/// Users one resource can be taken from in one commit.
const MAX_LINKED: usize = 4096;

/// A resource with its owner's name.
#[derive(Debug, Clone)]
pub struct ResourceView {
    /// The record.
    pub resource: Resource,
    /// Name of the owner.
    pub owner: Option<String>,
}

/// A page of resources.
#[derive(Debug, Clone)]
pub struct ResourcePage {
    /// The resources, by id.
    pub resources: Vec<ResourceView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A user's link to a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    /// Name of the user.
    pub user: String,
    /// Kind of the resource.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The link's level.
    pub level: Option<i64>,
}

/// Whose links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinksOf {
    /// Those of a user.
    User(String),
    /// Those to a resource.
    Resource(String, String),
}

pub(super) fn subject(kind: &str, id: &str) -> Subject {
    Subject { kind: Some(kind.to_owned()), id: Some(id.to_owned()), ..Subject::default() }
}

/// A removed user owns nothing any more.
pub(super) fn disown<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, owner: UserId) -> Result<()> {
    let entries = tx.scan(Range::first(keys::resources_of(owner), limits::RANGE_ENTRIES))?;
    let mut owned: Vec<(String, String)> = Vec::with_capacity(entries.len());
    for entry in entries.iter() {
        owned.push(read("resourceOwner", &entry.value)?);
    }
    tx.fetch(owned.iter().map(|(kind, id)| keys::resource(kind, id)))?;
    for (kind, id) in owned {
        if let Some(mut resource) = tx.record::<Resource>("resource", &keys::resource(&kind, &id))? {
            resource.owner = None;
            tx.set(keys::resource(&kind, &id), write(&resource)?);
        }
        tx.delete(keys::resource_owner(owner, &kind, &id));
    }
    Ok(())
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    pub(super) fn resource(&mut self, kind: &str, id: &str) -> Result<Option<Resource>> {
        rules::check_kind(kind)?;
        rules::check_id(id)?;
        self.record("resource", &keys::resource(kind, id))
    }

    fn resource_view(&mut self, resource: Resource) -> Result<ResourceView> {
        let owner = match resource.owner {
            Some(id) => self.user(id)?.map(|user| user.name),
            None => None,
        };
        Ok(ResourceView { resource, owner })
    }

    /// Writes a resource; its owner is linked to it.
    pub(super) fn put_resource(&mut self, old: Option<&Resource>, new: &Resource) -> Result<()> {
        let (kind, id) = (new.kind.as_str(), new.id.as_str());
        let before = old.and_then(|old| old.owner);
        if before != new.owner {
            if let Some(before) = before {
                self.delete(keys::resource_owner(before, kind, id));
            }
            if let Some(owner) = new.owner {
                self.set(
                    keys::resource_owner(owner, kind, id),
                    super::records::write(&(kind.to_owned(), id.to_owned()))?,
                );
                let reach = self.reach(owner)?;
                if reach.covers(kind, id) {
                    // Written all the same, so that whoever removes the owner meanwhile meets it.
                    self.set(keys::reach(owner), write(&reach)?);
                } else {
                    self.put_link(owner, kind, id, Some(None))?;
                }
            }
        }
        self.put_resource_name(old, Some(new))?;
        self.set(keys::resource(kind, id), write(new)?);
        Ok(())
    }

    /// Sets (`Some`) or removes (`None`) one link. `false`: it was so already.
    pub(super) fn put_link(
        &mut self,
        user: UserId,
        kind: &str,
        id: &str,
        level: Option<Option<i64>>,
    ) -> Result<bool> {
        let old = self.reach(user)?;
        let mut new = old.clone();
        match (new.0.get_mut(kind), level) {
            (Some(KindReach::All), Some(_)) => {
                let message = format!(
                    "the user reaches every {kind} already; narrow the reach before linking single ones"
                );
                return Err(Error::new(Code::InvalidArgument, message).at("kind"));
            }
            (Some(KindReach::Only(ids)), Some(level)) => {
                ids.insert(id.to_owned(), level);
            }
            (None, Some(level)) => {
                new.0.insert(kind.to_owned(), KindReach::Only([(id.to_owned(), level)].into()));
            }
            (Some(KindReach::Only(ids)), None) => {
                if ids.remove(id).is_some() && ids.is_empty() {
                    new.0.remove(kind);
                }
            }
            (Some(KindReach::All) | None, None) => {}
        }
        rules::check_reach(&new)?;
        if new == old {
            return Ok(false);
        }
        self.put_reach(user, &old, &new)?;
        Ok(true)
    }

    /// A user by name, with what he reaches read along.
    pub(super) fn linked_user(&mut self, name: &str) -> Result<User> {
        if let Some(id) = self.user_id_of(name)? {
            self.want(vec![keys::reach(id)]);
            if let Some(user) = self.user(id)? {
                return Ok(user);
            }
        }
        Err(not_found("user", name))
    }

    pub(super) fn linked(&mut self, kind: &str, id: &str) -> Result<Vec<(UserId, Option<i64>)>> {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let range = Range::Below {
                prefix: keys::links(kind, id),
                after: after.take(),
                limit: limits::RANGE_ENTRIES,
                reverse: false,
            };
            let page = self.scan(range)?;
            for entry in page.iter() {
                let (user, level): (u64, Option<i64>) = read("link", &entry.value)?;
                all.push((UserId::new(user).map_err(|_| corrupt("link"))?, level));
            }
            match all.last() {
                Some(&(last, _)) if page.len() == limits::RANGE_ENTRIES && all.len() <= MAX_LINKED => {
                    after = Some(keys::link(kind, id, last));
                }
                _ => return Ok(all),
            }
        }
    }
}

impl<S: Store, H: Host> Session<S, H> {
    /// A page of the resources of a kind: all with `resources.read`, otherwise those within reach.
    ///
    /// # Errors
    /// `unknownKind`, `invalidArgument`
    pub fn list_resources(
        &self,
        kind: &str,
        limit: usize,
        after: Option<&str>,
    ) -> Operation<'_, S, H, ResourcePage> {
        let checked = check_limit(limit)
            .and_then(|()| rules::check_kind(kind))
            .and_then(|()| after.map_or(Ok(()), rules::check_id));
        let kind = kind.to_owned();
        let after = after.map(str::to_owned);
        self.look(Vec::new(), move |tx, actor| {
            let kind = kind.as_str();
            let after = after.as_deref();
            let all = actor.need(&tx.door.catalogue, "resources.read").is_ok();
            let listed = if all { None } else { actor.rights.reach.listed() };
            let (resources, next) = match listed.map(|reach| reach.0.get(kind)) {
                Some(None) => (Vec::new(), None),
                Some(Some(KindReach::Only(ids))) => {
                    let wanted: Vec<&String> = ids
                        .keys()
                        .filter(|id| after.is_none_or(|after| id.as_str() > after))
                        .take(limit + 1)
                        .collect();
                    let next = if wanted.len() > limit {
                        wanted.get(limit - 1).map(|id| (*id).clone())
                    } else {
                        None
                    };
                    tx.fetch(wanted.iter().take(limit).map(|id| keys::resource(kind, id)))?;
                    let mut found = Vec::new();
                    for id in wanted.into_iter().take(limit) {
                        found.extend(tx.resource(kind, id)?);
                    }
                    (found, next)
                }
                None | Some(Some(KindReach::All)) => {
                    let after = after.map(|after| keys::resource(kind, after));
                    let page = tx.scan(Range::Below {
                        prefix: keys::resources(kind),
                        after,
                        limit,
                        reverse: false,
                    })?;
                    let found: Vec<Resource> = read_all("resource", &page)?;
                    let next = found.last().filter(|_| found.len() == limit).map(|last| last.id.clone());
                    (found, next)
                }
            };
            tx.fetch(resources.iter().filter_map(|resource| resource.owner).map(keys::user))?;
            let mut views = Vec::with_capacity(resources.len());
            for resource in resources {
                views.push(tx.resource_view(resource)?);
            }
            Ok(ResourcePage { resources: views, next })
        })
        .checked(checked)
    }

    /// One resource.
    ///
    /// # Errors
    /// `denied` out of reach and without `resources.read`; `notFound`
    pub fn get_resource(&self, kind: &str, id: &str) -> Operation<'_, S, H, ResourceView> {
        let kind = kind.to_owned();
        let id = id.to_owned();
        self.look(Vec::new(), move |tx, actor| {
            let kind = kind.as_str();
            let id = id.as_str();
            if !actor.rights.reach.covers(kind, id) {
                actor.need(&tx.door.catalogue, "resources.read")?;
            }
            let resource = tx.resource(kind, id)?.ok_or_else(|| not_found(kind, id))?;
            tx.resource_view(resource)
        })
    }

    /// Adds a resource. `owner`: by name.
    ///
    /// # Errors
    /// `denied`, `alreadyExists`, `notFound` (the owner), and the codes of bad input
    pub fn add_resource(
        &self,
        kind: &str,
        id: &str,
        patch: ResourcePatch,
        owner: Option<Option<String>>,
    ) -> Operation<'_, S, H, ResourceView> {
        let kind = kind.to_owned();
        let id = id.to_owned();
        self.change(Vec::new(), move |tx, actor| {
            let kind = kind.as_str();
            let id = id.as_str();
            let patch = named_owner(tx, actor, patch.clone(), owner.as_ref())?;
            let new = rules::add_resource(&tx.door.catalogue, actor, kind, id, patch, tx.now)?;
            if tx.resource(kind, id)?.is_some() {
                return Err(
                    Error::new(Code::AlreadyExists, format!("there is a {kind} of that id already")).at("id")
                );
            }
            tx.put_resource(None, &new)?;
            tx.audit(Some(actor.name()), Action::ResourceAdded, subject(kind, id));
            tx.resource_view(new)
        })
    }

    /// Changes a resource. `owner`: by name.
    ///
    /// # Errors
    /// `denied`, `notFound`, and the codes of bad input
    pub fn edit_resource(
        &self,
        kind: &str,
        id: &str,
        patch: ResourcePatch,
        owner: Option<Option<String>>,
    ) -> Operation<'_, S, H, ResourceView> {
        let kind = kind.to_owned();
        let id = id.to_owned();
        self.change(Vec::new(), move |tx, actor| {
            let kind = kind.as_str();
            let id = id.as_str();
            rules::may_manage_resource(&tx.door.catalogue, actor, kind, id)?;
            let patch = named_owner(tx, actor, patch.clone(), owner.as_ref())?;
            let old = tx.resource(kind, id)?.ok_or_else(|| not_found(kind, id))?;
            let new = rules::edit_resource(&tx.door.catalogue, actor, &old, patch, tx.now)?;
            if new != old {
                tx.put_resource(Some(&old), &new)?;
                tx.audit(Some(actor.name()), Action::ResourceChanged, subject(kind, id));
            }
            tx.resource_view(new)
        })
    }

    /// Removes a resource, and drops it from the reach of every user in the same commit.
    ///
    /// # Errors
    /// `denied`, `notFound`, `limitExceeded` where more than 4,096 users are linked to it
    pub fn remove_resource(&self, kind: &str, id: &str) -> Operation<'_, S, H, ()> {
        let kind = kind.to_owned();
        let id = id.to_owned();
        self.change(Vec::new(), move |tx, actor| {
            let kind = kind.as_str();
            let id = id.as_str();
            rules::may_manage_resource(&tx.door.catalogue, actor, kind, id)?;
            let old = tx.resource(kind, id)?.ok_or_else(|| not_found(kind, id))?;
            let linked = tx.linked(kind, id)?;
            if linked.len() > MAX_LINKED {
                let message = format!("more than {MAX_LINKED} users are linked to it; remove links first");
                return Err(Error::new(Code::LimitExceeded, message));
            }
            let mut wanted = Vec::with_capacity(linked.len() * 2);
            for &(user, _) in &linked {
                wanted.extend([keys::reach(user), keys::user(user)]);
            }
            tx.fetch(wanted)?;
            for (user, _) in linked {
                tx.put_link(user, kind, id, None)?;
                if let Some(user) = tx.user(user)? {
                    tx.audit(Some(actor.name()), Action::UserChanged, super::door::subject(&user));
                }
            }
            if let Some(owner) = old.owner {
                tx.delete(keys::resource_owner(owner, kind, id));
            }
            tx.put_resource_name(Some(&old), None)?;
            tx.delete(keys::resource(kind, id));
            tx.audit(Some(actor.name()), Action::ResourceRemoved, subject(kind, id));
            Ok(())
        })
    }

    /// The links of a user or of a resource.
    ///
    /// # Errors
    /// `denied`, `notFound` (the user)
    pub fn list_links(&self, of: &LinksOf) -> Operation<'_, S, H, Vec<LinkView>> {
        let of = of.clone();
        let about = match &of {
            LinksOf::User(name) => self.about(name),
            LinksOf::Resource(..) => Vec::new(),
        };
        self.look(about, move |tx, actor| match &of {
            LinksOf::User(name) => {
                let (user, Reach(kinds)) = tx.target_with_reach(actor, name)?;
                let mut links = Vec::new();
                for (kind, ids) in kinds {
                    if let KindReach::Only(ids) = ids {
                        for (id, level) in ids {
                            links.push(LinkView { user: user.name.clone(), kind: kind.clone(), id, level });
                        }
                    }
                }
                Ok(links)
            }
            LinksOf::Resource(kind, id) => {
                rules::check_kind(kind)?;
                rules::check_id(id)?;
                actor.need(&tx.door.catalogue, "resources.read")?;
                let linked = tx.linked(kind, id)?;
                tx.fetch(linked.iter().map(|&(user, _)| keys::user(user)))?;
                let mut links = Vec::new();
                for (user, level) in linked {
                    if let Some(user) = tx.user(user)? {
                        links.push(LinkView { user: user.name, kind: kind.clone(), id: id.clone(), level });
                    }
                }
                Ok(links)
            }
        })
    }

    /// Links a user to a resource, or changes the link's level.
    ///
    /// # Errors
    /// `denied`, `notFound` (the user), `unknownKind`, `invalidId`, `limitExceeded`, `invalidArgument` where he reaches
    /// all of the kind
    pub fn set_link(&self, user: &str, kind: &str, id: &str, level: Option<i64>) -> Operation<'_, S, H, ()> {
        self.link(user, kind, id, Some(level))
    }

    /// Removes a link.
    ///
    /// # Errors
    /// `denied`, `notFound` (the user or the link)
    pub fn remove_link(&self, user: &str, kind: &str, id: &str) -> Operation<'_, S, H, ()> {
        self.link(user, kind, id, None)
    }

    fn link(&self, name: &str, kind: &str, id: &str, level: Option<Option<i64>>) -> Operation<'_, S, H, ()> {
        let checked = rules::check_kind(kind).and_then(|()| rules::check_id(id));
        let name = name.to_owned();
        let kind = kind.to_owned();
        let id = id.to_owned();
        self.change(self.about(&name), move |tx, actor| {
            let name = name.as_str();
            let kind = kind.as_str();
            let id = &*tx.link_id(kind, &id)?;
            rules::may_manage_resource(&tx.door.catalogue, actor, kind, id)?;
            let user = tx.linked_user(name)?;
            let changed = tx.put_link(user.id, kind, id, level)?;
            if !changed && level.is_none() {
                return Err(not_found("link", id));
            }
            if changed {
                let on = Subject {
                    kind: Some(kind.to_owned()),
                    id: Some(id.to_owned()),
                    ..super::door::subject(&user)
                };
                tx.audit(Some(actor.name()), Action::LinkChanged, on);
            }
            Ok(())
        })
        .checked(checked)
    }
}

fn named_owner<S: Store, H: Host>(
    tx: &mut Tx<'_, S, H>,
    actor: &Actor,
    patch: ResourcePatch,
    owner: Option<&Option<String>>,
) -> Result<ResourcePatch> {
    actor.need(&tx.door.catalogue, "resources.manage")?;
    let owner = match owner {
        None => None,
        Some(None) => Some(None),
        Some(Some(name)) => {
            let user: User = tx.user_named(name)?.ok_or_else(|| not_found("user", name))?;
            Some(Some(user.id))
        }
    };
    Ok(ResourcePatch { owner, ..patch })
}
