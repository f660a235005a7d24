//! Every operation of a session by name: arguments in, reply out.

use super::args::{self, nothing, only};
use super::host::Platform;
use super::{replies, world};
use crate::json::Writer;
use crate::model::{Code, Error, Reach, Result, TokenId};
use crate::service::{Revocation, Session, UserView};

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
            let (limit, after) = args::list_audit(json)?;
            Ok(replies::audit(&session.list_audit(limit.unwrap_or(PAGE), after.as_deref()).await?))
        }
        Some(("session", "refresh")) => {
            nothing(json)?;
            Ok(replies::me(&session.refresh().await?))
        }
        Some(("session", "logOut")) => {
            nothing(json)?;
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

fn user(session: &Here, (view, reach): &(UserView, Reach)) -> String {
    let mut out = Writer::default();
    replies::user(&mut out, session.catalogue(), view, Some(reach));
    out.end()
}

async fn users(session: &Here, op: &str, json: &str) -> Result<String> {
    match op {
        "get" => Ok(user(session, &session.get_user(&only(json, "name")?).await?)),
        "create" => Ok(user(session, &session.create_user(args::new_user(json)?).await?)),
        "edit" => {
            let (name, changes) = args::edit_user(json)?;
            Ok(user(session, &session.edit_user(&name, changes).await?))
        }
        "remove" => session.delete_user(&only(json, "name")?).await.map(done),
        "changePassword" => {
            let (name, password, current) = args::change_password(json)?;
            session.change_password(&name, &password, current.as_ref()).await.map(done)
        }
        "clearPassword" => session.clear_password(&only(json, "name")?).await.map(done),
        "generateApiKey" => {
            let value = session.generate_api_key(&only(json, "name")?).await?;
            let mut out = Writer::default();
            out.open('{').name("apikey").text(value.reveal());
            out.close('}');
            Ok(out.end())
        }
        "resetApiKey" => session.reset_api_key(&only(json, "name")?).await.map(done),
        "getSettings" => {
            let settings = session.settings(&only(json, "name")?).await?;
            Ok(replies::one(&settings, replies::settings))
        }
        "saveSettings" => {
            let (name, settings) = args::save_settings(json)?;
            session.save_settings(&name, settings).await.map(done)
        }
        "rights" => Ok(replies::rights(&session.rights(&only(json, "name")?).await?)),
        _ => Err(unknown(op)),
    }
}

async fn tokens(session: &Here, op: &str, json: &str) -> Result<String> {
    match op {
        "create" => {
            let created = session.create_token(args::new_token(json)?).await?;
            let value = created.value.reveal();
            Ok(replies::one(&created.view, |out, view| replies::token(out, view, Some(value))))
        }
        "list" => {
            let user = args::read(json, |from| Ok(from.maybe_text("user")))?;
            let views = session.list_tokens(user.as_deref()).await?;
            Ok(replies::listed("tokens", &views, |out, view| replies::token(out, view, None)))
        }
        "revoke" => {
            let (id, user) = args::revoke(json)?;
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
    let view = match op {
        "list" => {
            nothing(json)?;
            return Ok(replies::listed("groups", &session.list_groups().await?, replies::group));
        }
        "get" => session.get_group(&only(json, "key")?).await?,
        "add" => {
            let (key, patch) = args::read(json, args::put_group)?;
            session.add_group(&key, patch).await?
        }
        "update" => {
            let (key, patch) = args::read(json, args::put_group)?;
            session.edit_group(&key, patch).await?
        }
        "delete" => return session.remove_group(&only(json, "key")?).await.map(done),
        _ => return Err(unknown(op)),
    };
    Ok(replies::one(&view, replies::group))
}

async fn resources(session: &Here, op: &str, json: &str) -> Result<String> {
    let view = match op {
        "list" => {
            let (kind, limit, after) = args::list_resources(json)?;
            let page = session.list_resources(&kind, limit.unwrap_or(PAGE), after.as_deref()).await?;
            return Ok(replies::resources(&page));
        }
        "get" => {
            let (kind, id) = args::resource(json)?;
            session.get_resource(&kind, &id).await?
        }
        "add" => {
            let args::PutResource { kind, id, patch, owner } = args::read(json, args::put_resource)?;
            session.add_resource(&kind, &id, patch, owner).await?
        }
        "update" => {
            let args::PutResource { kind, id, patch, owner } = args::read(json, args::put_resource)?;
            session.edit_resource(&kind, &id, patch, owner).await?
        }
        "delete" => {
            let (kind, id) = args::resource(json)?;
            return session.remove_resource(&kind, &id).await.map(done);
        }
        _ => return Err(unknown(op)),
    };
    Ok(replies::one(&view, replies::resource))
}

async fn links(session: &Here, op: &str, json: &str) -> Result<String> {
    match op {
        "list" => Ok(replies::links(&session.list_links(&args::links_of(json)?).await?)),
        "set" => {
            let args::Link { user, kind, id, level } = args::read(json, args::link)?;
            session.set_link(&user, &kind, &id, level).await.map(done)
        }
        "delete" => {
            let args::Link { user, kind, id, level: _ } = args::read(json, args::link)?;
            session.remove_link(&user, &kind, &id).await.map(done)
        }
        _ => Err(unknown(op)),
    }
}
