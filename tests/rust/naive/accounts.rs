//! Log-ins and accounts.

use std::collections::{BTreeMap, BTreeSet};

use doorward::model::Code;

use super::{Actor, Fields, Line, Model, Reach, Token, User, known, names};

const DAY: u64 = 24 * 60 * 60 * 1000;

impl Model {
    pub(super) fn check_password(&self, password: Option<&str>, why: &mut Vec<Code>) {
        if password.is_some_and(|password| !names::good_password(self.preset, password)) {
            why.push(Code::InvalidPassword);
        }
    }

    pub(super) fn check_fields(&self, fields: &Fields, why: &mut Vec<Code>) {
        if fields.name.is_some_and(|name| names::kept(self.preset, name).is_none()) {
            why.push(Code::InvalidName);
        }
        // nymea never looks at an address.
        if self.preset != "nymea" && fields.email.is_some_and(|email| !names::good_email(email)) {
            why.push(Code::InvalidEmail);
        }
        if fields.scopes.iter().flatten().any(|scope| !known(scope)) {
            why.push(Code::UnknownScope);
        }
        if fields.groups.iter().flatten().any(|key| self.group(key).is_none()) {
            why.push(Code::UnknownGroup);
        }
        if fields.reach.as_ref().is_some_and(|reach| reach.keys().any(|kind| kind.contains(' '))) {
            why.push(Code::UnknownKind);
        }
    }

    fn ids(&self, keys: &[&str]) -> BTreeSet<u32> {
        keys.iter().filter_map(|key| self.group(key)).map(|group| group.id).collect()
    }

    fn blank(&self) -> User {
        User {
            id: self.last_user + 1,
            name: String::new(),
            key: String::new(),
            display: String::new(),
            email: String::new(),
            status: "active",
            password: None,
            scopes: BTreeSet::new(),
            groups: self.groups.iter().filter(|group| group.default).map(|group| group.id).collect(),
            reach: Reach::new(),
            failures: 0,
            last_failed: None,
            last_login: None,
            settings: BTreeMap::new(),
            stale: false,
        }
    }

    /// The user with the fields; only to be used where the fields are good.
    fn with(&self, user: &User, fields: &Fields) -> User {
        let mut user = user.clone();
        if let Some((name, key)) = fields.name.and_then(|name| names::kept(self.preset, name)) {
            (user.name, user.key) = (name, key);
        }
        if let Some(status) = fields.status {
            if status == "active" && user.status != "active" {
                (user.failures, user.last_failed) = (0, None);
            }
            user.status = status;
        }
        if let Some(keys) = &fields.groups {
            user.groups = self.ids(keys);
        }
        match fields.admin {
            Some(true) => {
                user.groups.insert(1);
            }
            Some(false) => {
                user.groups.remove(&1);
            }
            None => {}
        }
        if let Some(scopes) = &fields.scopes {
            user.scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        }
        if let Some(reach) = &fields.reach {
            user.reach = reach.clone();
        }
        user.email = fields.email.map_or(user.email, str::to_owned);
        user.display = fields.display.map_or(user.display, str::to_owned);
        user
    }

    pub(super) fn set_up(&mut self, name: &str, password: &str) -> Vec<Code> {
        let mut why = Vec::new();
        let kept = names::kept(self.preset, name);
        if kept.is_none() {
            why.push(Code::InvalidName);
        }
        self.check_password(Some(password), &mut why);
        if !self.users.is_empty() {
            why.push(Code::SetupDone);
        }
        if let (Some((name, key)), true) = (kept, why.is_empty()) {
            let mut user = User { name, key, password: Some(password.to_owned()), ..self.blank() };
            user.groups.insert(1);
            user.last_login = Some(self.now);
            self.last_user = user.id;
            self.note("setUp", Some(user.id));
            self.users.push(user);
            self.begin_session(self.last_user);
        }
        why
    }

