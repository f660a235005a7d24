//! Every operation of a session by name: arguments in, reply out.

use super::args::{self, nothing, only};
use super::host::Platform;
use super::replies;
use crate::json::Writer;
use crate::model::{Code, Error, Reach, Result, TokenId};
use crate::service::{Operation, Revocation, Session, UserView};

type Here = Session<Platform, Platform>;
/// An operation whose reply is text already: all wait in one place.
type Op<'a> = Operation<'a, Platform, Platform, String>;

const PAGE: usize = 100;

pub(super) async fn call(session: &Here, op: &str, json: &str) -> Result<String> {
    // The command line's, which loads the module with the faces.
    #[cfg(feature = "faces")]
    if op.starts_with("world.") {
        return super::world::call(session, op, json).await;
    }
    plan(session, op, json)?.await
}

fn plan<'a>(session: &'a Here, op: &str, json: &str) -> Result<Op<'a>> {
    match op.split_once('.') {
        Some(("users", op)) => users(session, op, json),
        Some(("tokens", op)) => tokens(session, op, json),
        Some(("groups", op)) => groups(session, op, json),
        Some(("resources", op)) => resources(session, op, json),
        Some(("links", op)) => links(session, op, json),
        Some(("secondFactor", op)) => second_factor(session, op, json),
        Some(("session", "refresh")) => {
            nothing(json)?;
            Ok(session.refresh().map(|me| replies::me(&me)))
        }
        Some(("session", "logOut")) => {
            nothing(json)?;
            Ok(session.log_out().map(done))
        }
        Some(("audit", "list")) => {
            let (limit, after) = args::list_audit(json)?;
            let list = session.list_audit(limit.unwrap_or(PAGE), after.as_deref());
            Ok(list.map(|page| replies::audit(&page)))
        }
        _ => Err(unknown(op)),
    }
}

pub(super) fn unknown(op: &str) -> Error {
    let shown: String = op.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').take(64).collect();
    Error::new(Code::InvalidArgument, format!("there is no operation `{shown}`"))
}

fn done(_: ()) -> String {
    "{}".to_owned()
}

fn user(session: &Here, (view, reach): (UserView, Reach)) -> String {
    let mut out = Writer::default();
    replies::user(&mut out, session.catalogue(), &view, Some(&reach));
    out.end()
}

fn users<'a>(session: &'a Here, op: &str, json: &str) -> Result<Op<'a>> {
    Ok(match op {
        "create" => session.create_user(args::new_user(json)?).map(|created| user(session, created)),
        "changePassword" => {
            let (name, password, current) = args::change_password(json)?;
            session.change_password(&name, &password, current.as_ref()).map(done)
        }
        "edit" => {
            let (name, changes) = args::edit_user(json)?;
            session.edit_user(&name, changes).map(|changed| user(session, changed))
        }
        "saveSettings" => {
            let (name, settings) = args::save_settings(json)?;
            session.save_settings(&name, settings).map(done)
        }
        _ => {
            let name = || only(json, "name");
            match op {
                "get" => session.get_user(&name()?).map(|found| user(session, found)),
                "remove" => session.delete_user(&name()?).map(done),
                "clearPassword" => session.clear_password(&name()?).map(done),
                "generateApiKey" => session.generate_api_key(&name()?).map(|value| {
                    let mut out = Writer::default();
                    out.open('{').name("apikey").text(value.reveal());
                    out.close('}');
                    out.end()
                }),
                "resetApiKey" => session.reset_api_key(&name()?).map(done),
                "getSettings" => {
                    session.settings(&name()?).map(|settings| replies::one(&settings, replies::settings))
                }
                "rights" => session.rights(&name()?).map(|rights| replies::rights(&rights)),
                _ => return Err(unknown(op)),
            }
        }
    })
}

