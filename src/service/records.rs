//! How the nouns are written in the store. The model knows nothing of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::model::{
    Action, AuditEntry, Code, Digest, Error, Group, GroupId, Groups, KindReach, Millis, Outcome, Phc, Reach,
    Resource, Result, Secret, Status, Subject, Token, TokenId, TokenKind, User, UserId,
};

/// Something that can be kept in the store.
pub(super) trait Record: Sized {
    type Form: Serialize + DeserializeOwned;
    fn form(&self) -> Self::Form;
    fn noun(form: Self::Form) -> Option<Self>;
}

/// # Errors
/// `internal` if it cannot be written, which no noun that passed the rules can cause.
pub(super) fn write<R: Record>(noun: &R) -> Result<String> {
    to_json(&noun.form())
}

pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::new(Code::Internal, "a record cannot be written as JSON"))
}

/// # Errors
/// `storeCorrupt`; the message names the kind of record and never its content
pub(super) fn read<R: Record>(what: &str, text: &str) -> Result<R> {
    from_json(what, text).and_then(|form| R::noun(form).ok_or_else(|| corrupt(what)))
}

pub(super) fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| corrupt(what))
}

pub(super) fn corrupt(what: &str) -> Error {
    Error::new(
        Code::StoreCorrupt,
        format!("the store holds a record of kind `{what}` that Doorward did not write"),
    )
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserForm {
    id: u64,
    name: String,
    key: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    display_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    email: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    country: String,
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    scopes: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    groups: BTreeSet<u32>,
    #[serde(default, skip_serializing_if = "is_zero")]
    failed_logins: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_failed: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_login: Option<Millis>,
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    intro_reviewed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<String, Box<RawValue>>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    totp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
    created: Millis,
    updated: Millis,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn raw(text: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(text.to_owned()).ok()
}

impl Record for User {
    type Form = UserForm;

    fn form(&self) -> UserForm {
        UserForm {
            id: self.id.get(),
            name: self.name.clone(),
            key: self.name_key.clone(),
            display_name: self.display_name.clone(),
            email: self.email.clone(),
            country: self.country.clone(),
            status: self.status.name().to_owned(),
            password: self.password.as_ref().map(|phc| phc.reveal().to_owned()),
            scopes: self.scopes.clone(),
            groups: self.groups.iter().map(|id| id.0).collect(),
            failed_logins: self.failed_logins,
            last_failed: self.last_failed,
            last_login: self.last_login,
            intro_reviewed: self.intro_reviewed,
            data: self.data.as_deref().and_then(raw),
            settings: self
                .settings
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), raw(value)?)))
                .collect(),
            role: self.role.clone(),
            totp: self.totp.as_ref().map(|secret| secret.reveal().to_owned()),
            api_key: self.api_key.map(Digest::to_hex),
            created: self.created,
            updated: self.updated,
        }
    }

    fn noun(form: UserForm) -> Option<Self> {
        Some(Self {
            id: UserId::new(form.id).ok()?,
            name: form.name,
            name_key: form.key,
            display_name: form.display_name,
            email: form.email,
            country: form.country,
            status: Status::parse(&form.status)?,
            password: form.password.map(Phc::new),
            scopes: form.scopes,
            groups: form.groups.into_iter().map(GroupId).collect(),
            failed_logins: form.failed_logins,
            last_failed: form.last_failed,
            last_login: form.last_login,
            intro_reviewed: form.intro_reviewed,
            data: form.data.map(|raw| raw.get().to_owned()),
            settings: form.settings.into_iter().map(|(key, raw)| (key, raw.get().to_owned())).collect(),
            role: form.role,
            totp: form.totp.map(Secret::new),
            api_key: match form.api_key {
                Some(hex) => Some(Digest::from_hex(&hex)?),
                None => None,
            },
            created: form.created,
            updated: form.updated,
        })
    }
}

