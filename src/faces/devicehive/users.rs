//! Users (spec §2.2 to §2.6, §3.3, §3.4).

use http::{Method, StatusCode};

use super::actions::Action;
use super::body::{Body, Fields};
use super::caller::{Caller, DEVICE_TYPE, NETWORK, has_all};
use super::fault::{Fault, LENGTH, PASSWORD, TAKEN, Violations};
use super::query::{Listed, Query, Sort};
use super::{Devicehive, Reply, Target, places};
use crate::faces::time::iso_millis;
use crate::faces::web::{Asked, bare_reply, json_reply};
use crate::json::Writer;
use crate::model::{KindReach, Reach, Resource, Secret, Status, User, UserId};
use crate::rules::{UserDraft, UserPatch, without_admin};
use crate::service::{Host, NewUser, Order, Store, UserChanges, UserView, Walk, Whom};

const CHARACTERS: &str =
    "Login can contain only lowercase or uppercase letters, numbers, and some special symbols (_@.)";

fn status_number(status: Status) -> u64 {
    match status {
        Status::Active => 0,
        Status::Locked => 1,
        Status::Disabled => 2,
    }
}

fn status_of(number: i64) -> Option<Status> {
    match number {
        0 => Some(Status::Active),
        1 => Some(Status::Locked),
        2 => Some(Status::Disabled),
        _ => None,
    }
}

/// The eight members every reply has; with `networks` where they are given.
fn write(out: &mut Writer, view: &UserView, reach: &Reach, networks: Option<&[Resource]>) {
    let user = &view.user;
    out.open('{').name("id").number(user.id.get());
    out.name("login").text(&user.name);
    out.name("role").number(u64::from(!view.admin()));
    out.name("status").number(status_number(user.status));
    out.name("lastLogin").maybe_text(user.last_login.map(iso_millis).as_deref());
    out.name("data").maybe_raw(user.data.as_deref());
    out.name("introReviewed").flag(user.intro_reviewed);
    out.name("allDeviceTypesAvailable").flag(has_all(reach, DEVICE_TYPE));
    if let Some(networks) = networks {
        out.name("networks").open('[');
        for network in networks {
            places::write(out, network, false);
        }
        out.close(']');
    }
    out.close('}');
}

/// A login as it will be: without the blanks around it (§2.4).
fn trimmed(login: &str) -> &str {
    login.trim_matches(|c: char| c <= ' ')
}

fn check_login(login: &str) -> Result<(), Fault> {
    let length = login.chars().count();
    let characters = |c: char| c.is_ascii_alphanumeric() || "_@.-".contains(c);
    let mut text = String::new();
    if !(3..=128).contains(&length) {
        text.push_str(LENGTH);
    }
    if !login.chars().all(characters) {
        text.push_str(CHARACTERS);
    }
    if text.is_empty() { Ok(()) } else { Err(Fault::bad(text)) }
}

fn is_good_password(password: &str) -> bool {
    (6..=128).contains(&password.chars().count()) && !password.contains(['\n', '\r'])
}

/// What a body says of a user, each member of its type.
struct Wanted {
    login: Option<String>,
    password: Option<Secret>,
    old_password: Option<Secret>,
    role: Option<i64>,
    status: Option<i64>,
    /// JSON text, of an object or not.
    data: Option<String>,
    intro_reviewed: Option<bool>,
}

impl Wanted {
    /// # Errors
    /// 400 for a member of another type
    fn of(fields: &Fields<'_>) -> Result<Self, Fault> {
        Ok(Self {
            login: fields.text("login")?,
            password: fields.text("password")?.map(Secret::new),
            old_password: fields.text("oldPassword")?.map(Secret::new),
            role: fields.integer("role")?,
            status: fields.integer("status")?,
            data: fields.get("data").map(|value| value.raw().to_owned()),
            intro_reviewed: fields.flag("introReviewed")?,
        })
    }

    /// # Errors
    /// 400 for `data` that is no object
    fn check_data(&self) -> Result<(), Fault> {
        let object = self.data.as_ref().is_none_or(|data| data.starts_with('{'));
        if object { Ok(()) } else { Err(Fault::bad("'parameters' must be JSON Object!")) }
    }

    /// Role 0, and the status.
    fn check_numbers(&self, violations: &mut Violations) -> (Option<bool>, Option<Status>) {
        let admin = self.role.filter(|role| matches!(role, 0 | 1)).map(|role| role == 0);
        if let (Some(role), None) = (self.role, admin) {
            violations.add("role", &role.to_string(), "role should be 0 or 1.");
        }
        let status = self.status.and_then(status_of);
        if let (Some(number), None) = (self.status, status) {
            violations.add("status", &number.to_string(), "status should be from 0 to 2.");
        }
        (admin, status)
    }
}

