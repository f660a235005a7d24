//! What calls bring, as JSON. Unknown fields are refused.

use crate::model::sorted::Set;

use super::errors::refuse;
use crate::json::{Fault, Fields, Value, Writer};
use crate::model::{Code, Error, KindReach, MAX_INTEGER, Reach, Result, Secret, Settings, Status, TokenKind};
use crate::rules::{GroupPatch, ResourcePatch, UserDraft, UserPatch};
use crate::service::{KeyForm, LinksOf, NewToken, NewUser, Order, Showing, UserChanges, UserQuery};

/// The arguments of one call. What is wrong with them comes out at [`Args::done`].
pub(super) type Args<'a> = Fields<'a>;

/// Reads arguments with nothing left over.
pub(super) fn read<'a, T>(json: &'a str, take: impl FnOnce(&mut Args<'a>) -> Result<T>) -> Result<T> {
    let mut from = Args::parse(json);
    let taken = take(&mut from)?;
    from.done().map_err(refuse).map(|()| taken)
}

/// An object within the arguments, in the same way.
fn inner<'a, T>(
    from: &mut Args<'a>,
    name: &str,
    path: &'static str,
    take: impl FnOnce(&mut Args<'a>) -> Result<T>,
) -> Result<T> {
    let object = from.need(name);
    if object.is_some_and(|value| !value.raw().starts_with('{')) {
        from.wrong(name);
    }
    let mut members = Args::of(object, path);
    let taken = take(&mut members)?;
    match members.done() {
        // Said of the whole already.
        Ok(()) | Err(Fault::Malformed) => Ok(taken),
        Err(fault) => Err(refuse(fault)),
    }
}

pub(super) fn settings(value: Value<'_>) -> Option<Settings> {
    Some(value.entries(|value| Some(value.raw().to_owned()))?.into_iter().collect())
}

/// An object's text. It is written anew: of two members of one name the last counts.
fn object(value: Value<'_>) -> Option<String> {
    let mut out = Writer::default();
    out.open('{');
    for (name, value) in settings(value)? {
        out.name(&name).raw(&value);
    }
    out.close('}');
    Some(out.end())
}

/// Tells `null` from absent: outer `None` is absent.
pub(super) fn data(from: &mut Args<'_>) -> Option<Option<String>> {
    nullable(from, "data", object)
}

pub(super) fn nullable<'a, T>(
    from: &mut Args<'a>,
    name: &str,
    read: fn(Value<'a>) -> Option<T>,
) -> Option<Option<T>> {
    let value = from.given(name)?;
    if value.is_null() {
        return Some(None);
    }
    let read = read(value);
    if read.is_none() {
        from.wrong(name);
    }
    Some(read)
}

/// Text, or an integer below 2^53. `None`: neither.
fn id_of(value: Value<'_>) -> Option<Result<String>> {
    match value.number() {
        Some(number) if number > MAX_INTEGER => {
            Some(Err(Error::new(Code::InvalidId, "an id is beyond 2^53 - 1").at("id")))
        }
        Some(number) => Some(Ok(number.to_string())),
        None => value.text().map(Ok),
    }
}

/// A required id.
pub(super) fn id(from: &mut Args<'_>) -> Result<String> {
    let Some(value) = from.need("id") else { return Ok(String::new()) };
    id_of(value).unwrap_or_else(|| {
        from.wrong("id");
        Ok(String::new())
    })
}

fn kind_reach(value: Value<'_>) -> Option<Result<KindReach>> {
    let level = |level: Value<'_>| if level.is_null() { Some(None) } else { level.integer().map(Some) };
    if let Some(levels) = value.entries(level) {
        return Some(Ok(KindReach::Only(levels.into_iter().collect())));
    }
    if let Some(list) = value.items() {
        let mut ids = Vec::with_capacity(list.len());
        for id in list {
            match id_of(id)? {
                Ok(id) => ids.push((id, None)),
                Err(error) => return Some(Err(error)),
            }
        }
        return Some(Ok(KindReach::Only(ids.into_iter().collect())));
    }
    let word = value.text()?;
    if word == "all" {
        return Some(Ok(KindReach::All));
    }
    let message = "a reach is `all`, a list of ids or an object of levels";
    Some(Err(Error::new(Code::InvalidArgument, message).at("reach")))
}