/// A reach on the wire and in the store: `"all"`, or ids with their levels.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum KindForm {
    All(AllForm),
    Only(BTreeMap<String, Option<i64>>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum AllForm {
    All,
}

impl Record for Reach {
    type Form = BTreeMap<String, KindForm>;

    fn form(&self) -> Self::Form {
        let form = |kind: &KindReach| match kind {
            KindReach::All => KindForm::All(AllForm::All),
            KindReach::Only(ids) => KindForm::Only(ids.clone()),
        };
        self.0.iter().map(|(kind, reach)| (kind.clone(), form(reach))).collect()
    }

    fn noun(form: Self::Form) -> Option<Self> {
        let noun = |kind| match kind {
            KindForm::All(_) => KindReach::All,
            KindForm::Only(ids) => KindReach::Only(ids),
        };
        Some(Self(form.into_iter().map(|(kind, reach)| (kind, noun(reach))).collect()))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupsForm {
    next: u32,
    list: Vec<GroupForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupForm {
    id: u32,
    key: String,
    name: String,
    description: String,
    scopes: BTreeSet<String>,
    subgroups: BTreeSet<u32>,
    default: bool,
    changeable: bool,
    removable: bool,
    assignable: bool,
}

impl Record for Groups {
    type Form = GroupsForm;

    fn form(&self) -> GroupsForm {
        let form = |group: &Group| GroupForm {
            id: group.id.0,
            key: group.key.clone(),
            name: group.name.clone(),
            description: group.description.clone(),
            scopes: group.scopes.clone(),
            subgroups: group.subgroups.iter().map(|id| id.0).collect(),
            default: group.default,
            changeable: group.changeable,
            removable: group.removable,
            assignable: group.assignable,
        };
        GroupsForm { next: self.next, list: self.list.iter().map(form).collect() }
    }

    fn noun(form: GroupsForm) -> Option<Self> {
        let noun = |group: GroupForm| Group {
            id: GroupId(group.id),
            key: group.key,
            name: group.name,
            description: group.description,
            scopes: group.scopes,
            subgroups: group.subgroups.into_iter().map(GroupId).collect(),
            default: group.default,
            changeable: group.changeable,
            removable: group.removable,
            assignable: group.assignable,
        };
        Some(Self { next: form.next, list: form.list.into_iter().map(noun).collect() })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenForm {
    id: String,
    number: u64,
    user: u64,
    kind: String,
    name: String,
    digest: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scopes: Option<BTreeSet<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reach: Option<BTreeMap<String, KindForm>>,
    created: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<Millis>,
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    primary: bool,
}

impl Record for Token {
    type Form = TokenForm;

    fn form(&self) -> TokenForm {
        TokenForm {
            id: self.id.to_string(),
            number: self.number,
            user: self.user.get(),
            kind: self.kind.name().to_owned(),
            name: self.name.clone(),
            digest: self.digest.to_hex(),
            scopes: self.scopes.clone(),
            reach: self.reach.as_ref().map(Record::form),
            created: self.created,
            expires: self.expires,
            primary: self.primary,
        }
    }

    fn noun(form: TokenForm) -> Option<Self> {
        Some(Self {
            id: TokenId::parse(&form.id)?,
            number: form.number,
            user: UserId::new(form.user).ok()?,
            kind: TokenKind::parse(&form.kind)?,
            name: form.name,
            digest: Digest::from_hex(&form.digest)?,
            scopes: form.scopes,
            reach: match form.reach {
                Some(reach) => Some(Reach::noun(reach)?),
                None => None,
            },
            created: form.created,
            expires: form.expires,
            primary: form.primary,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceForm {
    kind: String,
    id: String,
    name: String,
    description: String,
    owner: Option<u64>,
    data: Option<Box<RawValue>>,
    created: Millis,
    updated: Millis,
}

impl Record for Resource {
    type Form = ResourceForm;

    fn form(&self) -> ResourceForm {
        ResourceForm {
            kind: self.kind.clone(),
            id: self.id.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            owner: self.owner.map(UserId::get),
            data: self.data.as_deref().and_then(raw),
            created: self.created,
            updated: self.updated,
        }
    }

    fn noun(form: ResourceForm) -> Option<Self> {
        Some(Self {
            kind: form.kind,
            id: form.id,
            name: form.name,
            description: form.description,
            owner: match form.owner {
                Some(id) => Some(UserId::new(id).ok()?),
                None => None,
            },
            data: form.data.map(|raw| raw.get().to_owned()),
            created: form.created,
            updated: form.updated,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AuditForm {
    at: Millis,
    salt: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    ok: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    via: String,
}

impl Record for AuditEntry {
    type Form = AuditForm;

    fn form(&self) -> AuditForm {
        let on = self.on.clone();
        AuditForm {
            at: self.at,
            salt: self.salt.clone(),
            actor: self.actor.clone(),
            what: self.action.name().to_owned(),
            user: on.user,
            user_id: on.user_id,
            token: on.token,
            group: on.group,
            kind: on.kind,
            id: on.id,
            ok: self.outcome == Outcome::Ok,
            by: self.by.clone(),
            via: self.via.clone(),
        }
    }

    fn noun(form: AuditForm) -> Option<Self> {
        Some(Self {
            at: form.at,
            salt: form.salt,
            actor: form.actor,
            action: Action::parse(&form.what)?,
            on: Subject {
                user: form.user,
                user_id: form.user_id,
                token: form.token,
                group: form.group,
                kind: form.kind,
                id: form.id,
            },
            outcome: if form.ok { Outcome::Ok } else { Outcome::Refused },
            by: form.by,
            via: form.via,
        })
    }
}

/// What the index of a user's tokens says of each, so that lists and removals need no second look.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnedForm {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) digest: String,
    pub(super) session: bool,
    pub(super) expires: Option<Millis>,
}
