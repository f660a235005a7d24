//! Sites and the gateways they are fed by (VRM).

use super::door::{Door, subject};
use super::named::identifier_of;
use super::operation::Operation;
use super::records::corrupt;
use super::session::Session;
use super::tx::Tx;
use super::{Host, keys};
use crate::model::{Action, KindReach, Resource, Result, Subject, UserId, lower};
use crate::rules;
use crate::store::Store;

/// The kind of installations.
pub const SITE: &str = "site";
/// The kind of gateways; their ids are their identifiers.
const GATEWAY: &str = "gateway";
/// The link level of who has added a site: full control.
const FULL_CONTROL: i64 = 1;

/// A site's gateway, in lower case, as the site's data name it.
pub fn site_identifier(site: &Resource) -> Option<String> {
    identifier_of(site)
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    fn sites_of(&mut self, identifier: &str) -> Result<Vec<Resource>> {
        let ids = self.resources_named(SITE, identifier)?;
        self.fetch(ids.iter().map(|id| keys::resource(SITE, id)))?;
        let mut found = Vec::new();
        for id in ids {
            found.extend(self.resource(SITE, &id)?);
        }
        Ok(found)
    }
}

impl<S: Store, H: Host> Door<S, H> {
    /// The sites of a gateway, whoever's they are: one, unless the host has made more. `identifier`: in lower case.
    ///
    /// # Errors
    /// Those of the store
    pub async fn sites_of(&self, identifier: &str) -> Result<Vec<Resource>> {
        self.0.look(|tx| tx.sites_of(identifier)).await
    }
}

impl<S: Store, H: Host> Session<S, H> {
    /// Makes a site of a gateway that is nobody's yet; it is the actor's, with full control, and he is to be told of it.
    ///
    /// # Errors
    /// `notFound` (no such gateway), `alreadyExists` (he has it already), `denied` (somebody else has), `limitExceeded`
    pub fn claim_site(&self, identifier: &str) -> Operation<'_, S, H, Resource> {
        let identifier = lower(identifier);
        self.change(vec![keys::sequence(SITE)], move |tx, actor| {
            // Written by everybody who claims, so that of two at once one is met at the commit.
            let id = tx.next(SITE)?.to_string();
            let sites = tx.sites_of(&identifier)?;
            let known = rules::check_id(&identifier).is_ok() && tx.resource(GATEWAY, &identifier)?.is_some();
            let taken = match actor.user_id() {
                Some(user) if !sites.is_empty() => {
                    let reach = tx.reach(user)?;
                    let mine = |site: &Resource| site.owner == Some(user) || reach.covers(SITE, &site.id);
                    Some(sites.iter().any(mine))
                }
                _ => None,
            };
            let new = rules::claim_site(&tx.door.catalogue, actor, &id, &identifier, known, taken, tx.now)?;
            if tx.resource(SITE, &id)?.is_some() {
                return Err(corrupt("seq"));
            }
            tx.put_resource(None, &new)?;
            let owner = new.owner.ok_or_else(|| corrupt("resource"))?;
            link(tx, owner, &id)?;
            let user = tx.user(owner)?.ok_or_else(|| corrupt("user"))?;
            let on = Subject { kind: Some(SITE.to_owned()), id: Some(id.clone()), ..subject(&user) };
            tx.audit(Some(actor.name()), Action::ResourceAdded, super::resources::subject(SITE, &id));
            tx.audit(Some(actor.name()), Action::LinkChanged, on.clone());
            tx.audit(Some(actor.name()), Action::Notice, on);
            Ok(new)
        })
    }
}

/// Who reaches every site needs no link.
fn link<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, owner: UserId, id: &str) -> Result<()> {
    if tx.reach(owner)?.0.get(SITE) != Some(&KindReach::All) {
        tx.put_link(owner, SITE, id, Some(Some(FULL_CONTROL)))?;
    }
    Ok(())
}
