//! Sites by their gateways (spec §2.5, §2.6).

use http::StatusCode;

use super::body::Body;
use super::caller::{Caller, Role};
use super::fault::Fault;
use super::{Reply, Vrm};
use crate::faces::web::{Asked, json_reply};
use crate::json::Writer;
use crate::model::{Code, lower};
use crate::service::{Host, SITE, Store, Whom};

const IDENTIFIER: &str = "installation_identifier";

fn records(id: &str, name: Option<&str>) -> String {
    let mut out = Writer::default();
    out.open('{').name("success").flag(true);
    out.name("records").open('{').name("site_id").text(id);
    out.text_if("site_name", name);
    out.close('}');
    out.close('}');
    out.end()
}

impl<S: Store, H: Host> Vrm<S, H> {
    pub(super) async fn add_site(&self, request: &Asked, caller: &Caller<S, H>) -> Reply {
        caller.need_own_account()?;
        Self::check_size(request)?;
        let identifier = Body::read(request)?.text(IDENTIFIER)?;
        let site = caller.session.claim_site(&identifier).await.map_err(|error| match error.code() {
            Code::NotFound => Fault::not_found("There is no such installation"),
            Code::AlreadyExists => {
                let text = "This installation is among yours already";
                Fault::says(StatusCode::CONFLICT, "not_unique", text)
            }
            Code::Denied => Fault::forbidden("This installation belongs to somebody else"),
            _ => error.into(),
        })?;
        Ok(json_reply(StatusCode::OK, records(&site.id, Some(&site.name))))
    }

    pub(super) async fn site_id(&self, request: &Asked, caller: &Caller<S, H>) -> Reply {
        Self::check_size(request)?;
        let identifier = Body::read(request)?.text(IDENTIFIER)?;
        let found = self.door.sites_of(&lower(&identifier)).await?;
        let reach = match self.door.view_of(Whom::Id(caller.id())).await? {
            Some((_, reach)) => reach,
            None => return Err(Fault::unauthorized()),
        };
        let seen =
            |id: &str| (caller.role == Role::Admin || reach.covers(SITE, id)) && caller.reaches(SITE, id);
        // Ids of VRM are numbers (§0).
        let site = found.iter().find(|site| site.id.parse::<u64>().is_ok() && seen(&site.id));
        let site = site.ok_or_else(|| Fault::not_found("No such installation was found").soft())?;
        Ok(json_reply(StatusCode::OK, records(&site.id, None)))
    }
}