    /// A log-in: the code, or `None` and a new session token. Its traces are left either way.
    pub fn log_in(&mut self, name: &str, password: &str) -> Option<Code> {
        self.lines.clear();
        let key = names::looked_up(self.preset, name);
        let user = self.named(name).cloned();
        let (failures, last) = match &user {
            Some(user) => (user.failures, user.last_failed),
            None => self.strangers.get(&key).map_or((0, None), |&(failures, last)| (failures, Some(last))),
        };
        let failed = |model: &mut Self, code| {
            model.lines.push(Line {
                what: "loginFailed",
                user: user.as_ref().map(|user| user.id),
                on: None,
                ok: false,
            });
            Some(code)
        };
        if let (true, Some(last)) = (self.preset == "doorward" && failures >= 5, last) {
            let wait = (1000_u64 << (failures - 5).min(20)).min(15 * 60 * 1000);
            if self.now < last + wait {
                return failed(self, Code::LockedOut);
            }
        }
        let Some(found) = &user else {
            let entry = self.strangers.entry(key).or_insert((0, self.now));
            *entry = (entry.0 + 1, self.now);
            return failed(self, Code::BadCredentials);
        };
        let (id, now, preset) = (found.id, self.now, self.preset);
        if found.password.as_deref() != Some(password) {
            // Waiting is for all names alike; locking only for accounts that a password opens.
            if preset == "doorward" || (found.status == "active" && found.password.is_some()) {
                let user = self.user_mut(id);
                (user.failures, user.last_failed) = (user.failures + 1, Some(now));
                if preset == "devicehive" && user.failures == 10 {
                    (user.status, user.failures) = ("locked", 0);
                }
            }
            return failed(self, Code::BadCredentials);
        }
        if found.status != "active" {
            return failed(self, Code::AccountDisabled);
        }
        let user = self.user_mut(id);
        (user.failures, user.last_failed) = (0, None);
        let resolution = if preset == "devicehive" { 1000 } else { 0 };
        if user.last_login.is_none_or(|last| now > last + resolution) {
            user.last_login = Some(now);
        }
        self.begin_session(id);
        None
    }

    fn begin_session(&mut self, owner: u64) {
        let now = self.now;
        self.tokens.retain(|token| {
            token.owner != owner || token.kind != "session" || token.expires.is_none_or(|at| at > now)
        });
        self.last_token += 1;
        self.tokens.push(Token {
            number: self.last_token,
            id: String::new(),
            owner,
            kind: "session",
            name: "test".into(),
            scopes: None,
            reach: None,
            expires: (self.preset != "nymea").then_some(now + 30 * DAY),
            primary: false,
        });
        self.note("loggedIn", Some(owner));
    }

    pub(super) fn log_out(&mut self, actor: Actor) -> Vec<Code> {
        let Actor::Token(number) = actor else { return vec![Code::Unsupported] };
        self.note("loggedOut", self.own(actor));
        self.drop_token(number);
        Vec::new()
    }

    pub(super) fn add_user(&mut self, actor: Actor, password: Option<&str>, fields: &Fields) -> Vec<Code> {
        let mut why = self.needs(actor, "users.manage");
        self.check_fields(fields, &mut why);
        self.check_password(password, &mut why);
        let key = names::kept(self.preset, fields.name.unwrap_or_default()).map(|(_, key)| key);
        if why.is_empty() && self.users.iter().any(|user| Some(&user.key) == key.as_ref()) {
            why.push(Code::AlreadyExists);
        }
        // Not to be made an administrator is no reason to be taken out of a group that is named.
        let fields = &Fields { admin: fields.admin.filter(|&admin| admin), ..fields.clone() };
        let user = User { password: password.map(str::to_owned), ..self.with(&self.blank(), fields) };
        if !self.above(actor, &user) {
            why.push(Code::Denied);
        }
        if why.is_empty() {
            self.last_user = user.id;
            self.note("userAdded", Some(user.id));
            self.users.push(user);
        }
        why
    }

