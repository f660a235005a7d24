//! Gives each command to the service and to the model, and compares.

mod compare;
mod strategy;

use std::collections::BTreeMap;

use doorward::model::sorted::Set;
use doorward::model::{Code, KindReach, Reach, Secret, Status, TokenId, TokenKind};
use doorward::rules::{GroupPatch, ResourcePatch, UserDraft};
use doorward::service::{Door, KeyForm, NewToken, NewUser, Revocation, Session, UserChanges};
use doorward::store::memory::Memory;
pub use strategy::command;

use crate::naive::{self, Actor, Command, Fields, Model};
use crate::support::{self, Handle};

/// Sessions the driver keeps; older ones are let go.
const SESSIONS: usize = 6;

type Outcome<T = Kept> = Result<T, Code>;

/// What a command gives that the driver has to keep.
#[derive(Default)]
pub struct Kept {
    session: Option<Session<Memory, Handle>>,
    value: Option<Secret>,
}

pub struct Driver {
    preset: &'static str,
    pub door: Door<Memory, Handle>,
    pub host: Handle,
    pub model: Model,
    pub local: Session<Memory, Handle>,
    /// Live and dead, with the number of their token.
    pub sessions: Vec<(Session<Memory, Handle>, u64)>,
    /// Every value there ever was, with the number of its token.
    pub values: Vec<(Secret, u64)>,
    /// Public ids of all tokens there ever were.
    pub ids: Vec<(TokenId, u64)>,
    /// When tokens expire, those that are gone included.
    expiries: BTreeMap<u64, u64>,
    seen_lines: usize,
    had_admin: bool,
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn strings<'a>(list: impl IntoIterator<Item = &'a &'static str>) -> Set<String> {
    list.into_iter().map(|&text| text.to_owned()).collect()
}

pub fn reach(naive: &naive::Reach) -> Reach {
    let kind = |ids: &Option<BTreeMap<String, Option<i64>>>| match ids {
        None => KindReach::All,
        Some(ids) => KindReach::Only(ids.clone().into_iter().collect()),
    };
    Reach(naive.iter().map(|(name, ids)| (name.clone(), kind(ids))).collect())
}

fn status(name: &str) -> Status {
    Status::parse(name).expect("a status")
}

