use std::cell::Cell;

use super::Host;
use super::door::Boxed;
use super::run::replied;
use super::session::Session;
use super::tx::Tx;
use crate::model::Result;
use crate::rules::Actor;
use crate::store::{Key, Store};

type Work<'a, S, H, T> = Box<dyn Fn(&mut Tx<'_, S, H>, &Actor) -> Result<T> + 'a>;
/// The same with its reply kept aside.
type Kept<'a, S, H> = &'a dyn Fn(&mut Tx<'_, S, H>, &Actor) -> Result<()>;

/// What a session was asked to do. Awaiting it does it; dropped before that, nothing happens.
///
/// A value and no future of its own type: whoever offers all operations by name, as the bindings do, turns their replies
/// into one type and waits in one place.
#[must_use = "nothing happens until it is awaited"]
pub struct Operation<'a, S, H, T> {
    session: &'a Session<S, H>,
    ahead: Vec<Key>,
    commits: bool,
    checked: Result<()>,
    work: Work<'a, S, H, T>,
}

/// What it captured may be secret.
impl<S, H, T> core::fmt::Debug for Operation<'_, S, H, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Operation").finish_non_exhaustive()
    }
}

impl<'a, S: Store, H: Host, T: 'a> Operation<'a, S, H, T> {
    /// The same with its reply turned into something else.
    pub fn map<U: 'a>(self, show: impl Fn(T) -> U + 'a) -> Operation<'a, S, H, U> {
        let Self { session, ahead, commits, checked, work } = self;
        let work: Work<'a, S, H, U> = Box::new(move |tx, actor| Ok(show(work(tx, actor)?)));
        Operation { session, ahead, commits, checked, work }
    }

    /// The same where something more, looked at first, does not refuse it.
    pub(super) fn guarded(self, check: impl Fn(&mut Tx<'_, S, H>, &Actor) -> Result<()> + 'a) -> Self {
        let work = self.work;
        let work: Work<'a, S, H, T> = Box::new(move |tx, actor| {
            check(tx, actor)?;
            work(tx, actor)
        });
        Self { work, ..self }
    }

    /// What is wrong with the arguments comes before what is wrong with the credential.
    pub(super) fn checked(mut self, check: Result<()>) -> Self {
        self.checked = self.checked.and(check);
        self
    }
}

impl<'a, S: Store, H: Host, T: 'a> IntoFuture for Operation<'a, S, H, T> {
    type Output = Result<T>;
    type IntoFuture = Boxed<'a, Result<T>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { session, ahead, commits, checked, work } = self;
            checked?;
            let reply = Cell::new(None);
            session
                .perform(&ahead, commits, &|tx, actor| work(tx, actor).map(|done| reply.set(Some(done))))
                .await?;
            replied(reply)
        })
    }
}

impl<S: Store, H: Host> Session<S, H> {
    /// Runs an operation whose reply is kept aside: one piece of code for replies of all types.
    fn perform<'w>(&'w self, ahead: &'w [Key], commits: bool, work: Kept<'w, S, H>) -> Boxed<'w, Result<()>> {
        Box::pin(async move {
            let work = |tx: &mut Tx<'_, S, H>| {
                if commits {
                    tx.expect_audit();
                }
                let actor = tx.actor(self.credential(), ahead)?;
                work(tx, &actor)
            };
            let door = self.door();
            let ended = if commits { door.run(&work).await } else { door.peek(&work).await };
            self.mark_ended(&ended);
            ended
        })
    }

    /// A change as this session's actor. `ahead` is read in the same go as the actor's own records.
    pub(super) fn change<'a, T: 'a>(
        &'a self,
        ahead: Vec<Key>,
        work: impl Fn(&mut Tx<'_, S, H>, &Actor) -> Result<T> + 'a,
    ) -> Operation<'a, S, H, T> {
        Operation { session: self, ahead, commits: true, checked: Ok(()), work: Box::new(work) }
    }

    /// A look as this session's actor. What is decided by it alone is for reading; a change decides anew at its commit.
    pub(super) fn look<'a, T: 'a>(
        &'a self,
        ahead: Vec<Key>,
        work: impl Fn(&mut Tx<'_, S, H>, &Actor) -> Result<T> + 'a,
    ) -> Operation<'a, S, H, T> {
        Operation { session: self, ahead, commits: false, checked: Ok(()), work: Box::new(work) }
    }
}