impl<S: Store, H: Host> Devicehive<S, H> {
    pub(super) async fn list_users(&self, request: &Asked, caller: &Caller<S, H>) -> Reply {
        caller.need(&[Action::ManageUser])?;
        let query = Query::of(request, Listed::Users)?;
        let mut out = Writer::default();
        out.open('[');
        let (mut skip, mut take) = (query.skip, query.take);
        self.each(&query, |view, reach| {
            if skip > 0 {
                skip -= 1;
            } else if take > 0 {
                take -= 1;
                write(&mut out, view, reach, None);
            }
            take > 0
        })
        .await?;
        out.close(']');
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    pub(super) async fn count_users(&self, request: &Asked, caller: &Caller<S, H>) -> Reply {
        caller.need(&[Action::ManageUser])?;
        let query = Query::filters(request, Listed::Users)?;
        let mut count = 0;
        self.each(&query, |_, _| {
            count += 1;
            true
        })
        .await?;
        Ok(json_reply(StatusCode::OK, format!("{{\"count\":{count}}}")))
    }

    /// The users a query asks for, in its order, until there is no interest in more.
    async fn each(
        &self,
        query: &Query,
        mut more: impl FnMut(&UserView, &Reach) -> bool,
    ) -> Result<(), Fault> {
        if query.take == 0 {
            return Ok(());
        }
        let fits = |view: &UserView| {
            query.role.is_none_or(|role| role == i64::from(!view.admin()))
                && query.status.is_none_or(|status| status_of(status) == Some(view.user.status))
        };
        // An exact login is one look-up, whatever the number of users.
        if let (Some(login), None) = (&query.name, &query.pattern) {
            let found = self.door.view_of(Whom::Name(login)).await?;
            if let Some((view, reach)) = found.filter(|(view, _)| view.user.name == *login && fits(view)) {
                more(&view, &reach);
            }
            return Ok(());
        }
        let prefix = query.pattern.as_ref().map(super::query::Pattern::prefix).unwrap_or_default();
        // By name where the pattern narrows it down, and sorted afterwards where another order is asked for.
        let by_name = query.sort == Sort::Name || !prefix.is_empty();
        let mut walk = Walk {
            order: if by_name { Order::Name } else { Order::Id },
            reverse: query.descending && (by_name == (query.sort == Sort::Name)),
            prefix: &prefix,
            after: None,
        };
        let resort = by_name && query.sort == Sort::Id;
        let mut kept = Vec::new();
        loop {
            let (mut users, next) = self.door.walk(&walk).await?;
            let matches = |user: &User| query.pattern.as_ref().is_none_or(|pattern| pattern.fits(&user.name));
            users.retain(matches);
            for (view, reach) in self.door.views(users).await? {
                if !fits(&view) {
                    continue;
                }
                if resort {
                    kept.push((view, reach));
                } else if !more(&view, &reach) {
                    return Ok(());
                }
            }
            match next {
                Some(next) => walk.after = Some(next),
                None => break,
            }
        }
        kept.sort_by_key(|(view, _)| view.user.id);
        if query.descending {
            kept.reverse();
        }
        for (view, reach) in &kept {
            if !more(view, reach) {
                break;
            }
        }
        Ok(())
    }

    pub(super) async fn insert_user(&self, body: Body<'_>, caller: &Caller<S, H>) -> Reply {
        caller.need(&[Action::ManageUser])?;
        caller.need_admin()?;
        let fields = body.needed()?;
        let wanted = Wanted::of(&fields)?;
        let all_types = fields.flag("allDeviceTypesAvailable")?.unwrap_or(true);
        wanted.check_data()?;
        let mut violations = Violations::default();
        violations.check("login", wanted.login.as_deref(), 1..=128);
        let (admin, status) = wanted.check_numbers(&mut violations);
        if wanted.password.as_ref().is_some_and(|password| password.reveal().chars().count() > 128) {
            violations.add("password", "…", "password should be up to 128 symbols.");
        }
        violations.none()?;
        let mut violations = Violations::default();
        violations.need("login", wanted.login.is_some());
        violations.none()?;
        let login = wanted.login.unwrap_or_default();
        let admin = admin.ok_or_else(|| Fault::bad("User role is invalid or empty"))?;
        let login = trimmed(&login);
        if self.door.user(Whom::Name(login)).await?.is_some() {
            return Err(Fault::forbidden(TAKEN));
        }
        let password = wanted.password.filter(|password| is_good_password(password.reveal()));
        let password = password.ok_or_else(|| Fault::bad(PASSWORD))?;
        check_login(login)?;
        let mut reach = Reach::default();
        if all_types {
            reach.0.insert(DEVICE_TYPE.to_owned(), KindReach::All);
        }
        let draft = UserDraft {
            name: login.to_owned(),
            status,
            admin,
            reach,
            data: wanted.data,
            intro_reviewed: wanted.intro_reviewed.unwrap_or(false),
            ..UserDraft::default()
        };
        let new = NewUser { draft, password: Some(password), groups: None };
        let (view, reach) = caller.session.create_user(new).await?;
        let user = &view.user;
        let mut out = Writer::default();
        out.open('{').name("id").number(user.id.get());
        out.name("lastLogin").maybe_text(None);
        out.name("data").maybe_raw(user.data.as_deref());
        out.name("introReviewed").flag(user.intro_reviewed);
        out.name("allDeviceTypesAvailable").flag(has_all(&reach, DEVICE_TYPE));
        out.close('}');
        Ok(json_reply(StatusCode::CREATED, out.end()))
    }

    pub(super) async fn user(
        &self,
        target: &Target,
        method: &Method,
        body: Body<'_>,
        caller: &Caller<S, H>,
    ) -> Reply {
        let own = caller.own();
        let id = match target {
            Target::Current => own,
            Target::Id(id) => *id,
        };
        match *method {
            Method::GET => {
                caller.need(&[Action::GetCurrentUser, Action::ManageUser])?;
                if id != own && !caller.is_admin() {
                    return Err(Fault::hidden_user(id));
                }
                let (view, reach) = self.found(id).await?;
                self.one(&view, &reach).await
            }
            Method::PUT => {
                caller.need(&[Action::UpdateCurrentUser, Action::ManageUser])?;
                // What is no user's body at all is told first (§1.5).
                let fields = body.fields();
                let wanted = fields.as_ref().map(Wanted::of).transpose()?;
                if id != own {
                    caller.need_admin()?;
                }
                self.update(id, wanted, caller).await
            }
            _ => {
                caller.need(&[Action::ManageUser])?;
                if id == own {
                    return Err(Fault::forbidden(
                        "You can not delete a user or access key that you use to authenticate this request",
                    ));
                }
                caller.need_admin()?;
                let (view, _) = self.found(id).await?;
                caller.session.delete_user(&view.user.name).await?;
                Ok(bare_reply(StatusCode::NO_CONTENT))
            }
        }
    }

    /// # Errors
    /// 404
    pub(super) async fn found(&self, id: i64) -> Result<(UserView, Reach), Fault> {
        let user = u64::try_from(id).ok().and_then(|id| UserId::new(id).ok());
        let user = user.ok_or_else(|| Fault::no_user(id))?;
        self.door.view_of(Whom::Id(user)).await?.ok_or_else(|| Fault::no_user(id))
    }

    async fn one(&self, view: &UserView, reach: &Reach) -> Reply {
        let networks = self.reached(NETWORK, reach).await?;
        let mut out = Writer::default();
        write(&mut out, view, reach, Some(&networks));
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    /// The steps of §2.5, in their order.
    async fn update(&self, id: i64, wanted: Option<Wanted>, caller: &Caller<S, H>) -> Reply {
        let (view, _) = self.found(id).await?;
        let user = &view.user;
        let done = Ok(bare_reply(StatusCode::NO_CONTENT));
        let Some(mut wanted) = wanted else { return done };
        if wanted.login.is_some() || wanted.role.is_some() || wanted.status.is_some() {
            caller.need_admin()?;
        }
        let password =
            self.new_password(user, wanted.password.take(), wanted.old_password.take(), caller).await?;
        let mut patch = UserPatch { intro_reviewed: wanted.intro_reviewed, ..UserPatch::default() };
        if let Some(login) = wanted.login.as_deref().map(trimmed).filter(|login| *login != user.name) {
            let other = self.door.user(Whom::Name(login)).await?;
            if other.is_some_and(|other| other.id != user.id) {
                return Err(Fault::forbidden(TAKEN));
            }
            check_login(login)?;
            patch.name = Some(login.to_owned());
        }
        if password.as_ref().is_some_and(|(password, _)| !is_good_password(password.reveal())) {
            return Err(Fault::bad(PASSWORD));
        }
        let mut violations = Violations::default();
        let (admin, status) = wanted.check_numbers(&mut violations);
        violations.none()?;
        wanted.check_data()?;
        patch.status = status.filter(|status| *status != user.status);
        patch.data = Some(wanted.data);
        let mut keys = None;
        match admin.filter(|admin| *admin != view.admin()) {
            Some(true) => patch.admin = Some(true),
            Some(false) => {
                let groups = self.door.groups().await?;
                let (scopes, left) = without_admin(self.door.catalogue(), &groups, user);
                patch.scopes = Some(scopes);
                keys = Some(left);
            }
            None => {}
        }
        let changes = UserChanges { patch, groups: keys };
        match password {
            Some((password, old)) => {
                caller.session.edit_with_password(&user.name, changes, &password, old.as_ref()).await?
            }
            None => caller.session.edit_user(&user.name, changes).await?,
        };
        done
    }

    /// The password a change asks for, once the old one has been looked at (§3.4).
    async fn new_password(
        &self,
        user: &User,
        password: Option<Secret>,
        old: Option<Secret>,
        caller: &Caller<S, H>,
    ) -> Result<Option<(Secret, Option<Secret>)>, Fault> {
        let Some(password) = password else { return Ok(None) };
        let old = old.filter(|old| !old.reveal().is_empty());
        if !caller.is_admin() && old.is_none() {
            return Err(Fault::forbidden("Old password is required!"));
        }
        if password.reveal().is_empty() {
            return Ok(None);
        }
        if let Some(old) = &old
            && !self.door.is_password(user, old).await?
        {
            return Err(Fault::forbidden("Invalid credentials"));
        }
        Ok(Some((password, old)))
    }
}