pub(super) fn reach(from: &mut Args<'_>) -> Result<Option<Reach>> {
    let Some(kinds) = from.maybe("reach", Value::members) else { return Ok(None) };
    let mut reach = Reach::default();
    for (name, value) in kinds {
        match kind_reach(value) {
            Some(kind) => {
                reach.0.insert(name.into_owned(), kind?);
            }
            None => from.wrong("reach"),
        }
    }
    Ok(Some(reach))
}

pub(super) fn status(from: &mut Args<'_>) -> Result<Option<Status>> {
    let bad =
        || Error::new(Code::InvalidArgument, "a status is `active`, `locked` or `disabled`").at("status");
    from.maybe_text("status").map(|name| Status::parse(&name).ok_or_else(bad)).transpose()
}

/// An API key, if nothing else is said.
pub(super) fn kind(from: &mut Args<'_>) -> Result<TokenKind> {
    let bad =
        || Error::new(Code::InvalidArgument, "a kind of token is `apikey`, `access` or `device`").at("kind");
    from.maybe_text("kind").map_or(Ok(TokenKind::ApiKey), |name| TokenKind::parse(&name).ok_or_else(bad))
}

pub(super) fn scopes(from: &mut Args<'_>) -> Option<Set<String>> {
    from.maybe_texts("scopes").map(|scopes| scopes.into_iter().collect())
}

pub(super) fn limit(from: &mut Args<'_>) -> Option<usize> {
    // A limit beyond the machine's numbers is beyond every bound there is.
    from.maybe_number("limit").map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

pub(super) fn nothing(json: &str) -> Result<()> {
    read(json, |_| Ok(()))
}

/// The one text a call brings.
pub(super) fn only(json: &str, name: &str) -> Result<String> {
    read(json, |from| Ok(from.text(name)))
}

pub(super) fn set_up(json: &str) -> Result<(UserDraft, Secret, String)> {
    read(json, |from| {
        let draft = UserDraft {
            name: from.text("name"),
            display_name: from.text_or_empty("displayName"),
            email: from.text_or_empty("email"),
            ..UserDraft::default()
        };
        Ok((draft, Secret::new(from.text("password")), from.text_or_empty("device")))
    })
}

pub(super) fn list_users(json: &str) -> Result<UserQuery> {
    read(json, |from| {
        let limit = from.number("limit");
        let order = match from.maybe_text("order").as_deref() {
            None | Some("name") => Order::Name,
            Some("id") => Order::Id,
            Some(_) => {
                return Err(Error::new(Code::InvalidArgument, "the order is `name` or `id`").at("order"));
            }
        };
        Ok(UserQuery {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            after: from.maybe_text("after"),
            search: from.maybe_text("search"),
            order,
        })
    })
}

pub(super) fn new_user(json: &str) -> Result<NewUser> {
    read(json, |from| {
        let password = from.maybe_text("password").map(Secret::new);
        let mut scopes = from.maybe_texts("scopes").unwrap_or_default();
        scopes.extend(from.maybe_texts("permissions").unwrap_or_default());
        let active = |active| if active { Status::Active } else { Status::Disabled };
        let draft = UserDraft {
            name: from.text("name"),
            status: from.maybe_flag("active").map(active),
            admin: from.maybe_flag("admin") == Some(true),
            scopes: scopes.into_iter().collect(),
            reach: reach(from)?.unwrap_or_default(),
            display_name: from.text_or_empty("displayName"),
            email: from.text_or_empty("email"),
            country: from.text_or_empty("country"),
            data: data(from).flatten(),
            settings: from.maybe("settings", settings).unwrap_or_default(),
            intro_reviewed: from.maybe_flag("introReviewed") == Some(true),
            ..UserDraft::default()
        };
        Ok(NewUser { draft, password, groups: from.maybe_texts("groups") })
    })
}

/// What an edited and a declared user have in common.
pub(super) fn user_patch(from: &mut Args<'_>) -> Result<UserPatch> {
    Ok(UserPatch {
        status: status(from)?,
        admin: from.maybe_flag("admin"),
        scopes: scopes(from),
        reach: reach(from)?,
        display_name: from.maybe_text("displayName"),
        email: from.maybe_text("email"),
        country: from.maybe_text("country"),
        data: data(from),
        intro_reviewed: from.maybe_flag("introReviewed"),
        ..UserPatch::default()
    })
}

pub(super) fn edit_user(json: &str) -> Result<(String, UserChanges)> {
    read(json, |from| {
        let changes = inner(from, "changes", "changes.", |from| {
            let patch = UserPatch { name: from.maybe_text("name"), ..user_patch(from)? };
            Ok(UserChanges { patch, groups: from.maybe_texts("groups") })
        })?;
        Ok((from.text("name"), changes))
    })
}

pub(super) fn change_password(json: &str) -> Result<(String, Secret, Option<Secret>)> {
    read(json, |from| {
        let current = from.maybe_text("current").map(Secret::new);
        Ok((from.text("name"), Secret::new(from.text("password")), current))
    })
}

/// What shows that it is oneself who changes the own second factor.
pub(super) fn showing(json: &str) -> Result<Showing> {
    read(json, |from| {
        Ok(Showing {
            user: from.maybe_text("user"),
            password: from.maybe_text("password").map(Secret::new),
            code: from.maybe_text("code").map(Secret::new),
        })
    })
}

/// A secret, and the code that shows that an authenticator has it.
pub(super) fn confirm(json: &str) -> Result<(Secret, Secret)> {
    read(json, |from| Ok((Secret::new(from.text("secret")), Secret::new(from.text("code")))))
}

pub(super) fn save_settings(json: &str) -> Result<(String, Settings)> {
    read(json, |from| {
        let given = from.need("settings").and_then(settings);
        if given.is_none() {
            from.wrong("settings");
        }
        Ok((from.text("name"), given.unwrap_or_default()))
    })
}

pub(super) fn new_token(json: &str) -> Result<NewToken> {
    read(json, |from| {
        Ok(NewToken {
            user: from.maybe_text("user"),
            name: from.text("name"),
            kind: kind(from)?,
            scopes: scopes(from),
            reach: reach(from)?,
            expires: from.maybe_number("expires"),
            form: KeyForm::Doorward,
        })
    })
}

pub(super) fn revoke(json: &str) -> Result<(String, Option<String>)> {
    read(json, |from| Ok((from.text("id"), from.maybe_text("user"))))
}

pub(super) fn put_group(from: &mut Args<'_>) -> Result<(String, GroupPatch)> {
    let patch = inner(from, "changes", "changes.", |from| {
        Ok(GroupPatch {
            name: from.maybe_text("name"),
            description: from.maybe_text("description"),
            scopes: scopes(from),
            subgroups: from.maybe_texts("subgroups"),
            default: from.maybe_flag("default"),
        })
    })?;
    Ok((from.text("key"), patch))
}

pub(super) fn list_resources(json: &str) -> Result<(String, Option<usize>, Option<String>)> {
    read(json, |from| Ok((from.text("kind"), limit(from), from.maybe_text("after"))))
}

pub(super) fn resource(json: &str) -> Result<(String, String)> {
    read(json, |from| Ok((from.text("kind"), id(from)?)))
}

/// A resource as added, changed or declared; the owner, by name, stands beside the rest.
pub(super) struct PutResource {
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) patch: ResourcePatch,
    pub(super) owner: Option<Option<String>>,
}

