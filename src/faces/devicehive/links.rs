//! A user's networks and device types (spec §2.7, §2.8).

use http::{Method, StatusCode};

use super::actions::Action;
use super::caller::{Caller, DEVICE_TYPE, NETWORK, has_all};
use super::fault::Fault;
use super::{Devicehive, Reply, places};
use crate::faces::web::{bare_reply, json_reply};
use crate::json::Writer;
use crate::model::{KindReach, Reach, Resource};
use crate::rules::UserPatch;
use crate::service::{Host, Store, UserChanges, UserView};

fn done() -> Reply {
    Ok(bare_reply(StatusCode::NO_CONTENT))
}

/// `{"network": …}`, `{"deviceType": …}`
fn wrapped(name: &str, resource: &Resource) -> Reply {
    let mut out = Writer::default();
    places::write(out.open('{').name(name), resource, false);
    out.close('}');
    Ok(json_reply(StatusCode::OK, out.end()))
}

impl<S: Store, H: Host> Devicehive<S, H> {
    async fn target(
        &self,
        user: i64,
        method: &Method,
        one_of: &[Action],
        caller: &Caller<S, H>,
    ) -> Result<(UserView, Reach), Fault> {
        caller.need(one_of)?;
        // Associations are an administrator's business (§6, rows 6 and 7); one's own may be looked at.
        if *method != Method::GET || user != caller.own() {
            caller.need_admin()?;
        }
        self.found(user).await
    }

    /// A network or device type, if there is one.
    pub(super) async fn place_of(&self, kind: &str, id: i64) -> Result<Option<Resource>, Fault> {
        Ok(self.door.resources(kind, Some(&[id.to_string()])).await?.pop())
    }

    pub(super) async fn user_network(
        &self,
        method: &Method,
        user: i64,
        network: i64,
        caller: &Caller<S, H>,
    ) -> Reply {
        let (view, reach) =
            self.target(user, method, &[Action::ManageUser, Action::ManageNetwork], caller).await?;
        let id = network.to_string();
        let place = self.place_of(NETWORK, network).await?;
        if *method == Method::GET {
            let linked = reach.covers(NETWORK, &id);
            return match place.filter(|_| linked) {
                Some(place) => wrapped("network", &place),
                None => Err(Fault::missing(format!(
                    "Network with id {network} for user with id {user} was not found"
                ))),
            };
        }
        if place.is_none() {
            return Err(places::no_place(NETWORK, network));
        }
        self.link(method, &view, &reach, NETWORK, &id, caller).await
    }

    /// Sets or removes a link; what is so already stays so.
    async fn link(
        &self,
        method: &Method,
        view: &UserView,
        reach: &Reach,
        kind: &str,
        id: &str,
        caller: &Caller<S, H>,
    ) -> Reply {
        let name = &view.user.name;
        match (*method == Method::PUT, reach.covers(kind, id)) {
            (true, false) => caller.session.set_link(name, kind, id, None).await?,
            (false, true) if !has_all(reach, kind) => caller.session.remove_link(name, kind, id).await?,
            _ => {}
        }
        done()
    }

    pub(super) async fn user_device_types(&self, user: i64, caller: &Caller<S, H>) -> Reply {
        let (_, reach) =
            self.target(user, &Method::GET, &[Action::ManageUser, Action::ManageDeviceType], caller).await?;
        let types = self.reached(DEVICE_TYPE, &reach).await?;
        Ok(json_reply(StatusCode::OK, places::listed(types)))
    }

    pub(super) async fn user_device_type(
        &self,
        method: &Method,
        user: i64,
        of: i64,
        caller: &Caller<S, H>,
    ) -> Reply {
        let (view, reach) =
            self.target(user, method, &[Action::ManageUser, Action::ManageDeviceType], caller).await?;
        let id = of.to_string();
        if *method == Method::GET {
            let place = self.place_of(DEVICE_TYPE, of).await?;
            return match place.filter(|_| reach.covers(DEVICE_TYPE, &id)) {
                Some(place) => wrapped("deviceType", &place),
                None => {
                    Err(Fault::missing(format!("Device type with id {of} for user with id {user} not found")))
                }
            };
        }
        if has_all(&reach, DEVICE_TYPE) {
            return Err(Fault::forbidden("Cannot assign device type to user with all device types allowed"));
        }
        if self.place_of(DEVICE_TYPE, of).await?.is_none() {
            return Err(places::no_place(DEVICE_TYPE, of));
        }
        self.link(method, &view, &reach, DEVICE_TYPE, &id, caller).await
    }

    /// Sets the flag, which drops explicit associations, or clears it, which leaves them as they are.
    pub(super) async fn all_device_types(&self, method: &Method, user: i64, caller: &Caller<S, H>) -> Reply {
        let (view, mut reach) =
            self.target(user, method, &[Action::ManageUser, Action::ManageDeviceType], caller).await?;
        let all = *method == Method::PUT;
        if all == has_all(&reach, DEVICE_TYPE) {
            return done();
        }
        if all {
            reach.0.insert(DEVICE_TYPE.to_owned(), KindReach::All);
        } else {
            reach.0.remove(DEVICE_TYPE);
        }
        let patch = UserPatch { reach: Some(reach), ..UserPatch::default() };
        let changes = UserChanges { patch, ..UserChanges::default() };
        caller.session.edit_user(&view.user.name, changes).await?;
        done()
    }
}
