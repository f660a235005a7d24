//! What calls bring, as JSON. Unknown fields are refused.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::model::{Code, Error, KindReach, Reach, Result, Secret, Settings, Status, TokenKind};
use crate::rules::{GroupPatch, ResourcePatch, UserDraft, UserPatch};
use crate::service::{LinksOf, NewToken, NewUser, Order, UserChanges, UserQuery};

/// Tells `null` from absent: outer `None` is absent.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> core::result::Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

pub(super) type Object = BTreeMap<String, Box<RawValue>>;

pub(super) fn settings(object: Object) -> Settings {
    object.into_iter().map(|(key, raw)| (key, raw.get().to_owned())).collect()
}

pub(super) fn data(object: Option<Object>) -> Option<String> {
    let members: Option<Vec<String>> = object.map(|object| {
        object
            .into_iter()
            .map(|(key, raw)| format!("{}:{}", serde_json::Value::String(key), raw.get()))
            .collect()
    });
    members.map(|members| format!("{{{}}}", members.join(",")))
}

/// An id: text, or an integer below 2^53.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    Number(u64),
    Text(String),
}

impl Id {
    pub(super) fn text(self) -> Result<String> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Number(number) if number <= crate::model::MAX_INTEGER => Ok(number.to_string()),
            Self::Number(_) => Err(Error::new(Code::InvalidId, "an id is beyond 2^53 - 1").at("id")),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum KindInput {
    All(String),
    Ids(Vec<Id>),
    Levels(BTreeMap<String, Option<i64>>),
}

pub(super) type ReachInput = BTreeMap<String, KindInput>;

pub(super) fn reach(input: ReachInput) -> Result<Reach> {
    let kind = |input| match input {
        KindInput::All(word) if word == "all" => Ok(KindReach::All),
        KindInput::All(_) => {
            Err(Error::new(Code::InvalidArgument, "a reach is `all`, a list of ids or an object of levels")
                .at("reach"))
        }
        KindInput::Ids(ids) => {
            Ok(KindReach::Only(ids.into_iter().map(|id| Ok((id.text()?, None))).collect::<Result<_>>()?))
        }
        KindInput::Levels(levels) => Ok(KindReach::Only(levels)),
    };
    Ok(Reach(input.into_iter().map(|(name, input)| Ok((name, kind(input)?))).collect::<Result<_>>()?))
}

pub(super) fn status(name: &str) -> Result<Status> {
    Status::parse(name).ok_or_else(|| {
        Error::new(Code::InvalidArgument, "a status is `active`, `locked` or `disabled`").at("status")
    })
}

pub(super) fn kind(name: &str) -> Result<TokenKind> {
    TokenKind::parse(name).ok_or_else(|| {
        Error::new(Code::InvalidArgument, "a kind of token is `apikey`, `access` or `device`").at("kind")
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keyed {
    pub(super) key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SetUp {
    pub(super) name: String,
    pub(super) password: String,
    #[serde(default)]
    pub(super) display_name: String,
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    pub(super) device: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListUsers {
    limit: usize,
    after: Option<String>,
    search: Option<String>,
    order: Option<String>,
}

impl ListUsers {
    pub(super) fn query(self) -> Result<UserQuery> {
        let order = match self.order.as_deref() {
            None | Some("name") => Order::Name,
            Some("id") => Order::Id,
            Some(_) => {
                return Err(Error::new(Code::InvalidArgument, "the order is `name` or `id`").at("order"));
            }
        };
        Ok(UserQuery { limit: self.limit, after: self.after, search: self.search, order })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewUserInput {
    name: String,
    password: Option<String>,
    active: Option<bool>,
    admin: Option<bool>,
    groups: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
    permissions: Option<Vec<String>>,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    country: String,
    reach: Option<ReachInput>,
    data: Option<Object>,
    settings: Option<Object>,
    intro_reviewed: Option<bool>,
}

impl NewUserInput {
    pub(super) fn user(self) -> Result<NewUser> {
        let scopes: BTreeSet<String> =
            [self.scopes, self.permissions].into_iter().flatten().flatten().collect();
        let draft = UserDraft {
            name: self.name,
            status: self.active.map(|active| if active { Status::Active } else { Status::Disabled }),
            admin: self.admin == Some(true),
            scopes,
            reach: reach(self.reach.unwrap_or_default())?,
            display_name: self.display_name,
            email: self.email,
            country: self.country,
            data: data(self.data),
            settings: settings(self.settings.unwrap_or_default()),
            intro_reviewed: self.intro_reviewed == Some(true),
            ..UserDraft::default()
        };
        Ok(NewUser { draft, password: self.password.map(Secret::new), groups: self.groups })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ChangesInput {
    name: Option<String>,
    status: Option<String>,
    admin: Option<bool>,
    groups: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
    display_name: Option<String>,
    email: Option<String>,
    country: Option<String>,
    reach: Option<ReachInput>,
    #[serde(default, deserialize_with = "present")]
    data: Option<Option<Object>>,
    intro_reviewed: Option<bool>,
}

impl ChangesInput {
    pub(super) fn changes(self) -> Result<UserChanges> {
        let patch = UserPatch {
            name: self.name,
            status: self.status.as_deref().map(status).transpose()?,
            admin: self.admin,
            groups: None,
            scopes: self.scopes.map(|scopes| scopes.into_iter().collect()),
            reach: self.reach.map(reach).transpose()?,
            display_name: self.display_name,
            email: self.email,
            country: self.country,
            data: self.data.map(data),
            intro_reviewed: self.intro_reviewed,
            role: None,
            totp: None,
        };
        Ok(UserChanges { patch, groups: self.groups })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditUser {
    pub(super) name: String,
    pub(super) changes: ChangesInput,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangePassword {
    pub(super) name: String,
    pub(super) password: String,
    pub(super) current: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SaveSettings {
    pub(super) name: String,
    pub(super) settings: Object,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTokenInput {
    user: Option<String>,
    name: String,
    kind: Option<String>,
    scopes: Option<BTreeSet<String>>,
    reach: Option<ReachInput>,
    expires: Option<u64>,
}

impl NewTokenInput {
    pub(super) fn token(self) -> Result<NewToken> {
        Ok(NewToken {
            user: self.user,
            name: self.name,
            kind: self.kind.as_deref().map_or(Ok(TokenKind::ApiKey), kind)?,
            scopes: self.scopes,
            reach: self.reach.map(reach).transpose()?,
            expires: self.expires,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfUser {
    pub(super) user: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Revoke {
    pub(super) id: String,
    pub(super) user: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupInput {
    name: Option<String>,
    description: Option<String>,
    scopes: Option<BTreeSet<String>>,
    subgroups: Option<Vec<String>>,
    default: Option<bool>,
}

impl GroupInput {
    pub(super) fn patch(self) -> GroupPatch {
        GroupPatch {
            name: self.name,
            description: self.description,
            scopes: self.scopes,
            subgroups: self.subgroups,
            default: self.default,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PutGroup {
    pub(super) key: String,
    pub(super) changes: GroupInput,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListResources {
    pub(super) kind: String,
    pub(super) limit: Option<usize>,
    pub(super) after: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceRef {
    pub(super) kind: String,
    pub(super) id: Id,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceInput {
    name: Option<String>,
    description: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub(super) owner: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    data: Option<Option<Object>>,
}

impl ResourceInput {
    pub(super) fn patch(self) -> (ResourcePatch, Option<Option<String>>) {
        let patch = ResourcePatch {
            name: self.name,
            description: self.description,
            owner: None,
            data: self.data.map(data),
        };
        (patch, self.owner)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PutResource {
    pub(super) kind: String,
    pub(super) id: Id,
    pub(super) changes: ResourceInput,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfLinks {
    user: Option<String>,
    kind: Option<String>,
    id: Option<Id>,
}

impl OfLinks {
    pub(super) fn of(self) -> Result<LinksOf> {
        match (self.user, self.kind, self.id) {
            (Some(user), None, None) => Ok(LinksOf::User(user)),
            (None, Some(kind), Some(id)) => Ok(LinksOf::Resource(kind, id.text()?)),
            _ => Err(Error::new(Code::InvalidArgument, "name a user, or a kind and an id")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    pub(super) user: String,
    pub(super) kind: String,
    pub(super) id: Id,
    pub(super) level: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListAudit {
    pub(super) limit: Option<usize>,
    pub(super) after: Option<String>,
}
