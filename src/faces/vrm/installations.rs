//! Installations (spec §2.4).

use http::StatusCode;

use super::caller::{Caller, Role};
use super::fault::Fault;
use super::record::{self, Seen};
use super::tokens::Target;
use super::{Reply, Vrm};
use crate::faces::web::{Asked, json_reply, parameter};
use crate::json::Writer;
use crate::model::{KindReach, Reach, Resource};
use crate::service::{CUSTOMER, Host, SITE, Store, Whom};

/// Full control, looking only, and a technician's (§3.1).
const LOOK: i64 = 0;
const FULL: i64 = 1;
const TECHNICIAN: i64 = 2;

/// The ids of sites that a reach names; `None`: all there are.
fn ids_of(reach: &Reach) -> Option<Vec<String>> {
    match reach.0.get(SITE) {
        Some(KindReach::All) => None,
        Some(KindReach::Only(ids)) => Some(ids.keys().cloned().collect()),
        None => Some(Vec::new()),
    }
}

/// What the requester is to a site.
fn seen<S, H>(site: &Resource, own: &Reach, caller: &Caller<S, H>) -> Seen {
    let owner = site.owner == Some(caller.id());
    let linked = own.covers(SITE, &site.id);
    let level = match own.0.get(SITE) {
        Some(KindReach::Only(ids)) => ids.get(&site.id).copied().flatten(),
        _ => None,
    };
    let admin = caller.role == Role::Admin;
    let level = match (level, caller.role) {
        (Some(level), _) if linked => {
            if (LOOK..=TECHNICIAN).contains(&level) {
                level
            } else {
                LOOK
            }
        }
        _ if owner => FULL,
        _ if linked => LOOK,
        (_, Role::Admin) => FULL,
        (_, Role::Dealer) => TECHNICIAN,
        (_, Role::Normal) => LOOK,
    };
    Seen { level, owner, admin }
}

impl<S: Store, H: Host> Vrm<S, H> {
    /// What the path's user reaches, if the requester may see it.
    async fn reach_of(&self, target: Target, own: &Reach, caller: &Caller<S, H>) -> Result<Reach, Fault> {
        if target.is(caller.id()) {
            return Ok(own.clone());
        }
        let found = match target {
            Target::Id(Some(id)) => self.door.view_of(Whom::Id(id)).await?,
            _ => None,
        };
        match (caller.role, found) {
            (Role::Admin, Some((_, reach))) => Ok(reach),
            (Role::Admin, None) => Err(Fault::not_found("There is no such user")),
            (Role::Dealer, Some((view, reach))) if own.covers(CUSTOMER, &view.user.name) => Ok(reach),
            _ => Err(Fault::forbidden("You may not see the installations of this user")),
        }
    }

    pub(super) async fn installations(&self, request: &Asked, user: &str, caller: &Caller<S, H>) -> Reply {
        let target = Target::of(user)?;
        let (_, own) = self.door.view_of(Whom::Id(caller.id())).await?.ok_or_else(Fault::unauthorized)?;
        let reach = self.reach_of(target, &own, caller).await?;
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let extended = parameter(query, "extended").is_some_and(|text| text.parse() == Ok(1));
        let only = match parameter(query, "idSite") {
            Some(text) => {
                let digits = text.strip_prefix('-').unwrap_or(&text);
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(Fault::invalid("idSite", "has to be an integer"));
                }
                // With more digits than any id has it is no site's.
                Some(text.parse::<i128>().map_or(text, |number| number.to_string()))
            }
            None => None,
        };
        let ids = match (only, ids_of(&reach)) {
            (Some(only), Some(ids)) => Some(ids.into_iter().filter(|id| *id == only).collect()),
            (Some(only), None) => {
                Some(if crate::rules::check_id(&only).is_ok() { vec![only] } else { Vec::new() })
            }
            (None, ids) => ids,
        };
        let mut sites = self.door.resources(SITE, ids.as_deref()).await?;
        sites.retain(|site| caller.reaches(SITE, &site.id));
        // Ids of VRM are numbers (§0): a site of another form is not one of it.
        let mut sites: Vec<(u64, Resource)> =
            sites.into_iter().filter_map(|site| Some((site.id.parse().ok()?, site))).collect();
        sites.sort_by_key(|(id, _)| *id);
        let mut out = Writer::default();
        out.open('{').name("success").flag(true);
        out.name("records").open('[');
        for (id, site) in &sites {
            out.open('{');
            let seen = seen(site, &own, caller);
            let data = record::Data::of(site);
            record::basic(&mut out, *id, site, &data, &seen);
            if extended {
                record::extended(&mut out, site, &data, &seen, self.door.now(), &self.settings.broker_domain);
            }
            out.close('}');
        }
        out.close(']');
        out.close('}');
        Ok(json_reply(StatusCode::OK, out.end()))
    }
}
