//! Every operation of a session by name: arguments in, reply out.

use super::args::{self, Keyed, Named, Nothing};
use super::errors::arguments;
use super::host::Platform;
use super::{replies, world};
use crate::model::{Code, Error, Result, Secret, TokenId};
use crate::service::{Revocation, Session};

type Here = Session<Platform, Platform>;

const DONE: &str = "{}";
const PAGE: usize = 100;

pub(super) async fn call(session: &Here, op: &str, json: &str) -> Result<String> {
    match op.split_once('.') {
        Some(("users", op)) => users(session, op, json).await,
        Some(("tokens", op)) => tokens(session, op, json).await,
        Some(("groups", op)) => groups(session, op, json).await,
        Some(("resources", op)) => resources(session, op, json).await,
        Some(("links", op)) => links(session, op, json).await,
        Some(("world", op)) => world::call(session, op, json).await,
        Some(("audit", "list")) => {
            let args::ListAudit { limit, after } = arguments(json)?;
            replies::audit(&session.list_audit(limit.unwrap_or(PAGE), after.as_deref()).await?)
        }
        Some(("session", "refresh")) => {
            let Nothing {} = arguments(json)?;
            replies::me(&session.refresh().await?)
        }
        Some(("session", "logOut")) => {
            let Nothing {} = arguments(json)?;
            session.log_out().await.map(done)
        }
        _ => Err(unknown(op)),
    }
}

pub(super) fn unknown(op: &str) -> Error {
    let shown: String = op.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').take(64).collect();
    Error::new(Code::InvalidArgument, format!("there is no operation `{shown}`"))
}

fn done(_: ()) -> String {
    DONE.to_owned()
}

async fn users(session: &Here, op: &str, json: &str) -> Result<String> {
    let catalogue = session.catalogue();
    match op {
        "get" => {
            let Named { name } = arguments(json)?;
            let (view, reach) = session.get_user(&name).await?;
            replies::json(&replies::user(catalogue, &view, Some(&reach)))
        }
        "create" => {
            let (view, reach) = session.create_user(arguments::<args::NewUserInput>(json)?.user()?).await?;
            replies::json(&replies::user(catalogue, &view, Some(&reach)))
        }
        "edit" => {
            let args::EditUser { name, changes } = arguments(json)?;
            let (view, reach) = session.edit_user(&name, changes.changes()?).await?;
            replies::json(&replies::user(catalogue, &view, Some(&reach)))
        }
        "remove" => {
            let Named { name } = arguments(json)?;
            session.delete_user(&name).await.map(done)
        }
        "changePassword" => {
            let args::ChangePassword { name, password, current } = arguments(json)?;
            let (password, current) = (Secret::new(password), current.map(Secret::new));
            session.change_password(&name, &password, current.as_ref()).await.map(done)
        }
        "clearPassword" => {
            let Named { name } = arguments(json)?;
            session.clear_password(&name).await.map(done)
        }
        "generateApiKey" => {
            let Named { name } = arguments(json)?;
            let value = session.generate_api_key(&name).await?;
            replies::json(&std::collections::BTreeMap::from([("apikey", value.reveal())]))
        }
        "resetApiKey" => {
            let Named { name } = arguments(json)?;
            session.reset_api_key(&name).await.map(done)
        }
        "getSettings" => {
            let Named { name } = arguments(json)?;
            replies::settings(&session.settings(&name).await?)
        }
        "saveSettings" => {
            let args::SaveSettings { name, settings } = arguments(json)?;
            session.save_settings(&name, args::settings(settings)).await.map(done)
        }
        "rights" => {
            let Named { name } = arguments(json)?;
            let (user, admin, grants, reach) = session.rights(&name).await?;
            replies::rights(&user.name, admin, &grants, &reach)
        }
        _ => Err(unknown(op)),
    }
}

async fn tokens(session: &Here, op: &str, json: &str) -> Result<String> {
    match op {
        "create" => {
            let created = session.create_token(arguments::<args::NewTokenInput>(json)?.token()?).await?;
            replies::json(&replies::token(&created.view, Some(created.value.reveal())))
        }
        "list" => {
            let args::OfUser { user } = arguments(json)?;
            let views = session.list_tokens(user.as_deref()).await?;
            replies::listed("tokens", views.iter().map(|view| replies::token(view, None)))
        }
        "revoke" => {
            let args::Revoke { id, user } = arguments(json)?;
            let what = if id == "*" {
                Revocation::All
            } else {
                let bad = || Error::new(Code::InvalidId, "a token's id is a UUID, or `*` for all").at("id");
                Revocation::One(TokenId::parse(&id).ok_or_else(bad)?)
            };
            let removed = session.revoke_tokens(what, user.as_deref()).await?;
            Ok(format!("{{\"removed\":{removed}}}"))
        }
        _ => Err(unknown(op)),
    }
}

async fn groups(session: &Here, op: &str, json: &str) -> Result<String> {
    match op {
        "list" => {
            let Nothing {} = arguments(json)?;
            replies::listed("groups", session.list_groups().await?.iter().map(replies::group))
        }
        "get" => {
            let Keyed { key } = arguments(json)?;
            replies::json(&replies::group(&session.get_group(&key).await?))
        }
        "add" => {
            let args::PutGroup { key, changes } = arguments(json)?;
            replies::json(&replies::group(&session.add_group(&key, changes.patch()).await?))
        }
        "update" => {
            let args::PutGroup { key, changes } = arguments(json)?;
            replies::json(&replies::group(&session.edit_group(&key, changes.patch()).await?))
        }
        "delete" => {
            let Keyed { key } = arguments(json)?;
            session.remove_group(&key).await.map(done)
        }
        _ => Err(unknown(op)),
    }
}

async fn resources(session: &Here, op: &str, json: &str) -> Result<String> {
    match op {
        "list" => {
            let args::ListResources { kind, limit, after } = arguments(json)?;
            replies::resources(&session.list_resources(&kind, limit.unwrap_or(PAGE), after.as_deref()).await?)
        }
        "get" => {
            let args::ResourceRef { kind, id } = arguments(json)?;
            replies::json(&replies::resource(&session.get_resource(&kind, &id.text()?).await?))
        }
        "add" => {
            let args::PutResource { kind, id, changes } = arguments(json)?;
            let (patch, owner) = changes.patch();
            replies::json(&replies::resource(&session.add_resource(&kind, &id.text()?, patch, owner).await?))
        }
        "update" => {
            let args::PutResource { kind, id, changes } = arguments(json)?;
            let (patch, owner) = changes.patch();
            replies::json(&replies::resource(&session.edit_resource(&kind, &id.text()?, patch, owner).await?))
        }
        "delete" => {
            let args::ResourceRef { kind, id } = arguments(json)?;
            session.remove_resource(&kind, &id.text()?).await.map(done)
        }
        _ => Err(unknown(op)),
    }
}

async fn links(session: &Here, op: &str, json: &str) -> Result<String> {
    match op {
        "list" => replies::links(&session.list_links(&arguments::<args::OfLinks>(json)?.of()?).await?),
        "set" => {
            let args::Link { user, kind, id, level } = arguments(json)?;
            session.set_link(&user, &kind, &id.text()?, level).await.map(done)
        }
        "delete" => {
            let args::Link { user, kind, id, level: _ } = arguments(json)?;
            session.remove_link(&user, &kind, &id.text()?).await.map(done)
        }
        _ => Err(unknown(op)),
    }
}
