//! The one place where an operation waits: reads and hashes what it wants, runs it again, commits, retries.

use std::cell::Cell;

use super::door::{Boxed, Inner};
use super::records::write;
use super::tx::Tx;
use super::{ATTEMPTS, Host, keys};
use crate::model::{AuditEntry, Code, Error, Result};
use crate::store::{Store, limits};

/// Runs of one attempt: each but the last asks for more to be read. Only a walk through a long list takes more than a few.
const ROUNDS: u32 = 256;
/// Longest pause between two attempts, in milliseconds.
const LONGEST_PAUSE: u32 = 64;

/// An operation whose reply is kept aside: one piece of code runs them all, where a copy for each would be most of the
/// module.
type Work<'w, S, H> = &'w dyn Fn(&mut Tx<'_, S, H>) -> Result<()>;

/// What was written into the audit, and the refusal that it was about.
type Committed = (Vec<AuditEntry>, Option<Error>);

impl<S: Store, H: Host> Inner<S, H> {
    /// Runs an operation until nobody was faster.
    pub(super) async fn change<T>(&self, work: impl Fn(&mut Tx<'_, S, H>) -> Result<T>) -> Result<T> {
        let reply = Cell::new(None);
        self.run(&|tx| work(tx).map(|done| reply.set(Some(done)))).await?;
        replied(reply)
    }

    /// Runs an operation that only looks.
    pub(super) async fn look<T>(&self, work: impl Fn(&mut Tx<'_, S, H>) -> Result<T>) -> Result<T> {
        let reply = Cell::new(None);
        self.peek(&|tx| work(tx).map(|done| reply.set(Some(done)))).await?;
        replied(reply)
    }

    /// Runs an operation that only looks, over what stood in the store at one instant: what it finds not to agree did not
    /// agree then. More than one read takes is not of one instant.
    #[cfg(feature = "faces")]
    pub(super) async fn at_once<T>(&self, work: impl Fn(&mut Tx<'_, S, H>) -> Result<T>) -> Result<T> {
        let mut wanted = Vec::new();
        for _ in 0..ROUNDS {
            let mut tx = Tx::new(self);
            for part in wanted.chunks(limits::READ_RANGES) {
                let snapshot = self.read(part).await?;
                tx.learn(part, snapshot);
            }
            let ended = work(&mut tx);
            if !tx.stopped() {
                return ended;
            }
            wanted.extend(tx.take_wanted());
        }
        Err(too_much())
    }

    pub(super) fn peek<'a>(&'a self, work: Work<'a, S, H>) -> Boxed<'a, Result<()>> {
        Box::pin(async move { self.gather(&mut Tx::new(self), work).await })
    }

    pub(super) fn run<'a>(&'a self, work: Work<'a, S, H>) -> Boxed<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = Tx::new(self);
            self.host.random(&mut tx.dice);
            loop {
                let done = {
                    let _turn = self.queue.turn().await;
                    self.attempt(&mut tx, work).await?
                };
                if let Some((entries, refused)) = done {
                    self.settle(&entries).await;
                    return refused.map_or(Ok(()), Err);
                }
                // Out of turn: nobody else has to wait for that.
                while tx.hash().await? {
                    // Once more over what was read before, for what it wants now: the next attempt reads it in one go.
                    tx.now = self.host.now();
                    tx.rewind();
                    let _ = work(&mut tx);
                }
                tx = tx.follow();
            }
        })
    }

    /// `None`: a password comes first.
    async fn attempt(&self, tx: &mut Tx<'_, S, H>, work: Work<'_, S, H>) -> Result<Option<Committed>> {
        for attempt in 0..ATTEMPTS {
            let refused = Cell::new(None);
            let ended = self
                .gather(tx, &|tx| {
                    refused.set(match work(tx) {
                        Err(refusal) if tx.counts() => Some(refusal),
                        ended => {
                            ended?;
                            None
                        }
                    });
                    self.found(tx)?;
                    super::audit::append(tx)
                })
                .await;
            if tx.hashes.wanting() {
                return Ok(None);
            }
            ended?;
            super::audit::salt(tx)?;
            let ([_, _, pause], next) = (tx.dice, tx.again());
            if let Some(entries) = core::mem::replace(tx, next).commit().await? {
                self.fresh.set(false);
                return Ok(Some((entries, refused.into_inner())));
            }
            let longest = (2 << attempt.min(8)).min(LONGEST_PAUSE);
            self.host.sleep(u32::from(pause) % longest).await;
            self.host.random(&mut tx.dice);
        }
        Err(Error::new(Code::Conflict, "others kept changing the same records; try again"))
    }

    /// Runs an operation over what has been read, and reads what it wants, until it wants no more, or a password.
    async fn gather(&self, tx: &mut Tx<'_, S, H>, work: Work<'_, S, H>) -> Result<()> {
        for _ in 0..ROUNDS {
            let wanted = tx.take_wanted();
            for part in wanted.chunks(limits::READ_RANGES) {
                let snapshot = self.read(part).await?;
                tx.learn(part, snapshot);
            }
            tx.rewind();
            let ended = work(tx);
            if !tx.stopped() || tx.hashes.wanting() {
                return ended;
            }
        }
        Err(too_much())
    }

    /// The first commit on an empty store says whose it is.
    fn found(&self, tx: &mut Tx<'_, S, H>) -> Result<()> {
        if self.fresh.get() && tx.get(&keys::meta())?.is_none() {
            tx.set(keys::meta(), write(&super::records::Meta { format: super::door::FORMAT })?);
        }
        Ok(())
    }
}

fn too_much() -> Error {
    Error::new(Code::LimitExceeded, "an operation would read more than one can")
}

/// The reply that an operation kept aside.
pub(super) fn replied<T>(reply: Cell<Option<T>>) -> Result<T> {
    reply.into_inner().ok_or_else(|| Error::new(Code::Internal, "an operation ended without a reply"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use pollster::block_on;
    use proptest::prelude::*;

    use super::super::{Config, Door, Host};
    use super::{ROUNDS, Tx};
    use crate::model::{AuditEntry, Code, Millis, Phc, Result};
    use crate::rules::{Catalogue, Policy, Preset};
    use crate::store::memory::Memory;
    use crate::store::{Key, Range, Store};

    struct Nobody;

    impl Host for Nobody {
        fn now(&self) -> Millis {
            1
        }
        fn random(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
        async fn sleep(&self, _: u32) {}
        async fn hash(&self, _: &str, _: (u32, u32, u32)) -> Result<Phc> {
            Ok(Phc::new(String::new()))
        }
        async fn verify(&self, _: &str, _: &Phc) -> Result<bool> {
            Ok(false)
        }
        fn emit(&self, _: &[AuditEntry]) {}
    }

    fn door(store: &Memory) -> Door<Memory, Nobody> {
        let config =
            Config { policy: Policy::of(Preset::Doorward), catalogue: Catalogue::compile(&[]).unwrap() };
        block_on(Door::open(store.clone(), Nobody, config)).unwrap()
    }

    #[derive(Debug, Clone)]
    enum Step {
        Get(u8),
        /// Errors are dropped, as careless code would.
        Swallow(u8),
        Fetch(Vec<u8>),
        Hint(u8),
        Scan(usize, bool),
        Set(u8),
        Delete(u8),
        /// The value just read says which key is next.
        Follow,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0u8..8).prop_map(Step::Get),
            (0u8..8).prop_map(Step::Swallow),
            prop::collection::vec(0u8..8, 0..4).prop_map(Step::Fetch),
            (0u8..8).prop_map(Step::Hint),
            (1usize..9, any::<bool>()).prop_map(|(limit, reverse)| Step::Scan(limit, reverse)),
            (0u8..8).prop_map(Step::Set),
            (0u8..8).prop_map(Step::Delete),
            Just(Step::Follow),
        ];
        prop::collection::vec(step, 0..12)
    }

    fn key(number: u8) -> Key {
        vec!["x".to_owned(), (number % 8).to_string()]
    }

    fn stretch(limit: usize, reverse: bool) -> Range {
        Range::Below { prefix: vec!["x".to_owned()], after: None, limit, reverse }
    }

    /// What an operation saw. It may stop anywhere, and drops what it saw until then.
    fn play<S: Store, H: Host>(tx: &mut Tx<'_, S, H>, steps: &[Step]) -> Result<Vec<String>> {
        let mut seen = Vec::new();
        for step in steps {
            match step {
                Step::Get(number) => seen.push(format!("{:?}", tx.get(&key(*number))?)),
                Step::Swallow(number) => seen.push(format!("{:?}", tx.get(&key(*number)).ok().flatten())),
                Step::Fetch(numbers) => tx.fetch(numbers.iter().copied().map(key))?,
                Step::Hint(number) => drop(tx.want(vec![key(*number)])),
                Step::Scan(limit, reverse) => {
                    let values: Vec<_> =
                        tx.scan(stretch(*limit, *reverse))?.iter().map(|entry| entry.value.clone()).collect();
                    seen.push(values.join(","));
                }
                Step::Set(number) => tx.set(key(*number), format!("\"{number}{}\"", seen.len())),
                Step::Delete(number) => tx.delete(key(*number)),
                Step::Follow => {
                    let next = seen.last().and_then(|text| text.bytes().find(u8::is_ascii_digit));
                    seen.push(format!("{:?}", tx.get(&key(next.unwrap_or(0)))?));
                }
            }
        }
        Ok(seen)
    }

    fn filled(numbers: &[u8]) -> Memory {
        let store = Memory::new();
        block_on(door(&store).0.change(|tx| {
            numbers.iter().for_each(|number| tx.set(key(*number), format!("\"{}\"", (number + 3) % 8)));
            Ok(())
        }))
        .unwrap();
        store
    }

    proptest! {
        /// Run over what has been read so far and again, an operation sees and does the same as over all there is.
        #[test]
        fn partial_reads_come_to_the_same(held in prop::collection::vec(0u8..8, 0..8), steps in steps()) {
            let (partial, complete) = (filled(&held), filled(&held));
            let seen = block_on(door(&partial).0.change(|tx| play(tx, &steps))).unwrap();
            let wanted = block_on(door(&complete).0.change(|tx| {
                for limit in 1..9 {
                    tx.want_scan(&stretch(limit, false));
                    tx.want_scan(&stretch(limit, true));
                }
                tx.fetch((0..8).map(key))?;
                play(tx, &steps)
            }))
            .unwrap();
            prop_assert_eq!(seen, wanted);
            prop_assert_eq!(partial.dump(), complete.dump());
            let looked = block_on(door(&filled(&held)).0.look(|tx| play(tx, &steps))).unwrap();
            let again = block_on(door(&filled(&held)).0.change(|tx| play(tx, &steps))).unwrap();
            prop_assert_eq!(looked, again);
        }
    }

    #[test]
    fn a_run_that_stopped_counts_for_nothing_whatever_it_returned() {
        let store = filled(&[1]);
        let door = door(&store);
        let refused = || crate::model::Error::new(Code::Denied, "no");
        let read = |tx: &mut Tx<'_, _, _>| tx.get(&key(1)).ok().flatten().map(str::to_owned);
        let seen = block_on(door.0.look(|tx| read(tx).ok_or_else(refused))).unwrap();
        assert_eq!(seen, "\"4\"");
        let seen = block_on(door.0.change(|tx| {
            // A write of a run that stopped is no write.
            if read(tx).is_none() {
                tx.set(key(2), "\"lost\"".to_owned());
            }
            Ok(())
        }));
        seen.unwrap();
        assert_eq!(store.dump().len(), 2, "the format and the one value");
    }

    #[test]
    fn what_asks_for_ever_more_ends() {
        let door = door(&Memory::new());
        let runs = std::cell::Cell::new(0);
        let error = block_on(door.0.look(|tx| {
            runs.set(runs.get() + 1);
            tx.get(&vec![runs.get().to_string()]).map(|_| ())
        }))
        .unwrap_err();
        assert_eq!(error.code(), Code::LimitExceeded);
        assert_eq!(runs.get(), ROUNDS);
    }
}
