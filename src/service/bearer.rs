//! Credentials of a face's own form that were ended before their time.

use super::door::Door;
use super::records::{read, write};
use super::{Host, keys};
use crate::model::{Millis, Result};
use crate::store::{Range, Store};

/// Entries that are over and are forgotten when one more comes.
const SWEPT: usize = 64;

impl<S: Store, H: Host> Door<S, H> {
    /// Ends a credential by its id. It is remembered until it would have ended by itself.
    ///
    /// # Errors
    /// Those of the store
    pub async fn bar(&self, id: &str, until: Millis) -> Result<()> {
        self.0
            .change(|tx| {
                let all = Range::first(keys::all_barred(), SWEPT);
                for entry in tx.scan(all)?.iter() {
                    let (until, id): (Millis, String) = read("barred", &entry.value)?;
                    if until <= tx.now {
                        tx.delete(keys::barred(until, &id));
                    }
                }
                tx.set(keys::barred(until, id), write(&(until, id.to_owned()))?);
                Ok(())
            })
            .await
    }

    /// Was it ended?
    ///
    /// # Errors
    /// Those of the store
    pub async fn is_barred(&self, id: &str, until: Millis) -> Result<bool> {
        let key = keys::barred(until, id);
        self.0.look(|tx| Ok(tx.get(&key)?.is_some())).await
    }
}
