//! The declarations of a world file, for the machine's owner.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::args::{self, Id, Object, ReachInput, present};
use super::errors::arguments;
use super::host::Platform;
use super::ops::unknown;
use crate::model::{Result, Secret, Status};
use crate::rules::UserPatch;
use crate::service::{Put, Session, WorldToken, WorldUser};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Declared<T> {
    dry_run: bool,
    input: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UserInput {
    id: Option<u64>,
    name: String,
    #[serde(default, deserialize_with = "present")]
    password: Option<Option<String>>,
    admin: Option<bool>,
    status: Option<String>,
    display_name: Option<String>,
    email: Option<String>,
    country: Option<String>,
    scopes: Option<BTreeSet<String>>,
    groups: Option<Vec<String>>,
    reach: Option<ReachInput>,
    #[serde(default, deserialize_with = "present")]
    data: Option<Option<Object>>,
    settings: Option<Object>,
    intro_reviewed: Option<bool>,
    role: Option<String>,
    totp: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenInput {
    user: String,
    kind: Option<String>,
    value: String,
    name: Option<String>,
    scopes: Option<BTreeSet<String>>,
    reach: Option<ReachInput>,
    expires: Option<u64>,
    primary: Option<bool>,
}

fn user(input: UserInput) -> Result<WorldUser> {
    let status: Option<Status> = input.status.as_deref().map(args::status).transpose()?;
    let patch = UserPatch {
        status,
        admin: input.admin,
        scopes: input.scopes,
        reach: input.reach.map(args::reach).transpose()?,
        display_name: input.display_name,
        email: input.email,
        country: input.country,
        data: input.data.map(args::data),
        intro_reviewed: input.intro_reviewed,
        role: input.role,
        totp: input.totp.map(Secret::new),
        ..UserPatch::default()
    };
    Ok(WorldUser {
        id: input.id,
        name: input.name,
        password: input.password.map(|password| password.map(Secret::new)),
        patch,
        groups: input.groups,
        settings: input.settings.map(args::settings),
    })
}

fn token(input: TokenInput) -> Result<WorldToken> {
    Ok(WorldToken {
        user: input.user,
        kind: input.kind.as_deref().map_or(Ok(crate::model::TokenKind::ApiKey), args::kind)?,
        value: Secret::new(input.value),
        name: input.name.unwrap_or_else(|| "declared".into()),
        scopes: input.scopes,
        reach: input.reach.map(args::reach).transpose()?,
        expires: input.expires,
        primary: input.primary == Some(true),
    })
}

pub(super) async fn call(session: &Session<Platform, Platform>, op: &str, json: &str) -> Result<String> {
    let put = match op {
        "user" => {
            let Declared { input, dry_run } = arguments(json)?;
            session.put_user(user(input)?, dry_run).await?
        }
        "group" => {
            let Declared { input: args::PutGroup { key, changes }, dry_run } = arguments(json)?;
            session.put_group(&key, changes.patch(), dry_run).await?
        }
        "resource" => {
            let Declared { input: args::PutResource { kind, id, changes }, dry_run } = arguments(json)?;
            let (patch, owner) = changes.patch();
            session.put_resource(&kind, &id.text()?, patch, owner.flatten().as_deref(), dry_run).await?
        }
        "link" => {
            let Declared { input: args::Link { user, kind, id, level }, dry_run } = arguments(json)?;
            session.put_link(&user, &kind, &Id::text(id)?, level, dry_run).await?
        }
        "token" => {
            let Declared { input, dry_run } = arguments(json)?;
            session.put_token(token(input)?, dry_run).await?
        }
        _ => return Err(unknown(op)),
    };
    let word = match put {
        Put::Created => "created",
        Put::Updated => "updated",
        Put::Unchanged => "unchanged",
    };
    Ok(format!("\"{word}\""))
}