pub(super) fn put_resource(from: &mut Args<'_>) -> Result<PutResource> {
    let (patch, owner) = inner(from, "changes", "changes.", |from| {
        let patch = ResourcePatch {
            name: from.maybe_text("name"),
            description: from.maybe_text("description"),
            owner: None,
            data: data(from),
        };
        Ok((patch, nullable(from, "owner", Value::text)))
    })?;
    Ok(PutResource { kind: from.text("kind"), id: id(from)?, patch, owner })
}

pub(super) fn links_of(json: &str) -> Result<LinksOf> {
    read(json, |from| {
        let id = if from.has("id") { Some(id(from)?) } else { None };
        match (from.maybe_text("user"), from.maybe_text("kind"), id) {
            (Some(user), None, None) => Ok(LinksOf::User(user)),
            (None, Some(kind), Some(id)) => Ok(LinksOf::Resource(kind, id)),
            _ => Err(Error::new(Code::InvalidArgument, "name a user, or a kind and an id")),
        }
    })
}

pub(super) struct Link {
    pub(super) user: String,
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) level: Option<i64>,
}

pub(super) fn link(from: &mut Args<'_>) -> Result<Link> {
    Ok(Link {
        user: from.text("user"),
        kind: from.text("kind"),
        id: id(from)?,
        level: from.maybe("level", Value::integer),
    })
}

pub(super) fn list_audit(json: &str) -> Result<(Option<usize>, Option<String>)> {
    read(json, |from| Ok((limit(from), from.maybe_text("after"))))
}
