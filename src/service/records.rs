//! How the nouns are written in the store. The model knows nothing of it.
//!
//! Members that hold what most records hold (an empty text, an empty list, none, zero, `false`) are left out where a
//! record says so; a member no record knows makes the whole record corrupt.

use super::second_factor::{put_factor, take_factor};
use crate::model::sorted::Set;

use crate::json::{Fields, Value, Writer};
use crate::model::{
    Action, AuditEntry, Code, Digest, Error, Group, GroupId, Groups, KindReach, Outcome, Phc, Reach,
    Resource, Result, Settings, Status, Subject, Token, TokenId, TokenKind, User, UserId,
};
use crate::store::Entry;

/// Something that can be kept in the store.
pub(super) trait Record: Sized {
    /// # Errors
    /// `invalidSettings` where what should be JSON text is none.
    fn put(&self, out: &mut Writer) -> Result<()>;
    fn take(value: Value<'_>) -> Option<Self>;
}

/// # Errors
/// `invalidSettings` where settings or data are no JSON text.
pub(super) fn write<R: Record>(noun: &R) -> Result<String> {
    let mut out = Writer::default();
    noun.put(&mut out)?;
    Ok(out.end())
}

/// # Errors
/// `storeCorrupt`; the message names the kind of record and never its content
pub(super) fn read<R: Record>(what: &str, text: &str) -> Result<R> {
    Value::unread(text).and_then(R::take).ok_or_else(|| corrupt(what))
}

/// All records of a stretch.
///
/// # Errors
/// As for [`read`]
pub(super) fn read_all<R: Record>(what: &str, entries: &[Entry]) -> Result<Vec<R>> {
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        all.push(read(what, &entry.value)?);
    }
    Ok(all)
}

pub(super) fn corrupt(what: &str) -> Error {
    Error::new(
        Code::StoreCorrupt,
        format!("the store holds a record of kind `{what}` that Doorward did not write"),
    )
}

/// A text the host gave as JSON.
fn put_json(out: &mut Writer, json: &str) -> Result<()> {
    let bad = || Error::new(Code::InvalidSettings, "settings and data are JSON text");
    out.raw(Value::parse(json).ok_or_else(bad)?.raw());
    Ok(())
}

fn take_settings(value: Value<'_>) -> Option<Settings> {
    Some(value.entries(take_json)?.into_iter().collect())
}

fn take_json(value: Value<'_>) -> Option<String> {
    Some(value.raw().to_owned())
}

fn take_set(value: Value<'_>) -> Option<Set<String>> {
    Some(value.texts()?.into_iter().collect())
}

fn put_group_ids(out: &mut Writer, ids: &Set<GroupId>) {
    out.open('[');
    for id in ids {
        out.number(id.0.into());
    }
    out.close(']');
}

fn take_group_ids(value: Value<'_>) -> Option<Set<GroupId>> {
    Some(value.each(|value| value.small().map(GroupId))?.into_iter().collect())
}

fn unless_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

