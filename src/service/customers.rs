//! Dealers and their customers (VRM): a link of the kind `customer` names the customer by his login.

use super::tx::Tx;
use super::{Host, keys};
use crate::model::Result;
use crate::store::Store;

/// The kind of the links.
pub const CUSTOMER: &str = "customer";

impl<S: Store, H: Host> Tx<'_, S, H> {
    /// The id a link is kept under: a customer's login as he writes it, however it was spelled.
    pub(super) fn link_id(&mut self, kind: &str, id: &str) -> Result<String> {
        if kind == CUSTOMER
            && let Some(user) = self.user_named(id)?
        {
            return Ok(user.name);
        }
        Ok(id.to_owned())
    }

    /// A customer is called otherwise, or is gone: whoever takes the name later is not his dealer's customer.
    pub(super) fn rename_customer(&mut self, old: &str, new: Option<&str>) -> Result<()> {
        let dealers = self.linked(CUSTOMER, old)?;
        self.fetch(dealers.iter().map(|&(dealer, _)| keys::reach(dealer)))?;
        for (dealer, level) in dealers {
            self.put_link(dealer, CUSTOMER, old, None)?;
            if let Some(new) = new {
                self.put_link(dealer, CUSTOMER, new, Some(level))?;
            }
        }
        Ok(())
    }
}
