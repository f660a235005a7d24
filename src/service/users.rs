use super::credentials::{Replacement, set_password};
use super::door::subject;
use super::operation::Operation;
use super::records::write;
use super::session::Session;
use super::tx::Tx;
use super::{Host, check_limit, keys, listing, not_found};
use crate::model::sorted::Set;
use crate::model::{Action, Code, Error, Groups, KindReach, Reach, Result, Secret, Settings, User, UserId};
use crate::rules::{self, Actor, Grant, Rights, ScopeBits, UserDraft, UserPatch};
use crate::store::Store;

/// A user to be, as a caller names things.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// All but groups and password.
    pub draft: UserDraft,
    /// None: cannot log in by password.
    pub password: Option<Secret>,
    /// Keys. None: the default groups.
    pub groups: Option<Vec<String>>,
}

/// Changes to a user, as a caller names things.
#[derive(Debug, Clone, Default)]
pub struct UserChanges {
    /// All but groups.
    pub patch: UserPatch,
    /// Keys: the whole new set.
    pub groups: Option<Vec<String>>,
}

/// In which order a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By the name as it is compared.
    #[default]
    Name,
    /// By id: in order of creation.
    Id,
}

/// Which part of the users is wanted.
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    /// 1 to 1,000.
    pub limit: usize,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Beginning of the name; by name only.
    pub search: Option<String>,
    /// The order.
    pub order: Order,
}

/// A user with what follows from his groups.
#[derive(Debug, Clone)]
pub struct UserView {
    /// The record.
    pub user: User,
    /// Keys of the groups he is directly in.
    pub groups: Vec<String>,
    /// Keys of those and their subgroups.
    pub effective_groups: Vec<String>,
    /// Effective scopes, without the own-account ones.
    pub bits: ScopeBits,
}

/// A page of users.
#[derive(Debug, Clone, Default)]
pub struct UserPage {
    /// The users.
    pub users: Vec<UserView>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl UserView {
    pub(super) fn of(catalogue: &rules::Catalogue, groups: &Groups, user: User) -> Self {
        Self {
            groups: groups.keys_of(&user.groups),
            effective_groups: groups.keys_of(&groups.closure(user.groups.iter().copied())),
            bits: rules::granted(catalogue, groups, &user),
            user,
        }
    }

    /// Likewise, in a list: what follows from scopes and groups is mostly the same as of the user before.
    fn behind(last: Option<&Self>, catalogue: &rules::Catalogue, groups: &Groups, user: User) -> Self {
        match last {
            Some(last) if last.user.groups == user.groups && last.user.scopes == user.scopes => Self {
                user,
                groups: last.groups.clone(),
                effective_groups: last.effective_groups.clone(),
                bits: last.bits.clone(),
            },
            _ => Self::of(catalogue, groups, user),
        }
    }

    /// Effectively an administrator.
    pub fn admin(&self) -> bool {
        self.bits.contains(0)
    }
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    /// The user a command is about. Who may not see him is refused before he learns whether there is one.
    pub(super) fn target(&mut self, actor: &Actor, name: &str) -> Result<User> {
        let id = self.user_id_of(name)?;
        rules::may_see(&self.door.catalogue, actor, id)?;
        match id {
            Some(id) => self.user(id)?,
            None => None,
        }
        .ok_or_else(|| not_found("user", name))
    }

    /// Likewise, and what he reaches; the groups come with him.
    pub(super) fn target_with_reach(&mut self, actor: &Actor, name: &str) -> Result<(User, Reach)> {
        if let Some(id) = self.user_id_of(name)? {
            self.want(vec![keys::user(id), keys::reach(id), keys::groups()]);
        }
        let user = self.target(actor, name)?;
        let reach = self.reach(user.id)?;
        Ok((user, reach))
    }

    /// Writes a user's reach and the reverse index of his links.
    pub(super) fn put_reach(&mut self, user: UserId, old: &Reach, new: &Reach) -> Result<()> {
        let listed = |reach: &Reach| -> Set<(String, String, Option<i64>)> {
            let mut links = Vec::new();
            for (kind, ids) in &reach.0 {
                if let KindReach::Only(ids) = ids {
                    links.extend(ids.iter().map(|(id, level)| (kind.clone(), id.clone(), *level)));
                }
            }
            links.into_iter().collect()
        };
        let (before, after) = (listed(old), listed(new));
        for (kind, id, _) in before.difference(&after) {
            self.delete(keys::link(kind, id, user));
        }
        for (kind, id, level) in after.difference(&before) {
            self.set(keys::link(kind, id, user), super::records::write(&(user.get(), *level))?);
        }
        if new.is_empty() {
            self.delete(keys::reach(user))
        } else {
            self.set(keys::reach(user), write(new)?)
        }
        Ok(())
    }

    /// Is the name free for this user?
    pub(super) fn need_free_name(&mut self, user: &User, old: Option<&User>) -> Result<()> {
        if old.is_some_and(|old| old.name_key == user.name_key) {
            return Ok(());
        }
        if self.get(&keys::name(&user.name_key))?.is_some() {
            let shown: String = user.name.chars().filter(|c| !c.is_control() && *c != '`').take(40).collect();
            return Err(
                Error::new(Code::AlreadyExists, format!("there is a user `{shown}` already")).at("name")
            );
        }
        Ok(())
    }
}

impl<S: Store, H: Host> Session<S, H> {
    /// A page of users.
    ///
    /// # Errors
    /// `denied` without `users.read`, `invalidArgument`
    pub async fn list_users(&self, query: &UserQuery) -> Result<UserPage> {
        check_limit(query.limit)?;
        let work = |tx: &mut Tx<'_, S, H>| {
            // Along with the credential: a page is two reads then.
            listing::want(tx, query);
            let actor = tx.actor(self.credential(), &[keys::groups()])?;
            actor.need(&tx.door.catalogue, "users.read")?;
            let (users, next) = match query.order {
                Order::Name => listing::by_name(tx, query)?,
                Order::Id => listing::by_id(tx, query)?,
            };
            let groups = tx.groups()?;
            let catalogue = &tx.door.catalogue;
            let mut views = Vec::with_capacity(users.len());
            for user in users {
                views.push(UserView::behind(views.last(), catalogue, &groups, user));
            }
            Ok(UserPage { users: views, next })
        };
        let reply = self.door().look(work).await;
        self.mark_ended(&reply);
        reply
    }

