//! The commands, as data, and where each is decided.

use std::collections::{BTreeMap, BTreeSet};

use doorward::model::Code;

use super::{Actor, Model, Reach};

/// Which session acts: 0 is the machine's owner, others by their place in the driver's list.
pub type Asker = usize;

/// Fields of a user, each named or not.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    pub name: Option<&'static str>,
    pub status: Option<&'static str>,
    pub admin: Option<bool>,
    pub groups: Option<Vec<&'static str>>,
    pub scopes: Option<BTreeSet<&'static str>>,
    pub reach: Option<Reach>,
    pub email: Option<&'static str>,
    pub display: Option<&'static str>,
}

/// What a new token is given.
#[derive(Debug, Clone, Default)]
pub struct Given {
    pub session: bool,
    pub name: &'static str,
    pub scopes: Option<BTreeSet<&'static str>>,
    pub reach: Option<Reach>,
    /// Relative to now; not positive: in the past.
    pub expires: Option<i64>,
}

#[derive(Debug, Clone)]
pub enum Command {
    SetUp {
        name: &'static str,
        password: &'static str,
    },
    LogIn {
        name: &'static str,
        password: &'static str,
    },
    Authenticate {
        token: usize,
    },
    LogOut {
        by: Asker,
    },
    Pass {
        milliseconds: u64,
    },
    GetUser {
        by: Asker,
        name: &'static str,
    },
    AddUser {
        by: Asker,
        password: Option<&'static str>,
        fields: Fields,
    },
    EditUser {
        by: Asker,
        name: &'static str,
        fields: Fields,
    },
    DeleteUser {
        by: Asker,
        name: &'static str,
    },
    ChangePassword {
        by: Asker,
        name: &'static str,
        password: &'static str,
        current: Option<&'static str>,
    },
    ClearPassword {
        by: Asker,
        name: &'static str,
    },
    GenerateKey {
        by: Asker,
        name: &'static str,
    },
    ResetKey {
        by: Asker,
        name: &'static str,
    },
    SaveSettings {
        by: Asker,
        name: &'static str,
        settings: BTreeMap<&'static str, &'static str>,
    },
    CreateToken {
        by: Asker,
        user: Option<&'static str>,
        given: Given,
    },
    ListTokens {
        by: Asker,
        user: Option<&'static str>,
    },
    RevokeOne {
        by: Asker,
        token: usize,
        user: Option<&'static str>,
    },
    RevokeAll {
        by: Asker,
        user: Option<&'static str>,
    },
    PutGroup {
        by: Asker,
        new: bool,
        key: &'static str,
        scopes: Option<BTreeSet<&'static str>>,
        inside: Option<Vec<&'static str>>,
        default: Option<bool>,
    },
    RemoveGroup {
        by: Asker,
        key: &'static str,
    },
    PutResource {
        by: Asker,
        new: bool,
        kind: &'static str,
        id: &'static str,
        name: Option<&'static str>,
        owner: Option<Option<&'static str>>,
    },
    RemoveResource {
        by: Asker,
        kind: &'static str,
        id: &'static str,
    },
    Link {
        by: Asker,
        user: &'static str,
        kind: &'static str,
        id: &'static str,
        level: Option<Option<i64>>,
    },
    ListUsers {
        by: Asker,
    },
}

impl Model {
    /// Why the command has to be refused; empty: it is done, and the model has changed. Log-ins have their own way.
    pub fn run(&mut self, command: &Command, actor: Actor, picked: Option<u64>) -> Vec<Code> {
        self.lines.clear();
        let ended = self.ended(actor);
        if !ended.is_empty() {
            // What is wrong with the arguments alone may be said as well; nothing else.
            let mut why = ended;
            why.extend(self.wrong_arguments(command));
            return why;
        }
        let why = match command {
            Command::SetUp { name, password } => self.set_up(name, password),
            Command::LogIn { .. } | Command::Pass { .. } => unreachable!("the driver does these itself"),
            Command::Authenticate { .. } => match picked.and_then(|number| self.token(number)) {
                Some(token) => self.rests(token),
                None => vec![Code::UnknownToken],
            },
            Command::LogOut { .. } => self.log_out(actor),
            Command::GetUser { name, .. } => {
                let mut why = Vec::new();
                self.target(actor, name, &mut why);
                why
            }
            Command::ListUsers { .. } => self.needs(actor, "users.read"),
            Command::AddUser { password, fields, .. } => self.add_user(actor, *password, fields),
            Command::EditUser { name, fields, .. } => self.edit_user(actor, name, fields),
            Command::DeleteUser { name, .. } => self.delete_user(actor, name),
            Command::ChangePassword { name, password, current, .. } => {
                self.change_password(actor, name, Some(password), *current)
            }
            Command::ClearPassword { name, .. } => self.change_password(actor, name, None, None),
            Command::SaveSettings { name, settings, .. } => self.save_settings(actor, name, settings),
            Command::GenerateKey { name, .. } => self.generate_key(actor, name),
            Command::ResetKey { name, .. } => self.reset_key(actor, name),
            Command::CreateToken { user, given, .. } => self.create_token(actor, *user, given),
            Command::ListTokens { user, .. } => self.list_tokens(actor, *user),
            Command::RevokeOne { user, .. } => self.revoke_one(actor, picked, *user),
            Command::RevokeAll { user, .. } => self.revoke_all(actor, *user),
            Command::PutGroup { new, key, scopes, inside, default, .. } => {
                self.put_group(actor, *new, key, scopes.as_ref(), inside.as_deref(), *default)
            }
            Command::RemoveGroup { key, .. } => self.remove_group(actor, key),
            Command::PutResource { new, kind, id, name, owner, .. } => {
                self.put_resource(actor, *new, (kind, id), *name, *owner)
            }
            Command::RemoveResource { kind, id, .. } => self.remove_resource(actor, (kind, id)),
            Command::Link { user, kind, id, level, .. } => self.link(actor, user, (kind, id), *level),
        };
        if !why.is_empty() {
            self.lines.clear();
        }
        why
    }

    pub(super) fn needs(&self, actor: Actor, scope: &str) -> Vec<Code> {
        if self.holds(actor, scope) { Vec::new() } else { vec![Code::Denied] }
    }

    /// What is wrong with a command whoever sends it.
    fn wrong_arguments(&self, command: &Command) -> Vec<Code> {
        let mut why = Vec::new();
        match command {
            Command::AddUser { password, fields, .. } => {
                self.check_fields(fields, &mut why);
                self.check_password(*password, &mut why);
            }
            Command::EditUser { fields, .. } => self.check_fields(fields, &mut why),
            Command::ChangePassword { password, .. } => self.check_password(Some(password), &mut why),
            Command::CreateToken { given, .. } => self.check_given(given, &mut why),
            Command::PutResource { kind, id, .. }
            | Command::RemoveResource { kind, id, .. }
            | Command::Link { kind, id, .. } => super::things::check_place((kind, id), &mut why),
            _ => {}
        }
        why
    }
}
