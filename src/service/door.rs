use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::{Rc, Weak};

use super::known::Known;
use super::login::begin_session;
use super::observe::Observer;
use super::records::{Meta, read};
use super::resolve::{Credential, Resolved};
use super::session::{Session, State};
use super::turn::Queue;
use super::values::{MAX_VALUE, check_value, digest_of, stand_in};
use super::{Host, keys};
use crate::model::sorted::Map;
use crate::model::{
    Action, AuditEntry, Code, Digest, Error, Groups, Millis, Phc, Result, Secret, Subject, Token, TokenId,
    User, UserId, hex,
};
use crate::rules::{self, Attempt, Catalogue, Policy, UserDraft};
use crate::store::{Commit, CommitResult, Range, Snapshot, Store, Version};
#[cfg(feature = "faces")]
use crate::store::{Entry, Key};

/// The format this version writes.
pub(super) const FORMAT: u64 = 1;
/// A last use is written when the one before is older than this.
const LAST_USED_RESOLUTION: Millis = 60_000;

/// How a door is opened.
#[derive(Debug, Clone)]
pub struct Config {
    /// The rules that differ.
    pub policy: Policy,
    /// The scopes there are.
    pub catalogue: Catalogue,
}

/// A store with its rules, open. Clones are the same door.
#[derive(Debug)]
pub struct Door<S, H>(pub(super) Rc<Inner<S, H>>);

impl<S, H> Clone for Door<S, H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

type CachedGroups = Option<(Option<Version>, Rc<Groups>)>;

#[derive(Debug)]
pub(super) struct Inner<S, H> {
    store: S,
    pub(super) host: H,
    pub(super) policy: Policy,
    pub(super) catalogue: Catalogue,
    pub(super) id: String,
    pub(super) groups: RefCell<CachedGroups>,
    pub(super) resolved: RefCell<Known>,
    pub(super) queue: Queue,
    pub(super) stand_in: Phc,
    pub(super) strangers: RefCell<Map<Digest, Attempt>>,
    touched: RefCell<Map<(UserId, u64), (Digest, Millis)>>,
    live: RefCell<Vec<Weak<State>>>,
    pub(super) observers: RefCell<Vec<Weak<dyn Observer>>>,
    pub(super) needs_setup: Cell<bool>,
    pub(super) fresh: Cell<bool>,
}

/// A future whose type says nothing of what is in it.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

impl<S: Store, H: Host> Inner<S, H> {
    pub(super) async fn read(&self, ranges: &[Range]) -> Result<Snapshot> {
        if ranges.is_empty() {
            return Ok(Vec::new());
        }
        let snapshot = self.store.read(ranges).await?;
        if snapshot.len() != ranges.len() {
            return Err(Error::new(
                Code::StoreCorrupt,
                "the store answered a read with another number of ranges",
            ));
        }
        Ok(snapshot)
    }

    #[cfg(feature = "faces")]
    pub(super) async fn keyed(&self, range: &Range) -> Result<Vec<(Key, Entry)>> {
        self.store.keyed(range).await
    }

    pub(super) fn versions(&self, keys: &[Range]) -> impl Future<Output = Result<Vec<Option<Version>>>> {
        self.store.versions(keys)
    }

    pub(super) fn store_commit(&self, commit: &Commit) -> impl Future<Output = Result<CommitResult>> {
        self.store.commit(commit)
    }

    pub(super) fn remember(&self, digest: Digest, resolved: Rc<Resolved>) {
        self.resolved.borrow_mut().insert(digest, resolved);
    }

    pub(super) fn new_token_id(&self) -> TokenId {
        let mut bytes = [0; 16];
        self.host.random(&mut bytes);
        TokenId::from_random(bytes)
    }

    /// Lets live sessions and the host know of a change. The change is made: nothing here may fail it.
    pub(super) async fn settle(&self, entries: &[AuditEntry]) {
        if entries.is_empty() {
            return;
        }
        self.refresh_live(entries).await;
        self.tell(entries).await;
        self.host.emit(entries);
    }

    async fn refresh_live(&self, entries: &[AuditEntry]) {
        let happened = |actions: &[Action]| entries.iter().any(|entry| actions.contains(&entry.action));
        if happened(&[Action::UserAdded, Action::SetUp]) {
            self.needs_setup.set(false);
        }
        if happened(&[Action::UserRemoved])
            && let Ok(any) = self.any_user().await
        {
            self.needs_setup.set(!any);
        }
        let touching = [
            Action::UserChanged,
            Action::UserRemoved,
            Action::PasswordChanged,
            Action::TokenRevoked,
            Action::GroupChanged,
            Action::GroupRemoved,
            Action::LinkChanged,
            Action::ResourceAdded,
            Action::ResourceChanged,
            Action::ResourceRemoved,
            Action::LoginFailed,
            // A log-in puts the oldest session out where there are too many.
            Action::LoggedIn,
            Action::LoggedOut,
        ];
        if happened(&touching) {
            let live: Vec<Rc<State>> = self.live.borrow().iter().filter_map(Weak::upgrade).collect();
            for state in live {
                state.refresh(self).await;
            }
        }
    }