impl Record for User {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.open('{');
        out.name("id").number(self.id.get());
        out.name("name").text(&self.name);
        out.name("key").text(&self.name_key);
        out.text_if("displayName", unless_empty(&self.display_name));
        out.text_if("email", unless_empty(&self.email));
        out.text_if("country", unless_empty(&self.country));
        out.name("status").text(self.status.name());
        out.text_if("password", self.password.as_ref().map(Phc::reveal));
        if !self.scopes.is_empty() {
            out.name("scopes").texts(&self.scopes);
        }
        if !self.groups.is_empty() {
            put_group_ids(out.name("groups"), &self.groups);
        }
        out.number_if("failedLogins", Some(self.failed_logins.into()).filter(|count| *count > 0));
        out.number_if("lastFailed", self.last_failed);
        out.number_if("lastLogin", self.last_login);
        if self.intro_reviewed {
            out.name("introReviewed").flag(true);
        }
        if let Some(data) = &self.data {
            put_json(out.name("data"), data)?;
        }
        if !self.settings.is_empty() {
            out.name("settings").open('{');
            for (name, value) in &self.settings {
                put_json(out.name(name), value)?;
            }
            out.close('}');
        }
        out.text_if("role", unless_empty(&self.role));
        if let Some(factor) = &self.totp {
            put_factor(out, factor);
        }
        out.text_if("apiKey", self.api_key.map(Digest::to_hex).as_deref());
        out.text_if("imported", self.imported.map(Digest::to_hex).as_deref());
        out.name("created").number(self.created);
        out.name("updated").number(self.updated);
        out.close('}');
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        let mut from = Fields::of(Some(value), "");
        let user = Self {
            id: UserId::new(from.number("id")).ok()?,
            name: from.text("name"),
            name_key: from.text("key"),
            display_name: from.text_or_empty("displayName"),
            email: from.text_or_empty("email"),
            country: from.text_or_empty("country"),
            status: Status::parse(&from.text("status"))?,
            password: from.maybe_text("password").map(Phc::new),
            scopes: from.maybe("scopes", take_set).unwrap_or_default(),
            groups: from.maybe("groups", take_group_ids).unwrap_or_default(),
            failed_logins: from.maybe("failedLogins", Value::small).unwrap_or_default(),
            last_failed: from.maybe_number("lastFailed"),
            last_login: from.maybe_number("lastLogin"),
            intro_reviewed: from.maybe_flag("introReviewed").unwrap_or_default(),
            data: from.maybe("data", take_json),
            settings: from.maybe("settings", take_settings).unwrap_or_default(),
            role: from.text_or_empty("role"),
            totp: take_factor(&mut from),
            api_key: from.maybe("apiKey", take_digest),
            imported: from.maybe("imported", take_digest),
            created: from.number("created"),
            updated: from.number("updated"),
        };
        from.done().ok().map(|()| user)
    }
}

pub(super) fn take_digest(value: Value<'_>) -> Option<Digest> {
    Digest::from_hex(&value.text()?)
}

/// Per kind `"all"`, or ids with their levels: in the store as in replies.
pub(crate) fn put_reach(out: &mut Writer, reach: &Reach) {
    out.open('{');
    for (kind, ids) in &reach.0 {
        out.name(kind);
        match ids {
            KindReach::All => out.text("all"),
            KindReach::Only(ids) => {
                out.open('{');
                for (id, level) in ids {
                    out.name(id).maybe_integer(*level);
                }
                out.close('}');
            }
        }
    }
    out.close('}');
}

impl Record for Reach {
    fn put(&self, out: &mut Writer) -> Result<()> {
        put_reach(out, self);
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        let kind = |value: Value<'_>| match value.entries(<Option<i64> as Record>::take) {
            Some(ids) => Some(KindReach::Only(ids.into_iter().collect())),
            None => (value.raw() == "\"all\"").then_some(KindReach::All),
        };
        Some(Self(value.entries(kind)?.into_iter().collect()))
    }
}

impl Record for Groups {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.open('{').name("next").number(self.next.into());
        out.name("list").open('[');
        for group in &self.list {
            out.open('{').name("id").number(group.id.0.into());
            out.name("key").text(&group.key);
            out.name("name").text(&group.name);
            out.name("description").text(&group.description);
            out.name("scopes").texts(&group.scopes);
            put_group_ids(out.name("subgroups"), &group.subgroups);
            out.name("default").flag(group.default);
            out.name("changeable").flag(group.changeable);
            out.name("removable").flag(group.removable);
            out.name("assignable").flag(group.assignable);
            out.close('}');
        }
        out.close(']');
        if !self.seeded.is_empty() {
            out.name("seeded").texts(&self.seeded);
        }
        out.close('}');
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        let group = |value| {
            let mut from = Fields::of(Some(value), "");
            let group = Group {
                id: GroupId(from.small("id")),
                key: from.text("key"),
                name: from.text("name"),
                description: from.text("description"),
                scopes: take_set(from.need("scopes")?)?,
                subgroups: take_group_ids(from.need("subgroups")?)?,
                default: from.flag("default"),
                changeable: from.flag("changeable"),
                removable: from.flag("removable"),
                assignable: from.flag("assignable"),
            };
            from.done().ok().map(|()| group)
        };
        let mut from = Fields::of(Some(value), "");
        let next = from.small("next");
        let list = from.need("list")?.each(group)?;
        let seeded = from.maybe("seeded", take_set).unwrap_or_default();
        from.done().ok().map(|()| Self { next, list, seeded })
    }
}

