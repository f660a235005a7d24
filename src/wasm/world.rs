//! The declarations of a world file, for the machine's owner.

use super::args::{self, Args};
use super::errors::refuse;
use super::host::Platform;
use super::ops::unknown;
use crate::json::Value;
use crate::model::{Code, Error, Phc, Result, Secret};
use crate::rules::UserPatch;
use crate::service::{Put, Session, WorldToken, WorldUser};

fn user(from: &mut Args<'_>) -> Result<WorldUser> {
    let patch = UserPatch {
        role: from.maybe_text("role"),
        totp: from.maybe_text("totp").map(Secret::new),
        ..args::user_patch(from)?
    };
    Ok(WorldUser {
        id: from.maybe_number("id"),
        name: from.text("name"),
        password: args::nullable(from, "password", |value| value.text().map(Secret::new)),
        hash: from.maybe_text("passwordHash").map(Phc::new),
        patch,
        groups: from.maybe_texts("groups"),
        settings: from.maybe("settings", args::settings),
    })
}

fn token(from: &mut Args<'_>) -> Result<WorldToken> {
    Ok(WorldToken {
        user: from.text("user"),
        kind: args::kind(from)?,
        value: Secret::new(from.text("value")),
        name: from.maybe_text("name").unwrap_or_else(|| "declared".into()),
        scopes: args::scopes(from),
        reach: args::reach(from)?,
        expires: from.maybe_number("expires"),
        primary: from.maybe_flag("primary") == Some(true),
    })
}

/// `{ "dryRun", "input" }`
fn declared<'a, T>(json: &'a str, take: fn(&mut Args<'a>) -> Result<T>) -> Result<(T, bool)> {
    args::read(json, |from| {
        let dry = from.flag("dryRun");
        let input: Option<Value<'a>> = from.need("input");
        let mut members = Args::of(input, "");
        let taken = take(&mut members)?;
        members.done().map_err(refuse)?;
        Ok((taken, dry))
    })
}

/// `{ "face", "keep" }`
fn rotation(json: &str) -> Result<(String, u64)> {
    args::read(json, |from| {
        let face = from.text("face");
        if !["devicehive", "vrm"].contains(&face.as_str()) {
            return Err(Error::new(Code::InvalidArgument, "no such face has keys to rotate").at("face"));
        }
        Ok((face, from.number("keep")))
    })
}

pub(super) async fn call(session: &Session<Platform, Platform>, op: &str, json: &str) -> Result<String> {
    let put = match op.strip_prefix("world.").unwrap_or(op) {
        "rotateKeys" => {
            let (face, keep) = rotation(json)?;
            return session.rotate_secret(&face, keep).await.map(|()| "{}".to_owned());
        }
        "user" => {
            let (user, dry) = declared(json, user)?;
            session.put_user(user, dry).await?
        }
        "group" => {
            let ((key, patch), dry) = declared(json, args::put_group)?;
            session.put_group(&key, patch, dry).await?
        }
        "resource" => {
            let (args::PutResource { kind, id, patch, owner }, dry) = declared(json, args::put_resource)?;
            session.put_resource(&kind, &id, patch, owner.flatten().as_deref(), dry).await?
        }
        "link" => {
            let (args::Link { user, kind, id, level }, dry) = declared(json, args::link)?;
            session.put_link(&user, &kind, &id, level, dry).await?
        }
        "token" => {
            let (token, dry) = declared(json, token)?;
            session.put_token(token, dry).await?
        }
        _ => return Err(unknown(op)),
    };
    let word = match put {
        Put::Created => "\"created\"",
        Put::Updated => "\"updated\"",
        Put::Unchanged => "\"unchanged\"",
    };
    Ok(word.to_owned())
}