    pub(super) async fn any_user(&self) -> Result<bool> {
        Ok(self.read(&[first_name()]).await?.first().is_some_and(|page| !page.is_empty()))
    }

    pub(super) fn enlist(&self, state: &Rc<State>) {
        let mut live = self.live.borrow_mut();
        if live.len() == live.capacity() {
            live.retain(|state| state.strong_count() > 0);
        }
        live.push(Rc::downgrade(state));
    }

    /// The last use of a token through this door, as long as it is kept here; most are never written.
    pub(super) fn recent_use(&self, digest: &Digest) -> Option<Millis> {
        self.resolved.borrow().get(digest)?.used.get()
    }

    /// Takes up what is known of a token, as long as the store's number is the one at which it was found to hold.
    fn take_up(&self, known: &Resolved, epoch: u64) -> Result<bool> {
        if known.held.get() != Some(epoch) {
            return Ok(false);
        }
        let now = self.host.now();
        known.check(now)?;
        self.touch(known, now);
        Ok(true)
    }

    /// Likewise, at this instant. Whatever keeps it from being taken up, asking the long way says what it is.
    pub(super) fn takes_up(&self, known: &Resolved) -> bool {
        self.store.epoch().is_some_and(|epoch| self.take_up(known, epoch).unwrap_or(false))
    }

    fn touch(&self, used: &Resolved, now: Millis) {
        used.used.set(Some(now));
        let seen = used.seen.get();
        if seen.is_none_or(|seen| now.saturating_sub(seen) >= LAST_USED_RESOLUTION || seen > now) {
            let token = &used.token;
            used.seen.set(Some(now));
            self.touched.borrow_mut().insert((token.user, token.number), (token.digest, now));
        }
    }
}

impl<S: Store, H: Host> Door<S, H> {
    /// Opens a store.
    ///
    /// # Errors
    /// `storeCorrupt` where the store holds something else or half a restore, `storeTooNew`, and those of the store
    pub async fn open(store: S, host: H, config: Config) -> Result<Self> {
        let stand_in = stand_in(&host, config.policy.hash);
        let mut id = [0; 8];
        host.random(&mut id);
        let inner = Inner {
            store,
            host,
            policy: config.policy,
            catalogue: config.catalogue,
            id: hex(&id),
            groups: RefCell::default(),
            resolved: RefCell::default(),
            queue: Queue::default(),
            stand_in,
            strangers: RefCell::default(),
            touched: RefCell::default(),
            live: RefCell::default(),
            observers: RefCell::default(),
            needs_setup: Cell::new(true),
            fresh: Cell::new(false),
        };
        let ranges = [
            Range::one(keys::meta()),
            Range::one(keys::import_marker()),
            Range::first(keys::names(), 1),
            Range::first(Vec::new(), 1),
        ];
        let mut found = inner.read(&ranges).await?.into_iter();
        let mut next = || found.next().unwrap_or_default();
        let (meta, importing, users, anything) = (next(), next(), next(), next());
        if !importing.is_empty() {
            return Err(Error::new(
                Code::StoreCorrupt,
                "a restore of this store was not finished; restore it again",
            ));
        }
        match meta.first() {
            Some(entry) => match read::<Meta>("meta", &entry.value)?.format {
                FORMAT => {}
                newer if newer > FORMAT => {
                    let message = format!("the store has format {newer}; this version knows {FORMAT}");
                    return Err(Error::new(Code::StoreTooNew, message));
                }
                _ => return Err(Error::new(Code::StoreCorrupt, "the store names a format there never was")),
            },
            None if anything.is_empty() => inner.fresh.set(true),
            None => return Err(Error::new(Code::StoreCorrupt, "the store holds data, but not Doorward's")),
        }
        inner.needs_setup.set(users.is_empty());
        Ok(Self(Rc::new(inner)))
    }

    /// No user exists yet.
    pub fn needs_setup(&self) -> bool {
        self.0.needs_setup.get()
    }