impl Record for Token {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.open('{').name("id").text(&self.id.to_string());
        out.name("number").number(self.number);
        out.name("user").number(self.user.get());
        out.name("kind").text(self.kind.name());
        out.name("name").text(&self.name);
        out.name("digest").text(&self.digest.to_hex());
        if let Some(scopes) = &self.scopes {
            out.name("scopes").texts(scopes);
        }
        if let Some(reach) = &self.reach {
            put_reach(out.name("reach"), reach);
        }
        out.name("created").number(self.created);
        out.number_if("expires", self.expires);
        if self.primary {
            out.name("primary").flag(true);
        }
        out.close('}');
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        let mut from = Fields::of(Some(value), "");
        let token = Self {
            id: TokenId::parse(&from.text("id"))?,
            number: from.number("number"),
            user: UserId::new(from.number("user")).ok()?,
            kind: TokenKind::parse(&from.text("kind"))?,
            name: from.text("name"),
            digest: take_digest(from.need("digest")?)?,
            scopes: from.maybe("scopes", take_set),
            reach: from.maybe("reach", Reach::take),
            created: from.number("created"),
            expires: from.maybe_number("expires"),
            primary: from.maybe_flag("primary").unwrap_or_default(),
        };
        from.done().ok().map(|()| token)
    }
}

impl Record for Resource {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.open('{').name("kind").text(&self.kind);
        out.name("id").text(&self.id);
        out.name("name").text(&self.name);
        out.name("description").text(&self.description);
        out.name("owner").maybe_number(self.owner.map(UserId::get));
        match &self.data {
            Some(data) => put_json(out.name("data"), data)?,
            None => out.name("data").maybe_raw(None),
        }
        out.name("created").number(self.created);
        out.name("updated").number(self.updated);
        out.close('}');
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        let mut from = Fields::of(Some(value), "");
        let resource = Self {
            kind: from.text("kind"),
            id: from.text("id"),
            name: from.text("name"),
            description: from.text("description"),
            owner: from.maybe("owner", |value| UserId::new(value.number()?).ok()),
            data: from.maybe("data", take_json),
            created: from.number("created"),
            updated: from.number("updated"),
        };
        from.done().ok().map(|()| resource)
    }
}

impl Record for AuditEntry {
    fn put(&self, out: &mut Writer) -> Result<()> {
        let on = &self.on;
        out.open('{').name("at").number(self.at);
        out.name("salt").text(&self.salt);
        out.text_if("actor", self.actor.as_deref());
        out.name("what").text(self.action.name());
        out.text_if("user", on.user.as_deref());
        out.number_if("userId", on.user_id);
        out.text_if("token", on.token.as_deref());
        out.text_if("group", on.group.as_deref());
        out.text_if("kind", on.kind.as_deref());
        out.text_if("id", on.id.as_deref());
        out.name("ok").flag(self.outcome == Outcome::Ok);
        out.text_if("by", self.by.as_deref());
        out.name("via").text(&self.via);
        out.close('}');
        Ok(())
    }

    fn take(value: Value<'_>) -> Option<Self> {
        let mut from = Fields::of(Some(value), "");
        let entry = Self {
            at: from.number("at"),
            salt: from.text("salt"),
            actor: from.maybe_text("actor"),
            action: Action::parse(&from.text("what"))?,
            on: Subject {
                user: from.maybe_text("user"),
                user_id: from.maybe_number("userId"),
                token: from.maybe_text("token"),
                group: from.maybe_text("group"),
                kind: from.maybe_text("kind"),
                id: from.maybe_text("id"),
            },
            outcome: if from.flag("ok") { Outcome::Ok } else { Outcome::Refused },
            by: from.maybe_text("by"),
            via: from.text("via"),
        };
        from.done().ok().map(|()| entry)
    }
}

/// What a store says of itself.
pub(super) struct Meta {
    pub(super) format: u64,
}

impl Record for Meta {
    fn put(&self, out: &mut Writer) -> Result<()> {
        out.open('{').name("format").number(self.format);
        out.close('}');
        Ok(())
    }

    /// A newer version may say more.
    fn take(value: Value<'_>) -> Option<Self> {
        Some(Self { format: Fields::of(Some(value), "").need("format")?.number()? })
    }
}