fn keys(list: &[&'static str]) -> Vec<String> {
    list.iter().map(|&key| key.to_owned()).collect()
}

fn new_user(fields: &Fields, password: Option<&str>) -> NewUser {
    let draft = UserDraft {
        name: fields.name.unwrap_or_default().to_owned(),
        status: fields.status.map(status),
        admin: fields.admin.unwrap_or(false),
        scopes: strings(fields.scopes.iter().flatten()),
        reach: fields.reach.as_ref().map(reach).unwrap_or_default(),
        email: fields.email.unwrap_or_default().to_owned(),
        display_name: fields.display.unwrap_or_default().to_owned(),
        ..UserDraft::default()
    };
    NewUser { draft, password: password.map(secret), groups: fields.groups.as_deref().map(keys) }
}

fn changes(fields: &Fields) -> UserChanges {
    let mut changes = UserChanges { groups: fields.groups.as_deref().map(keys), ..UserChanges::default() };
    let patch = &mut changes.patch;
    patch.name = fields.name.map(str::to_owned);
    patch.status = fields.status.map(status);
    patch.admin = fields.admin;
    patch.scopes = fields.scopes.as_ref().map(strings);
    patch.reach = fields.reach.as_ref().map(reach);
    patch.email = fields.email.map(str::to_owned);
    patch.display_name = fields.display.map(str::to_owned);
    changes
}

fn asker(command: &Command) -> usize {
    match command {
        Command::SetUp { .. }
        | Command::LogIn { .. }
        | Command::Authenticate { .. }
        | Command::Pass { .. } => 0,
        Command::LogOut { by }
        | Command::GetUser { by, .. }
        | Command::AddUser { by, .. }
        | Command::EditUser { by, .. }
        | Command::DeleteUser { by, .. }
        | Command::ChangePassword { by, .. }
        | Command::ClearPassword { by, .. }
        | Command::GenerateKey { by, .. }
        | Command::ResetKey { by, .. }
        | Command::SaveSettings { by, .. }
        | Command::CreateToken { by, .. }
        | Command::ListTokens { by, .. }
        | Command::RevokeOne { by, .. }
        | Command::RevokeAll { by, .. }
        | Command::PutGroup { by, .. }
        | Command::RemoveGroup { by, .. }
        | Command::PutResource { by, .. }
        | Command::RemoveResource { by, .. }
        | Command::Link { by, .. }
        | Command::ListUsers { by } => *by,
    }
}

impl Driver {
    pub async fn new(preset: &'static str) -> Self {
        let (door, host) = support::door(preset).await;
        let local = door.local();
        let model = Model::new(preset, host.now());
        let (sessions, values, ids) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            preset,
            door,
            host,
            model,
            local,
            sessions,
            values,
            ids,
            expiries: BTreeMap::new(),
            seen_lines: 0,
            had_admin: false,
        }
    }

    /// Runs one command on both sides and compares them.
    pub async fn step(&mut self, at: usize, command: &Command) {
        let by = asker(command) % (self.sessions.len() + 1);
        let actor = match by {
            0 => Actor::Local,
            by => Actor::Token(self.sessions[by - 1].1),
        };
        let picked = self.picked(command);
        let outcome = self.serve(by, command, picked).await;
        let shown = outcome.as_ref().err().copied();
        let why = match command {
            Command::Pass { milliseconds } => {
                self.model.now += milliseconds;
                self.model.lines.clear();
                Vec::new()
            }
            Command::LogIn { name, password } => self.model.log_in(name, password).into_iter().collect(),
            _ => self.model.run(command, actor, picked),
        };
        let agreed = shown.map_or(why.is_empty(), |code| why.contains(&code));
        assert!(
            agreed,
            "step {at} of {}: {command:?} by {actor:?}: the service says {shown:?}, the model {why:?}\n{:#?}",
            self.preset, self.model
        );
        if let Ok(kept) = outcome {
            self.keep(command, kept, picked).await;
        }
        self.compare(at, command).await;
    }

    /// The token a command speaks of: any there ever was.
    fn picked(&self, command: &Command) -> Option<u64> {
        let of = |at: usize, numbers: Vec<u64>| numbers.get(at % (numbers.len() + 1)).copied();
        match command {
            Command::Authenticate { token } => {
                of(*token, self.values.iter().map(|(_, number)| *number).collect())
            }
            Command::RevokeOne { token, .. } => {
                of(*token, self.ids.iter().map(|(_, number)| *number).collect())
            }
            _ => None,
        }
    }

    async fn keep(&mut self, command: &Command, kept: Kept, picked: Option<u64>) {
        if let Some(value) = kept.value {
            self.values.push((value, self.model.last_token));
        }
        if let Some(session) = kept.session {
            let number = match command {
                Command::Authenticate { .. } => picked.expect("the model knew it"),
                _ => self.model.last_token,
            };
            self.sessions.push((session, number));
            if self.sessions.len() > SESSIONS {
                self.sessions.remove(0);
            }
        }
    }

    async fn serve(&self, by: usize, command: &Command, picked: Option<u64>) -> Outcome {
        let session = if by == 0 { &self.local } else { &self.sessions[by - 1].0 };
        let result = self.call(session, command, picked).await;
        result.map_err(|error| {
            let message = error.to_string();
            let plain = !message.chars().any(char::is_control)
                && !message.ends_with('.')
                && !message.starts_with(char::is_uppercase);
            assert!(plain, "a message in the house's style: {message:?}");
            error.code()
        })
    }

    async fn call(
        &self,
        session: &Session<Memory, Handle>,
        command: &Command,
        picked: Option<u64>,
    ) -> doorward::model::Result<Kept> {
        let done = Kept::default();
        let begun = |(session, value)| Kept { session: Some(session), value: Some(value) };
        let owned = |name: &Option<&str>| name.map(str::to_owned);
        match command {
            Command::SetUp { name, password } => {
                let draft = UserDraft { name: (*name).to_owned(), ..UserDraft::default() };
                self.door.set_up(draft, &secret(password), "test").await.map(begun)
            }
            Command::LogIn { name, password } => {
                self.door.log_in(name, &secret(password), None, "test").await.map(begun)
            }
            Command::Authenticate { .. } => {
                // Nobody's value, if none was picked: well-formed, and never issued.
                let nobodys = secret("a-value-of-another-form-that-nobody-has");
                let value =
                    self.values.iter().find(|(_, number)| Some(*number) == picked).map(|(value, _)| value);
                let session = self.door.authenticate(value.unwrap_or(&nobodys).reveal()).await?;
                Ok(Kept { session: Some(session), value: None })
            }
            Command::Pass { milliseconds } => {
                self.host.pass(*milliseconds);
                Ok(done)
            }
            Command::LogOut { .. } => session.log_out().await.map(|()| done),
            Command::GetUser { name, .. } => session.get_user(name).await.map(|_| done),
            Command::ListUsers { .. } => {
                let query = doorward::service::UserQuery { limit: 3, ..Default::default() };
                session.list_users(&query).await.map(|_| done)
            }
            Command::AddUser { password, fields, .. } => {
                session.create_user(new_user(fields, *password)).await.map(|_| done)
            }
            Command::EditUser { name, fields, .. } => {
                session.edit_user(name, changes(fields)).await.map(|_| done)
            }
            Command::DeleteUser { name, .. } => session.delete_user(name).await.map(|()| done),
            Command::ChangePassword { name, password, current, .. } => {
                let current = current.map(secret);
                session.change_password(name, &secret(password), current.as_ref()).await.map(|()| done)
            }
            Command::ClearPassword { name, .. } => session.clear_password(name).await.map(|()| done),
            Command::GenerateKey { name, .. } => {
                let value = session.generate_api_key(name).await?;
                Ok(Kept { value: Some(value), session: None })
            }
            Command::ResetKey { name, .. } => session.reset_api_key(name).await.map(|()| done),
            Command::SaveSettings { name, settings, .. } => {
                let settings =
                    settings.iter().map(|(&key, &value)| (key.to_owned(), value.to_owned())).collect();
                session.save_settings(name, settings).await.map(|()| done)
            }
            Command::CreateToken { user, given, .. } => {
                let new = NewToken {
                    user: owned(user),
                    name: given.name.to_owned(),
                    kind: if given.session { TokenKind::Session } else { TokenKind::Access },
                    scopes: given.scopes.as_ref().map(strings),
                    reach: given.reach.as_ref().map(reach),
                    expires: given.expires.map(|expires| self.host.now().saturating_add_signed(expires)),
                    form: KeyForm::Doorward,
                };
                let created = session.create_token(new).await?;
                Ok(Kept { value: Some(created.value), session: None })
            }
            Command::ListTokens { user, .. } => session
                .list_tokens(*user)
                .await
                .map(|list| self.compare_list(session, *user, &list))
                .map(|()| done),
            Command::RevokeOne { user, .. } => {
                let known = self.ids.iter().find(|(_, number)| Some(*number) == picked).map(|(id, _)| *id);
                let id = known.unwrap_or_else(|| TokenId::from_random([7; 16]));
                session.revoke_tokens(Revocation::One(id), *user).await.map(|gone| {
                    assert_eq!(gone, 1, "one token was named");
                    done
                })
            }
            Command::RevokeAll { user, .. } => {
                session.revoke_tokens(Revocation::All, *user).await.map(|_| done)
            }
            Command::PutGroup { new, key, scopes, inside, default, .. } => {
                let patch = GroupPatch {
                    scopes: scopes.as_ref().map(strings),
                    subgroups: inside.as_deref().map(keys),
                    default: *default,
                    ..GroupPatch::default()
                };
                let put = if *new {
                    session.add_group(key, patch).await
                } else {
                    session.edit_group(key, patch).await
                };
                put.map(|_| done)
            }
            Command::RemoveGroup { key, .. } => session.remove_group(key).await.map(|()| done),
            Command::PutResource { new, kind, id, name, owner, .. } => {
                let patch = ResourcePatch { name: owned(name), ..ResourcePatch::default() };
                let owner = owner.map(|owner| owner.map(str::to_owned));
                let put = if *new {
                    session.add_resource(kind, id, patch, owner).await
                } else {
                    session.edit_resource(kind, id, patch, owner).await
                };
                put.map(|_| done)
            }
            Command::RemoveResource { kind, id, .. } => {
                session.remove_resource(kind, id).await.map(|()| done)
            }
            Command::Link { user, kind, id, level, .. } => match level {
                Some(level) => session.set_link(user, kind, id, *level).await.map(|()| done),
                None => session.remove_link(user, kind, id).await.map(|()| done),
            },
        }
    }
}
