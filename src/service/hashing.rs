//! Passwords compared and hashed, as something that an operation wants: it takes long, and an operation does not wait.

use super::tx::Tx;
use super::{ATTEMPTS, Host};
use crate::model::{Code, Error, Phc, Result, Secret, User};
use crate::store::Store;

/// No password is longer, in bytes.
pub(super) const LONGEST_PASSWORD: usize = 1024;

/// A password, and the hash it is compared with; none: it is hashed anew.
type Asked = (Secret, Option<Phc>);

/// What was found out of passwords; it holds for another attempt as well.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    found: Vec<(Asked, Phc)>,
    wanted: Option<Asked>,
}

impl Hashes {
    /// Did the run stop at a password?
    pub(super) fn wanting(&self) -> bool {
        self.wanted.is_some()
    }
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    /// Is it the password of this hash?
    pub(super) fn verified(&mut self, password: &Secret, phc: &Phc) -> Result<bool> {
        Ok(self.ask(password, Some(phc))? == *phc)
    }

    /// The hash of a password that fits the rule.
    pub(super) fn hashed(&mut self, password: &Secret) -> Result<Phc> {
        self.ask(password, None)
    }

    /// Is it the user's password? Counts no attempt.
    pub(super) fn is_password(&mut self, user: &User, password: &Secret) -> Result<bool> {
        match &user.password {
            Some(phc) if password.reveal().len() <= LONGEST_PASSWORD => self.verified(password, phc),
            _ => Ok(false),
        }
    }

    fn ask(&mut self, password: &Secret, with: Option<&Phc>) -> Result<Phc> {
        for ((known, other), phc) in &self.hashes.found {
            if known == password && other.as_ref() == with {
                return Ok(phc.clone());
            }
        }
        self.hashes.wanted = Some((password.clone(), with.cloned()));
        Err(self.stop())
    }

    /// Finds out what the run stopped at. `false`: it did not stop at a password.
    ///
    /// # Errors
    /// `conflict` where the password has become another one again and again meanwhile; those of the host
    pub(super) async fn hash(&mut self) -> Result<bool> {
        let Some(asked) = self.hashes.wanted.take() else { return Ok(false) };
        if self.hashes.found.len() >= ATTEMPTS as usize {
            return Err(Error::new(Code::Conflict, "others kept changing the account; try again"));
        }
        let (host, password) = (&self.door.host, asked.0.reveal());
        let phc = match &asked.1 {
            Some(phc) if host.verify(password, phc).await? => phc.clone(),
            // Not the hash it was compared with, whatever that is: no hash is empty.
            Some(_) => Phc::new(String::new()),
            None => host.hash(password, self.door.policy.hash).await?,
        };
        self.hashes.found.push((asked, phc));
        Ok(true)
    }
}
