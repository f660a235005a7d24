//! Making the key anew that a face signs with. Only for the machine's owner.

use super::session::Session;
use super::tx::Tx;
use super::values::{Form, mint};
use super::{Host, keys};
use crate::model::{Action, Code, Error, Millis, Result, Subject};
use crate::service::records::write;
use crate::store::Store;

/// So many old keys are kept at most: a token is tried with each.
pub const OLD_SECRETS: usize = 8;

/// A secret of before, and until when it is good.
type OldSecret = (String, Millis);

impl<S: Store, H: Host> Tx<'_, S, H> {
    pub(super) fn old_secrets(&mut self, name: &str) -> Result<Vec<OldSecret>> {
        Ok(self.record("secret", &keys::old_secrets(name))?.unwrap_or_default())
    }
}

impl<S: Store, H: Host> Session<S, H> {
    /// Makes a face's secret anew. What it signed before is good for `keep` milliseconds more; 0 ends it at once, with all
    /// older ones.
    ///
    /// # Errors
    /// `denied` but for the local session, `limitExceeded` where [`OLD_SECRETS`] are still good
    pub async fn rotate_secret(&self, name: &str, keep: Millis) -> Result<()> {
        self.need_local()?;
        let (present, before) = (keys::secret(name), keys::old_secrets(name));
        let inner = self.door();
        inner
            .change(|tx| {
                tx.want(vec![before.clone()]);
                let replaced = tx.record::<String>("secret", &present)?;
                let mut old = tx.old_secrets(name)?;
                old.retain(|(_, until)| keep > 0 && *until > tx.now);
                if let Some(text) = replaced.filter(|_| keep > 0) {
                    old.push((text, tx.now.saturating_add(keep)));
                }
                if old.len() > OLD_SECRETS {
                    return Err(Error::new(
                        Code::LimitExceeded,
                        "too many keys of before are still good: wait, or end them",
                    ));
                }
                if old.is_empty() {
                    tx.delete(before.clone());
                } else {
                    tx.set(before.clone(), write(&old)?);
                }
                let (fresh, _) = mint(&tx.door.host, Form::Url43);
                tx.set(present.clone(), write(&fresh.reveal().to_owned())?);
                let on = Subject { kind: Some(name.to_owned()), ..Subject::default() };
                tx.audit(None, Action::KeysRotated, on);
                Ok(())
            })
            .await
    }
}