    pub(super) fn edit_user(&mut self, actor: Actor, name: &str, fields: &Fields) -> Vec<Code> {
        let mut why = Vec::new();
        self.check_fields(fields, &mut why);
        let Some(id) = self.target(actor, name, &mut why) else { return why };
        let old = self.user(id).clone();
        let new = self.with(&old, fields);
        let own = self.own(actor) == Some(id);
        let personal = fields.name.is_none()
            && fields.status.is_none()
            && fields.admin.is_none()
            && fields.groups.is_none()
            && fields.scopes.is_none()
            && fields.reach.is_none();
        why.extend(self.needs(actor, if own && personal { "self.manage" } else { "users.manage" }));
        if !own && !self.above(actor, &old) {
            why.push(Code::Denied);
        }
        let rights_changed = new.scopes != old.scopes || new.groups != old.groups || new.reach != old.reach;
        if rights_changed && !self.above(actor, &new) {
            why.push(Code::Denied);
        }
        let counts = |user: &User| user.status == "active" && self.is_admin(user);
        let demoted = counts(&old) && !counts(&new);
        if own && self.preset == "doorward" && (new.status != "active" || demoted) {
            why.push(Code::OwnAccount);
        }
        if demoted && self.guards_last_admin() && self.active_admins() == 1 {
            why.push(Code::LastAdmin);
        }
        if self.users.iter().any(|other| other.id != id && other.key == new.key) {
            why.push(Code::AlreadyExists);
        }
        if why.is_empty() {
            if new != old || old.stale {
                self.note("userChanged", Some(id));
            }
            *self.user_mut(id) = User { stale: false, ..new };
        }
        why
    }

    pub(super) fn delete_user(&mut self, actor: Actor, name: &str) -> Vec<Code> {
        let mut why = Vec::new();
        let Some(id) = self.target(actor, name, &mut why) else { return why };
        why.extend(self.needs(actor, "users.manage"));
        let user = self.user(id);
        if self.own(actor) == Some(id) {
            if self.preset != "nymea" {
                why.push(Code::OwnAccount);
            }
        } else if !self.above(actor, user) {
            why.push(Code::Denied);
        }
        let last = user.status == "active" && self.is_admin(user) && self.active_admins() == 1;
        if last && self.guards_last_admin() {
            why.push(Code::LastAdmin);
        }
        if why.is_empty() {
            self.users.retain(|user| user.id != id);
            self.tokens.retain(|token| token.owner != id);
            for resource in self.resources.iter_mut().filter(|resource| resource.owner == Some(id)) {
                resource.owner = None;
            }
            self.note("userRemoved", Some(id));
        }
        why
    }

    pub(super) fn change_password(
        &mut self,
        actor: Actor,
        name: &str,
        password: Option<&str>,
        current: Option<&str>,
    ) -> Vec<Code> {
        let mut why = Vec::new();
        self.check_password(password, &mut why);
        let Some(id) = self.target(actor, name, &mut why) else { return why };
        let user = self.user(id);
        if !self.may_manage(actor, user) {
            why.push(Code::Denied);
        }
        let own = self.own(actor) == Some(id);
        if own {
            let by_policy = match self.preset {
                "nymea" => false,
                "devicehive" => !self.is_admin(user),
                _ => true,
            };
            let asked = self.limited(actor) || (by_policy && user.password.is_some());
            match current.filter(|current| !current.is_empty()) {
                Some(current) if user.password.as_deref() != Some(current) => {
                    why.push(Code::CurrentPasswordWrong);
                }
                None if asked => why.push(Code::CurrentPasswordRequired),
                _ => {}
            }
        }
        if !why.is_empty() {
            return why;
        }
        let user = self.user_mut(id);
        user.password = password.map(str::to_owned);
        (user.failures, user.last_failed) = (0, None);
        self.note("passwordChanged", Some(id));
        let mine = self.own_token(actor).map(|token| token.number);
        let goes = |preset: &str, token: &Token| match preset {
            "octoprint" => token.kind == "session",
            "nymea" => !own,
            "devicehive" => false,
            _ => !own || Some(token.number) != mine,
        };
        let (gone, kept): (Vec<Token>, Vec<Token>) =
            self.tokens.drain(..).partition(|token| token.owner == id && goes(self.preset, token));
        self.tokens = kept;
        for _ in gone {
            self.note("tokenRevoked", Some(id));
        }
        why
    }

    pub(super) fn save_settings(
        &mut self,
        actor: Actor,
        name: &str,
        settings: &BTreeMap<&'static str, &'static str>,
    ) -> Vec<Code> {
        let mut why = Vec::new();
        let Some(id) = self.target(actor, name, &mut why) else { return why };
        let own = self.own(actor) == Some(id);
        why.extend(self.needs(actor, if own { "self.manage" } else { "users.manage" }));
        if why.is_empty() {
            let user = self.user_mut(id);
            let before = user.settings.clone();
            user.settings.extend(settings.iter().map(|(&key, &value)| (key.to_owned(), value.to_owned())));
            if user.settings != before {
                self.note("settingsChanged", Some(id));
            }
        }
        why
    }
}