    /// The scopes there are.
    pub fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    /// The rules that differ.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// Makes the first administrator and logs him in.
    ///
    /// # Errors
    /// `setupDone`, `invalidName`, `invalidPassword`, and the codes of bad input
    pub async fn set_up(
        &self,
        draft: UserDraft,
        password: &Secret,
        device: &str,
    ) -> Result<(Session<S, H>, Secret)> {
        let door = &*self.0;
        rules::check_text("device", device)?;
        door.policy.check_name(&draft.name)?;
        door.policy.check_password(password.reveal())?;
        let (user, token, value) = door
            .change(|tx| {
                tx.want(vec![keys::sequence("token"), keys::groups()]);
                tx.expect_audit();
                let range = first_name();
                // Together: a user made in between is met at the sequence.
                tx.want_scan(&range);
                let id = tx.next("user")?;
                let any_user = !tx.scan(range)?.is_empty();
                let groups = tx.groups()?;
                let (id, draft, reach) = (UserId::new(id)?, draft.clone(), &draft.reach);
                let mut user =
                    rules::set_up(&tx.door.catalogue, &tx.door.policy, &groups, id, draft, any_user, tx.now)?;
                user.password = Some(tx.hashed(password)?);
                user = rules::record_success(&tx.door.policy, &user, tx.now);
                tx.put_user(None, Some(&user))?;
                tx.put_reach(user.id, &Default::default(), reach)?;
                tx.audit(None, Action::SetUp, subject(&user));
                let (token, value) = begin_session(tx, &user, device)?;
                tx.audit(Some(&user.name), Action::LoggedIn, subject(&user));
                Ok((user, token, value))
            })
            .await?;
        Ok((Session::begin(self, token, user.id).await?, value))
    }

    /// Takes up a token at once, where that is possible: where the store says that nothing has changed since the token
    /// was last found to hold. `None`: [`Door::authenticate`] has to ask.
    ///
    /// # Errors
    /// `expiredToken`, `accountDisabled`
    pub fn recall(&self, value: &str) -> Result<Option<Session<S, H>>> {
        let door = &*self.0;
        let Some(epoch) = door.store.epoch().filter(|_| value.len() <= MAX_VALUE) else { return Ok(None) };
        let digest = digest_of(value);
        let known = door.resolved.borrow().get(&digest);
        let Some(known) = known else { return Ok(None) };
        if !door.take_up(&known, epoch)? {
            return Ok(None);
        }
        Ok(Some(Session::resume(self, Credential::Token(digest, known.user.id), known)))
    }

    /// Takes up a token, whatever its kind.
    ///
    /// # Errors
    /// `invalidToken` for one that cannot be right, without a look-up; `unknownToken`, `expiredToken`,
    /// `accountDisabled`
    pub async fn authenticate(&self, value: &str) -> Result<Session<S, H>> {
        let door = &*self.0;
        check_value(value)?;
        let digest = digest_of(value);
        // Before anything is read: a commit in between makes it the number of something older, never of something newer.
        let epoch = door.store.epoch();
        let known = door.resolved.borrow().get(&digest);
        if let Some(known) = known
            && known.still_holds(door).await?
        {
            known.held.set(epoch);
            let now = door.host.now();
            known.check(now)?;
            door.touch(&known, now);
            return Ok(Session::resume(self, Credential::Token(digest, known.user.id), known));
        }
        let (resolved, seen, now) = door
            .look(|tx| {
                let unknown = || Error::new(Code::UnknownToken, "the token is not known");
                let token: Token = tx.record("token", &keys::token(digest))?.ok_or_else(unknown)?;
                let seen = keys::seen(token.user, token.number);
                tx.want(vec![seen.clone()]);
                let resolved = tx.resolve(digest, token.user)?;
                Ok((resolved, tx.record::<Millis>("seen", &seen)?, tx.now))
            })
            .await?;
        resolved.seen.set(seen);
        resolved.held.set(epoch);
        door.touch(&resolved, now);
        Ok(Session::resume(self, Credential::Token(digest, resolved.user.id), resolved))
    }

    /// The machine's owner, at its command line: all rights, and no credential to lose.
    pub fn local(&self) -> Session<S, H> {
        Session::local(self)
    }

    /// Writes the last uses that wait in memory. They are a convenience: what is lost with the process is at most what
    /// came since the last flush.
    ///
    /// # Errors
    /// Those of the store
    pub async fn flush(&self) -> Result<()> {
        let waiting: Vec<_> = core::mem::take(&mut *self.0.touched.borrow_mut()).into_iter().collect();
        for part in waiting.chunks(500) {
            self.0
                .change(|tx| {
                    tx.fetch(part.iter().map(|(_, (digest, _))| keys::token(*digest)))?;
                    for ((user, number), (digest, at)) in part {
                        if tx.get(&keys::token(*digest))?.is_some() {
                            tx.set(keys::seen(*user, *number), at.to_string());
                        }
                    }
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    /// What a watch heard of. Refreshes live sessions and gives back what other doors did.
    ///
    /// # Errors
    /// `storeCorrupt`
    pub async fn foreign(&self, values: &[String]) -> Result<Vec<AuditEntry>> {
        let entries = super::audit::foreign(values, &self.0.id)?;
        self.0.refresh_live(&entries).await;
        self.0.tell(&entries).await;
        Ok(entries)
    }
}

/// Is there any user?
fn first_name() -> Range {
    Range::first(keys::names(), 1)
}

pub(super) fn subject(user: &User) -> Subject {
    Subject { user: Some(user.name.clone()), user_id: Some(user.id.get()), ..Subject::default() }
}
