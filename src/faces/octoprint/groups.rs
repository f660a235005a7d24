//! Groups and permissions (spec §2.7, §4).

use http::{Method, StatusCode};

use super::body::Body;
use super::caller::Caller;
use super::fault::Fault;
use super::permissions::{self, GUESTS, is_dangerous, scopes_named};
use super::{Octoprint, Reply, Route, records};
use crate::faces::web::{Answer, Asked, json_reply};
use crate::json::Writer;
use crate::model::sorted::Set;
use crate::model::{Group, Groups};
use crate::rules::GroupPatch;
use crate::service::{Host, Store};

impl<S: Store, H: Host> Octoprint<S, H> {
    pub(super) async fn groups(&self, request: &Asked, route: &Route, caller: &Caller<S, H>) -> Reply {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if !reads {
            self.need_fresh(caller)?;
        }
        let session = caller.admin()?;
        let groups = self.door.groups().await?;
        let Route::Group(key) = route else {
            if !reads {
                let (key, patch) = self.new_group(request, &groups)?;
                session.add_group(&key, patch).await?;
            }
            return self.list_groups().await;
        };
        // What is no body at all is told before what there is not, or may not be changed (§2.1).
        let body = (*request.method() == Method::PUT).then(|| Body::read(request)).transpose()?;
        let group = groups.by_key(key).ok_or_else(Fault::missing)?;
        if reads {
            let mut out = Writer::default();
            records::group(&mut out, self.door.catalogue(), &groups, group);
            return Ok(json_reply(StatusCode::OK, out.end()));
        }
        match body {
            None => session.remove_group(key).await?,
            Some(_) if !group.changeable => return Err(Fault::forbidden()),
            Some(body) => {
                session.edit_group(key, self.changes(&body, &groups, group)?).await?;
            }
        }
        self.list_groups().await
    }

    async fn list_groups(&self) -> Reply {
        let groups = self.door.groups().await?;
        let mut out = Writer::default();
        out.open('{').name("groups").open('[');
        for group in &groups.list {
            records::group(&mut out, self.door.catalogue(), &groups, group);
        }
        out.close(']');
        out.close('}');
        Ok(json_reply(StatusCode::OK, out.end()))
    }

    fn new_group(&self, request: &Asked, groups: &Groups) -> Result<(String, GroupPatch), Fault> {
        let (body, catalogue) = (Body::read(request)?, self.door.catalogue());
        for (member, text) in [
            ("key", "key is missing"),
            ("name", "name is missing"),
            ("permissions", "permissions are missing"),
            ("subgroups", "subgroups are missing"),
        ] {
            if body.given(member).is_none() {
                return Err(Fault::bad(text));
            }
        }
        let key = body.full_text("key", "key is missing")?;
        let name = body.full_text("name", "name is missing")?;
        if groups.by_key(&key).is_some() {
            return Err(Fault::of(StatusCode::CONFLICT));
        }
        let subgroups = body.keys("subgroups")?.unwrap_or_default();
        let patch = GroupPatch {
            name: Some(name),
            description: Some(body.text("description")?.unwrap_or_default()),
            scopes: Some(scopes_named(
                catalogue,
                &body.keys("permissions")?.unwrap_or_default(),
                &Set::new(),
            )),
            subgroups: Some(subgroups.into_iter().filter(|key| groups.by_key(key).is_some()).collect()),
            default: body.switch("default")?,
        };
        Ok((key, patch))
    }

    /// `null` leaves as it is, but for `default` (§2.7).
    fn changes(&self, body: &Body<'_>, groups: &Groups, group: &Group) -> Result<GroupPatch, Fault> {
        let guests = group.key == GUESTS;
        let catalogue = self.door.catalogue();
        let mut permissions = body.keys("permissions")?;
        let mut subgroups = body.keys("subgroups")?;
        if guests {
            permissions = permissions.map(|mut keys| {
                keys.retain(|key| !is_dangerous(catalogue, key));
                keys
            });
            subgroups = subgroups.map(|mut keys| {
                let safe = |group: &Group| !crate::rules::is_dangerous(catalogue, groups, group);
                keys.retain(|key| groups.by_key(key).is_some_and(safe));
                keys
            });
        }
        // Neither added nor taken away: what cannot be assigned (§4.1).
        let subgroups = subgroups.map(|keys| {
            let wanted = keys.iter().filter_map(|key| groups.by_key(key)).filter(|group| group.assignable);
            let fixed =
                group.subgroups.iter().filter_map(|&id| groups.by_id(id)).filter(|group| !group.assignable);
            wanted.chain(fixed).map(|group| group.key.clone()).collect()
        });
        Ok(GroupPatch {
            name: None,
            description: body.text("description")?,
            scopes: permissions.map(|keys| scopes_named(catalogue, &keys, &group.scopes)),
            subgroups,
            default: body.switch("default")?,
        })
    }

    pub(super) fn permissions(&self) -> Answer {
        let mut out = Writer::default();
        out.open('{').name("permissions").open('[');
        for permission in permissions::all(self.door.catalogue()) {
            records::permission(&mut out, &permission);
        }
        out.close(']');
        out.close('}');
        json_reply(StatusCode::OK, out.end())
    }
}
