//! Networks and device types (spec §5): one shape for both.

use http::{Method, StatusCode};

use super::actions::Action;
use super::body::Body;
use super::caller::{Caller, NETWORK, has_all, ids_of};
use super::fault::{Fault, Violations};
use super::query::{Listed, Query, Sort};
use super::{Devicehive, Reply};
use crate::faces::web::{Asked, bare_reply, json_reply};
use crate::json::Writer;
use crate::model::{Code, Reach, Resource};
use crate::rules::ResourcePatch;
use crate::service::{Host, Store};

/// What the two kinds differ in.
fn word(kind: &str) -> &'static str {
    if kind == NETWORK { "Network" } else { "Device type" }
}

fn get(kind: &str) -> Action {
    if kind == NETWORK { Action::GetNetwork } else { Action::GetDeviceType }
}

fn manage(kind: &str) -> Action {
    if kind == NETWORK { Action::ManageNetwork } else { Action::ManageDeviceType }
}

pub(super) fn no_place(kind: &str, id: i64) -> Fault {
    Fault::missing(format!("{} with id = {id} not found", word(kind)))
}

/// `{"id","name","description"}`; a place by itself has its devices, of which there are none here.
pub(super) fn write(out: &mut Writer, resource: &Resource, with_devices: bool) {
    out.open('{').name("id").raw(&resource.id);
    out.name("name").text(&resource.name);
    let description = Some(resource.description.as_str()).filter(|text| !text.is_empty());
    out.name("description").maybe_text(description);
    if with_devices {
        out.name("devices").raw("[]");
    }
    out.close('}');
}

pub(super) fn listed(resources: impl IntoIterator<Item = Resource>) -> String {
    let mut out = Writer::default();
    out.open('[');
    for resource in resources {
        write(&mut out, &resource, false);
    }
    out.close(']');
    out.end()
}

fn patch_of(body: Body<'_>, new: bool) -> Result<ResourcePatch, Fault> {
    let fields = if new { body.needed()? } else { body.fields().unwrap_or_default() };
    let (name, description) = (fields.text("name")?, fields.text("description")?);
    let mut violations = Violations::default();
    if new {
        violations.need("name", name.is_some());
    }
    violations.check("name", name.as_deref(), 1..=128);
    violations.check("description", description.as_deref(), 0..=128);
    violations.none()?;
    Ok(ResourcePatch { name, description, ..ResourcePatch::default() })
}

impl<S: Store, H: Host> Devicehive<S, H> {
    /// All that a reach covers of a kind.
    pub(super) async fn reached(&self, kind: &str, reach: &Reach) -> crate::model::Result<Vec<Resource>> {
        if has_all(reach, kind) {
            return self.door.resources(kind, None).await;
        }
        self.door.resources(kind, Some(&ids_of(reach, kind))).await
    }

    /// Those the caller sees, as a query asks.
    async fn seen(&self, query: &Query, kind: &str, caller: &Caller<S, H>) -> Result<Vec<Resource>, Fault> {
        let mut found = if caller.is_admin() {
            self.door.resources(kind, None).await?
        } else {
            self.reached(kind, &caller.reach).await?
        };
        found.retain(|resource| {
            caller.permits(kind, &resource.id)
                && query.name.as_ref().is_none_or(|name| *name == resource.name)
                && query.pattern.as_ref().is_none_or(|pattern| pattern.fits(&resource.name))
        });
        match query.sort {
            Sort::Id => found.sort_by_key(|resource| resource.id.parse::<u64>().unwrap_or(u64::MAX)),
            Sort::Name => found.sort_by(|one, other| one.name.cmp(&other.name)),
        }
        if query.descending {
            found.reverse();
        }
        Ok(found)
    }

    pub(super) async fn list_places(&self, request: &Asked, kind: &str, caller: &Caller<S, H>) -> Reply {
        caller.need(&[get(kind)])?;
        let query = Query::of(request, Listed::Places)?;
        let found = self.seen(&query, kind, caller).await?;
        let page = found.into_iter().skip(query.skip).take(query.take);
        Ok(json_reply(StatusCode::OK, listed(page)))
    }

    pub(super) async fn count_places(&self, request: &Asked, kind: &str, caller: &Caller<S, H>) -> Reply {
        caller.need(&[get(kind)])?;
        let query = Query::filters(request, Listed::Places)?;
        let count = self.seen(&query, kind, caller).await?.len();
        Ok(json_reply(StatusCode::OK, format!("{{\"count\":{count}}}")))
    }

    pub(super) async fn insert_place(&self, kind: &str, body: Body<'_>, caller: &Caller<S, H>) -> Reply {
        caller.need(&[manage(kind)])?;
        let added = caller.session.add_numbered(kind, patch_of(body, true)?).await;
        let view = added.map_err(|error| named_twice(kind, error))?;
        Ok(json_reply(StatusCode::CREATED, format!("{{\"id\":{}}}", Self::number(&view.resource.id)?)))
    }

    pub(super) async fn place(
        &self,
        kind: &str,
        number: i64,
        method: &Method,
        body: Body<'_>,
        caller: &Caller<S, H>,
    ) -> Reply {
        let id = number.to_string();
        caller.need(&[if *method == Method::GET { get(kind) } else { manage(kind) }])?;
        if !caller.permits(kind, &id) {
            return Err(Fault::no_action());
        }
        let found = self.place_of(kind, number).await?;
        let found = found.filter(|_| caller.sees(kind, &id)).ok_or_else(|| no_place(kind, number))?;
        match *method {
            Method::GET => {
                let mut out = Writer::default();
                write(&mut out, &found, true);
                return Ok(json_reply(StatusCode::OK, out.end()));
            }
            Method::PUT => {
                let edited = caller.session.edit_numbered(kind, &id, patch_of(body, false)?).await;
                edited.map_err(|error| named_twice(kind, error))?;
            }
            _ => caller.session.remove_resource(kind, &id).await?,
        }
        Ok(bare_reply(StatusCode::NO_CONTENT))
    }
}

fn named_twice(kind: &str, error: crate::model::Error) -> Fault {
    if error.code() == Code::AlreadyExists {
        let word = word(kind);
        return Fault::forbidden(format!("{word} cannot be created. {word} with such name already exists"));
    }
    error.into()
}