fn tokens<'a>(session: &'a Here, op: &str, json: &str) -> Result<Op<'a>> {
    Ok(match op {
        "create" => session.create_token(args::new_token(json)?).map(|created| {
            let value = created.value.reveal();
            replies::one(&created.view, |out, view| replies::token(out, view, Some(value)))
        }),
        "list" => {
            let user = args::read(json, |from| Ok(from.maybe_text("user")))?;
            session
                .list_tokens(user.as_deref())
                .map(|views| replies::listed("tokens", &views, |out, view| replies::token(out, view, None)))
        }
        "revoke" => {
            let (id, user) = args::revoke(json)?;
            let what = if id == "*" {
                Revocation::All
            } else {
                let bad = || Error::new(Code::InvalidId, "a token's id is a UUID, or `*` for all").at("id");
                Revocation::One(TokenId::parse(&id).ok_or_else(bad)?)
            };
            session.revoke_tokens(what, user.as_deref()).map(|removed| format!("{{\"removed\":{removed}}}"))
        }
        _ => return Err(unknown(op)),
    })
}

fn second_factor<'a>(session: &'a Here, op: &str, json: &str) -> Result<Op<'a>> {
    Ok(match op {
        "get" => {
            let user = args::read(json, |from| Ok(from.maybe_text("user")))?;
            session.second_factor(user.as_deref()).map(|state| replies::factor_state(&state))
        }
        "start" => {
            nothing(json)?;
            session.start_second_factor().map(|(secret, name)| {
                let mut out = Writer::default();
                out.open('{').name("secret").text(secret.reveal());
                out.name("name").text(&name);
                out.close('}');
                out.end()
            })
        }
        "remove" => session.remove_second_factor(&args::showing(json)?).map(done),
        "renew" => {
            session.renew_recovery_codes(&args::showing(json)?).map(|codes| replies::recovery_codes(&codes))
        }
        "confirm" => {
            let (secret, code) = args::confirm(json)?;
            session.confirm_second_factor(secret, &code).map(|codes| replies::recovery_codes(&codes))
        }
        _ => return Err(unknown(op)),
    })
}

fn groups<'a>(session: &'a Here, op: &str, json: &str) -> Result<Op<'a>> {
    let view = match op {
        "list" => {
            nothing(json)?;
            return Ok(session.list_groups().map(|views| replies::listed("groups", &views, replies::group)));
        }
        "get" => session.get_group(&only(json, "key")?),
        "add" => {
            let (key, patch) = args::read(json, args::put_group)?;
            session.add_group(&key, patch)
        }
        "update" => {
            let (key, patch) = args::read(json, args::put_group)?;
            session.edit_group(&key, patch)
        }
        "delete" => return Ok(session.remove_group(&only(json, "key")?).map(done)),
        _ => return Err(unknown(op)),
    };
    Ok(view.map(|view| replies::one(&view, replies::group)))
}

fn resources<'a>(session: &'a Here, op: &str, json: &str) -> Result<Op<'a>> {
    let view = match op {
        "list" => {
            let (kind, limit, after) = args::list_resources(json)?;
            let page = session.list_resources(&kind, limit.unwrap_or(PAGE), after.as_deref());
            return Ok(page.map(|page| replies::resources(&page)));
        }
        "get" => {
            let (kind, id) = args::resource(json)?;
            session.get_resource(&kind, &id)
        }
        "add" => {
            let args::PutResource { kind, id, patch, owner } = args::read(json, args::put_resource)?;
            session.add_resource(&kind, &id, patch, owner)
        }
        "update" => {
            let args::PutResource { kind, id, patch, owner } = args::read(json, args::put_resource)?;
            session.edit_resource(&kind, &id, patch, owner)
        }
        "delete" => {
            let (kind, id) = args::resource(json)?;
            return Ok(session.remove_resource(&kind, &id).map(done));
        }
        _ => return Err(unknown(op)),
    };
    Ok(view.map(|view| replies::one(&view, replies::resource)))
}

fn links<'a>(session: &'a Here, op: &str, json: &str) -> Result<Op<'a>> {
    Ok(match op {
        "list" => session.list_links(&args::links_of(json)?).map(|links| replies::links(&links)),
        "set" => {
            let args::Link { user, kind, id, level } = args::read(json, args::link)?;
            session.set_link(&user, &kind, &id, level).map(done)
        }
        "delete" => {
            let args::Link { user, kind, id, level: _ } = args::read(json, args::link)?;
            session.remove_link(&user, &kind, &id).map(done)
        }
        _ => return Err(unknown(op)),
    })
}
