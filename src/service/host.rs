use crate::model::{AuditEntry, Millis, Phc, Result};

/// What the service asks of the machine it runs on, the store aside.
#[expect(async_fn_in_trait, reason = "the core is single-threaded: no caller needs Send")]
pub trait Host {
    /// The time.
    fn now(&self) -> Millis;

    /// Fills the bytes from a cryptographic source.
    fn random(&self, bytes: &mut [u8]);

    /// Waits.
    async fn sleep(&self, milliseconds: u32);

    /// Argon2id with (KiB of memory, passes, lanes), away from the main thread where there is one.
    ///
    /// # Errors
    /// `hashFailed`, `busy`
    async fn hash(&self, password: &str, parameters: (u32, u32, u32)) -> Result<Phc>;

    /// Compares in constant time.
    ///
    /// # Errors
    /// `hashFailed`, `busy`
    async fn verify(&self, password: &str, phc: &Phc) -> Result<bool>;

    /// Tells what the commit just made has changed. Called when live sessions know it already, before the call that
    /// made the change returns.
    fn emit(&self, entries: &[AuditEntry]);
}