    /// One user with his reach.
    ///
    /// # Errors
    /// `denied`, `notFound`
    pub fn get_user(&self, name: &str) -> Operation<'_, S, H, (UserView, Reach)> {
        let name = name.to_owned();
        self.look(self.about(&name), move |tx, actor| {
            let name = name.as_str();
            let (user, reach) = tx.target_with_reach(actor, name)?;
            let groups = tx.groups()?;
            Ok((UserView::of(&tx.door.catalogue, &groups, user), reach))
        })
    }

    /// Adds a user.
    ///
    /// # Errors
    /// `denied`, `alreadyExists`, and the codes of bad input
    pub fn create_user(&self, new: NewUser) -> Operation<'_, S, H, (UserView, Reach)> {
        let mut ahead = self.about(&new.draft.name);
        ahead.extend([keys::sequence("user"), keys::groups()]);
        self.change(ahead, move |tx, actor| {
            actor.need(&tx.door.catalogue, "users.manage")?;
            tx.door.policy.check_name(&new.draft.name)?;
            rules::check_reach(&new.draft.reach)?;
            self.check_optional(new.password.as_ref())?;
            let password = match &new.password {
                Some(password) => Some(tx.hashed(password)?),
                None => None,
            };
            let groups = tx.groups()?;
            let member = new.groups.as_ref().map(|given| rules::resolve_keys(&groups, given)).transpose()?;
            let draft = UserDraft { password, groups: member, ..new.draft.clone() };
            let id = UserId::new(tx.next("user")?)?;
            let reach = draft.reach.clone();
            let user =
                rules::add_user(&tx.door.catalogue, &tx.door.policy, &groups, actor, id, draft, tx.now)?;
            tx.need_free_name(&user, None)?;
            tx.put_user(None, Some(&user))?;
            tx.put_reach(user.id, &Reach::default(), &reach)?;
            tx.audit(Some(actor.name()), Action::UserAdded, subject(&user));
            Ok((UserView::of(&tx.door.catalogue, &groups, user), reach))
        })
    }

    /// Changes a user's record.
    ///
    /// # Errors
    /// `denied`, `notFound`, `alreadyExists`, `lastAdmin`, `ownAccount`, and the codes of bad input
    pub fn edit_user(&self, name: &str, changes: UserChanges) -> Operation<'_, S, H, (UserView, Reach)> {
        self.edit(name, changes, None)
    }

    /// Changes a user's record and password, in one commit.
    ///
    /// # Errors
    /// As for [`Session::edit_user`] and [`Session::change_password`]
    #[cfg(feature = "faces")]
    pub fn edit_with_password(
        &self,
        name: &str,
        changes: UserChanges,
        password: &Secret,
        current: Option<&Secret>,
    ) -> Operation<'_, S, H, (UserView, Reach)> {
        let checked = self.check_optional(Some(password));
        self.edit(name, changes, Some(self.replacement(Some(password), current))).checked(checked)
    }

    fn edit(
        &self,
        name: &str,
        changes: UserChanges,
        password: Option<Replacement>,
    ) -> Operation<'_, S, H, (UserView, Reach)> {
        let name = name.to_owned();
        let checked = changes.patch.reach.as_ref().map_or(Ok(()), rules::check_reach);
        self.change(self.about(&name), move |tx, actor| {
            let name = name.as_str();
            let (old, reach) = tx.target_with_reach(actor, name)?;
            let groups = tx.groups()?;
            let phc = match &password {
                Some(password) => Some(password.check(tx, &groups, actor, &old, &reach)?),
                None => None,
            };
            let member =
                changes.groups.as_ref().map(|given| rules::resolve_keys(&groups, given)).transpose()?;
            let patch = UserPatch { groups: member, ..changes.patch.clone() };
            let risky = patch.status.is_some()
                || patch.admin.is_some()
                || patch.groups.is_some()
                || patch.scopes.is_some();
            let others =
                !risky || !tx.door.policy.last_admin_guard || tx.other_admins(&groups, Some(old.id))?;
            let (door, now) = (tx.door, tx.now);
            let (mut new, new_reach) = rules::edit_user(
                &door.catalogue,
                &door.policy,
                &groups,
                actor,
                &old,
                &reach,
                patch,
                others,
                now,
            )?;
            tx.need_free_name(&new, Some(&old))?;
            let replaced = phc.is_some();
            if let Some(phc) = phc {
                set_password(&mut new, phc, now);
            }
            if new != old || new_reach != reach {
                tx.put_user(Some(&old), Some(&new))?;
                if new_reach != reach {
                    tx.put_reach(new.id, &reach, &new_reach)?;
                }
                if new.name != old.name {
                    tx.rename_customer(&old.name, Some(&new.name))?;
                }
                tx.audit(Some(actor.name()), Action::UserChanged, subject(&new));
            }
            if replaced {
                tx.audit(Some(actor.name()), Action::PasswordChanged, subject(&new));
                new = tx.after_password(actor, new, None)?;
            }
            Ok((UserView::of(&door.catalogue, &groups, new), new_reach))
        })
        .checked(checked)
    }

    /// Removes a user, his tokens, links and memberships, in one commit.
    ///
    /// # Errors
    /// `denied`, `notFound`, `ownAccount`, `lastAdmin`
    pub fn delete_user(&self, name: &str) -> Operation<'_, S, H, ()> {
        let name = name.to_owned();
        self.change(self.about(&name), move |tx, actor| {
            let name = name.as_str();
            // Who may remove but the policy does not let remove himself shall hear that, not that he is unknown.
            let (user, reach) = tx.target_with_reach(actor, name)?;
            let groups = tx.groups()?;
            let others = !tx.door.policy.last_admin_guard || tx.other_admins(&groups, Some(user.id))?;
            let door = tx.door;
            rules::remove_user(&door.catalogue, &door.policy, &groups, actor, &user, &reach, others)?;
            for token in tx.owned(user.id)? {
                tx.drop_token(user.id, &token)?;
            }
            tx.delete(keys::token_count(user.id));
            tx.put_reach(user.id, &reach, &Reach::default())?;
            super::resources::disown(tx, user.id)?;
            tx.rename_customer(&user.name, None)?;
            tx.put_user(Some(&user), None)?;
            tx.audit(Some(actor.name()), Action::UserRemoved, subject(&user));
            Ok(())
        })
    }

    /// A user's settings.
    ///
    /// # Errors
    /// `denied`, `notFound`
    pub fn settings(&self, name: &str) -> Operation<'_, S, H, Settings> {
        let name = name.to_owned();
        self.look(self.about(&name), move |tx, actor| Ok(tx.target(actor, &name)?.settings))
    }

    /// Replaces top-level keys of a user's settings; others stay.
    ///
    /// # Errors
    /// `denied`, `notFound`, `invalidSettings`
    pub fn save_settings(&self, name: &str, changes: Settings) -> Operation<'_, S, H, ()> {
        let name = name.to_owned();
        self.change(self.about(&name), move |tx, actor| {
            let name = name.as_str();
            let user = tx.target(actor, name)?;
            if actor.user_id() == Some(user.id) {
                actor.need(&tx.door.catalogue, "self.manage")?;
            } else {
                actor.need(&tx.door.catalogue, "users.manage")?;
            }
            let new = rules::merge_settings(&user, changes.clone(), tx.now)?;
            if new.settings != user.settings {
                tx.put_user(Some(&user), Some(&new))?;
                tx.audit(Some(actor.name()), Action::SettingsChanged, subject(&new));
            }
            Ok(())
        })
    }

    /// A user's effective rights, each with where it comes from.
    ///
    /// # Errors
    /// `denied`, `notFound`
    pub fn rights(&self, name: &str) -> Operation<'_, S, H, (User, bool, Vec<Grant>, Reach)> {
        let name = name.to_owned();
        self.look(self.about(&name), move |tx, actor| {
            let name = name.as_str();
            let (user, reach) = tx.target_with_reach(actor, name)?;
            let groups = tx.groups()?;
            let admin = Rights::of(&tx.door.catalogue, &groups, &user, &reach, None).admin;
            let grants = rules::explain_rights(&tx.door.catalogue, &groups, &user);
            Ok((user, admin, grants, reach))
        })
    }
}
