//! Several doors on one store, interleaved by a seed: a store and a host that give way at random points, an executor
//! that polls in random order, and a store that fails on demand.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use doorward::model::{AuditEntry, Code, Error, Millis, Phc, Result, Secret};
use doorward::rules::{Catalogue, Policy, Preset};
use doorward::service::{Config, Door, Host, Session};
use doorward::store::memory::Memory;
use doorward::store::{Commit, CommitResult, Range, Snapshot, Store};
#[cfg(feature = "faces")]
use doorward::store::{Entry, Key};

use crate::support::{self, Handle};

pub type Shop = Door<Shaky, Slow>;
pub type Visit = Session<Shaky, Slow>;

/// Repeatable dice: xorshift.
#[derive(Debug, Clone)]
pub struct Dice(Rc<Cell<u64>>);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Rc::new(Cell::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)))
    }

    /// Below `sides`.
    pub fn roll(&self, sides: usize) -> usize {
        let mut x = self.0.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.set(x);
        ((x >> 33) as usize) % sides
    }

    /// Lets the others go first, none to three times.
    async fn wait(&self) {
        for _ in 0..self.roll(4) {
            Yield(false).await;
        }
    }
}

struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// What the store does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Trouble {
    #[default]
    None,
    /// The call of this number fails, and does nothing.
    Throws(u64),
    /// The call of this number, if it is a commit, is done and fails all the same.
    ThrowsAfter(u64),
    /// Every commit is said to be in conflict.
    Lies,
    /// Reads answer one range too few.
    Forgets,
}

#[derive(Debug, Clone)]
pub struct Shaky {
    pub memory: Memory,
    dice: Dice,
    pub trouble: Rc<Cell<Trouble>>,
    pub calls: Rc<Cell<u64>>,
    pub commits: Rc<Cell<u64>>,
    /// The most checks that a commit had.
    pub checks: Rc<Cell<usize>>,
}

fn failed() -> Error {
    Error::new(Code::StoreFailed, "the disk is gone")
}

impl Shaky {
    fn call(&self) -> u64 {
        self.calls.set(self.calls.get() + 1);
        self.calls.get()
    }
}

impl Store for Shaky {
    async fn read(&self, ranges: &[Range]) -> Result<Snapshot> {
        self.dice.wait().await;
        let number = self.call();
        let mut snapshot = self.memory.read(ranges).await?;
        match self.trouble.get() {
            Trouble::Throws(at) if at == number => return Err(failed()),
            Trouble::Forgets => drop(snapshot.pop()),
            _ => {}
        }
        self.dice.wait().await;
        Ok(snapshot)
    }

    #[cfg(feature = "faces")]
    async fn keyed(&self, range: &Range) -> Result<Vec<(Key, Entry)>> {
        self.dice.wait().await;
        let page = self.memory.keyed(range).await?;
        self.dice.wait().await;
        Ok(page)
    }

    async fn commit(&self, commit: &Commit) -> Result<CommitResult> {
        self.dice.wait().await;
        let number = self.call();
        self.commits.set(self.commits.get() + 1);
        self.checks.set(self.checks.get().max(commit.checks.len()));
        match self.trouble.get() {
            Trouble::Throws(at) if at == number => return Err(failed()),
            Trouble::Lies => return Ok(CommitResult::Conflict(Vec::new())),
            _ => {}
        }
        let result = self.memory.commit(commit).await?;
        if self.trouble.get() == Trouble::ThrowsAfter(number) {
            return Err(failed());
        }
        self.dice.wait().await;
        Ok(result)
    }
}

/// A host whose hashing takes its time.
#[derive(Debug, Clone)]
pub struct Slow {
    pub handle: Handle,
    dice: Dice,
    pub sleeps: Rc<Cell<u64>>,
}

impl Host for Slow {
    fn now(&self) -> Millis {
        self.handle.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.handle.random(bytes);
    }

    async fn sleep(&self, _: u32) {
        self.sleeps.set(self.sleeps.get() + 1);
        self.dice.wait().await;
    }

    async fn hash(&self, password: &str, parameters: (u32, u32, u32)) -> Result<Phc> {
        self.dice.wait().await;
        self.handle.hash(password, parameters).await
    }

    async fn verify(&self, password: &str, phc: &Phc) -> Result<bool> {
        self.dice.wait().await;
        self.handle.verify(password, phc).await
    }

    fn emit(&self, entries: &[AuditEntry]) {
        self.handle.emit(entries);
    }
}

/// A store, and what it takes to open doors on it.
pub struct Street {
    pub dice: Dice,
    pub store: Shaky,
    pub host: Slow,
    preset: &'static str,
}

impl Street {
    pub fn new(seed: u64, preset: &'static str) -> Self {
        let dice = Dice::new(seed);
        let store = Shaky {
            memory: Memory::new(),
            dice: dice.clone(),
            trouble: Rc::default(),
            calls: Rc::default(),
            commits: Rc::default(),
            checks: Rc::default(),
        };
        let handle = Handle::default();
        handle.pass(1_700_000_000_000);
        let host = Slow { handle, dice: dice.clone(), sleeps: Rc::default() };
        Self { dice, store, host, preset }
    }

    pub async fn try_open(&self) -> Result<Shop> {
        let policy = Policy::of(Preset::parse(self.preset)?);
        let catalogue = Catalogue::compile(&support::scopes())?;
        Door::open(self.store.clone(), self.host.clone(), Config { policy, catalogue }).await
    }

    pub async fn open(&self) -> Shop {
        self.try_open().await.expect("the store opens")
    }
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

/// Something that runs beside others.
pub type Task<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Runs the tasks side by side, one step of one at a time, in an order of the dice's.
pub fn race<T>(dice: &Dice, tasks: Vec<Task<'_, T>>) -> Vec<T> {
    let results: RefCell<Vec<Option<T>>> = RefCell::new(tasks.iter().map(|_| None).collect());
    let mut open: Vec<(usize, Task<'_, T>)> = tasks.into_iter().enumerate().collect();
    let mut context = Context::from_waker(Waker::noop());
    let mut steps = 0_u32;
    while !open.is_empty() {
        steps += 1;
        assert!(steps < 1_000_000, "the tasks wait for each other");
        let at = dice.roll(open.len());
        let (number, task) = &mut open[at];
        if let Poll::Ready(result) = task.as_mut().poll(&mut context) {
            results.borrow_mut()[*number] = Some(result);
            drop(open.swap_remove(at));
        }
    }
    results.into_inner().into_iter().map(|result| result.expect("every task has ended")).collect()
}
