//! What a protocol face asks of a door beside what any caller may. A face is trusted as the service is: it decides by its
//! own wire rules who a request is from, and acts through a [`Session`] of that account, so that the rules still hold.

use std::rc::Rc;

use super::door::Door;
use super::hashing::LONGEST_PASSWORD;
use super::records::{corrupt, read, write};
use super::resolve::Credential;
use super::session::Session;
use super::tx::Tx;
use super::users::{Order, UserView};
use super::values::Form;
use super::{Host, keys};
use crate::model::sorted::Set;
use crate::model::{
    Code, Digest, Error, Groups, Millis, Reach, Resource, Result, Secret, Token, TokenId, TokenKind, User,
    UserId,
};
use crate::store::{Range, Store, encode_key, limits};

/// Which user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom<'a> {
    /// By login, as the policy compares names.
    Name(&'a str),
    /// By id.
    Id(UserId),
    /// By e-mail address, without letter case; of several the one who came first.
    Email(&'a str),
}

impl Whom<'_> {
    /// As it was typed: what failures are counted by where it is nobody's.
    pub(super) fn typed(&self) -> String {
        match self {
            Self::Name(name) => (*name).to_owned(),
            Self::Id(id) => id.get().to_string(),
            Self::Email(address) => format!("\0{address}"),
        }
    }
}

/// What a credential of a face's own form may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// The face has decided by rules of its own who may do what, and the account's rights are not asked: for protocols whose
    /// rules are others. What is done is still the account's, in the audit and in whatever concerns oneself.
    pub trusted: bool,
    /// None: the account's.
    pub scopes: Option<Set<String>>,
    /// None: the account's.
    pub reach: Option<Reach>,
}

impl<S: Store, H: Host> Door<S, H> {
    /// The time.
    pub fn now(&self) -> Millis {
        self.0.host.now()
    }

    /// Fills the bytes from the host's cryptographic source.
    pub fn random(&self, bytes: &mut [u8]) {
        self.0.host.random(bytes);
    }

    /// A secret of a face's: made when first asked for, the same ever after, for every process on the store.
    ///
    /// # Errors
    /// Those of the store
    pub async fn secret(&self, name: &str) -> Result<Secret> {
        let key = keys::secret(name);
        let known = self.0.look(|tx| tx.record::<String>("secret", &key)).await?;
        if let Some(text) = known {
            return Ok(Secret::new(text));
        }
        let text = self
            .0
            .change(|tx| {
                if let Some(text) = tx.record::<String>("secret", &key)? {
                    return Ok(text);
                }
                let (fresh, _) = super::values::mint(&tx.door.host, Form::Url43);
                tx.set(key.clone(), write(&fresh.reveal().to_owned())?);
                Ok(fresh.reveal().to_owned())
            })
            .await?;
        Ok(Secret::new(text))
    }

    /// A face's secret, and those before it that are still good.
    ///
    /// # Errors
    /// Those of the store
    #[cfg(feature = "faces")]
    pub async fn secrets(&self, name: &str) -> Result<Vec<Secret>> {
        let now = self.now();
        let found = self.0.look(|tx| {
            tx.want(vec![keys::secret(name)]);
            let old = tx.old_secrets(name)?;
            Ok((tx.record::<String>("secret", &keys::secret(name))?, old))
        });
        match found.await? {
            (Some(present), old) => {
                let good = old.into_iter().filter(|(_, until)| *until > now).map(|(text, _)| text);
                Ok(core::iter::once(present).chain(good).map(Secret::new).collect())
            }
            (None, _) => Ok(vec![self.secret(name).await?]),
        }
    }

    /// All groups, as they are.
    ///
    /// # Errors
    /// Those of the store
    pub async fn groups(&self) -> Result<Rc<Groups>> {
        self.0.look(|tx| tx.groups()).await
    }

    /// A user's record.
    ///
    /// # Errors
    /// Those of the store
    pub async fn user(&self, whom: Whom<'_>) -> Result<Option<User>> {
        self.0.look(|tx| tx.user_of(whom)).await
    }

    /// A user with what follows from his groups, and what he reaches.
    ///
    /// # Errors
    /// Those of the store
    pub async fn view_of(&self, whom: Whom<'_>) -> Result<Option<(UserView, Reach)>> {
        self.0
            .look(|tx| {
                tx.want(vec![keys::groups()]);
                match tx.user_of(whom)? {
                    Some(user) => {
                        tx.want(vec![keys::reach(user.id)]);
                        let groups = tx.groups()?;
                        let reach = tx.reach(user.id)?;
                        Ok(Some((UserView::of(&tx.door.catalogue, &groups, user), reach)))
                    }
                    None => Ok(None),
                }
            })
            .await
    }

    /// Is it the user's password? Counts no attempt: for who is let in already.
    ///
    /// # Errors
    /// `hashFailed`, `busy`
    pub async fn is_password(&self, user: &User, password: &Secret) -> Result<bool> {
        match &user.password {
            Some(phc) if password.reveal().len() <= LONGEST_PASSWORD => {
                self.0.host.verify(password.reveal(), phc).await
            }
            _ => Ok(false),
        }
    }

    /// Notes that a user has just come in by a credential of a face's own.
    ///
    /// # Errors
    /// Those of the store
    pub async fn note_login(&self, id: UserId) -> Result<()> {
        self.0
            .change(|tx| {
                if let Some(user) = tx.user(id)? {
                    let new = crate::rules::record_success(&tx.door.policy, &user, tx.now);
                    if new != user {
                        tx.put_user(Some(&user), Some(&new))?;
                    }
                }
                Ok(())
            })
            .await
    }

    /// Resources of a kind, by id: those named that there are, or all.
    ///
    /// # Errors
    /// `storeCorrupt`, and those of the store
    pub async fn resources(&self, kind: &str, ids: Option<&[String]>) -> Result<Vec<Resource>> {
        let all = Range::first(keys::resources(kind), limits::RANGE_ENTRIES);
        self.0
            .look(|tx| {
                let mut found: Vec<Resource> = Vec::new();
                if let Some(ids) = ids {
                    tx.fetch(ids.iter().map(|id| keys::resource(kind, id)))?;
                    for id in ids {
                        found.extend(tx.record::<Resource>("resource", &keys::resource(kind, id))?);
                    }
                    return Ok(found);
                }
                let mut range = all.clone();
                loop {
                    let page = tx.scan(range.clone())?;
                    for entry in page.iter() {
                        found.push(read("resource", &entry.value)?);
                    }
                    match (found.last(), &mut range) {
                        (Some(last), Range::Below { after, .. }) if page.len() == limits::RANGE_ENTRIES => {
                            *after = Some(keys::resource(kind, &last.id));
                        }
                        _ => return Ok(found),
                    }
                }
            })
            .await
    }

    /// Users with what follows from their groups, as lists show them.
    ///
    /// # Errors
    /// Those of the store
    pub async fn views(&self, users: Vec<User>) -> Result<Vec<(UserView, Reach)>> {
        self.0
            .look(|tx| {
                tx.want(vec![keys::groups()]);
                tx.fetch(users.iter().map(|user| keys::reach(user.id)))?;
                let groups = tx.groups()?;
                let view = |user: &User| {
                    let reach = tx.reach(user.id)?;
                    Ok((UserView::of(&tx.door.catalogue, &groups, user.clone()), reach))
                };
                users.iter().map(view).collect()
            })
            .await
    }

    /// A session of an account that a face has made sure of in its own way. It holds no token, and ends as the account
    /// does.
    ///
    /// # Errors
    /// `unknownToken` where there is no such user, `accountDisabled`
    pub async fn act_as(&self, id: UserId, limits: Limits) -> Result<Session<S, H>> {
        let trusted = limits.trusted;
        let credential = Credential::Account(Rc::new(stand_in_token(id, limits)), trusted);
        let resolved = self.0.look(|tx| tx.resolve_by(&credential)).await?;
        let ended = || Error::new(Code::Internal, "an account has no rights to act with");
        Ok(Session::resume(self, credential, resolved.ok_or_else(ended)?))
    }

    /// Does a user exist by now? Asks the store: another process may have made one.
    ///
    /// # Errors
    /// Those of the store
    pub async fn needs_setup_now(&self) -> Result<bool> {
        if self.needs_setup() && self.0.any_user().await? {
            self.0.needs_setup.set(false);
        }
        Ok(self.needs_setup())
    }

    /// A session by the value of a token; none where it is no good, or its account has ended.
    ///
    /// # Errors
    /// Those of the store
    #[cfg(feature = "faces")]
    pub async fn known(&self, value: &str) -> Result<Option<Session<S, H>>> {
        match self.authenticate(value).await {
            Ok(session) => Ok(Some(session)),
            Err(error) => match error.code() {
                Code::InvalidToken | Code::UnknownToken | Code::ExpiredToken | Code::AccountDisabled => {
                    Ok(None)
                }
                _ => Err(error),
            },
        }
    }

    /// The one API keys of users, where the door keeps them sealed; none where it does not.
    ///
    /// # Errors
    /// `storeCorrupt`
    #[cfg(feature = "faces")]
    pub async fn shown_keys(&self, users: &[UserId]) -> Result<Vec<Option<Secret>>> {
        if !self.0.policy.show_keys || users.is_empty() {
            return Ok(vec![None; users.len()]);
        }
        let mut ranges = vec![Range::one(keys::secret(super::seal::NAME))];
        ranges.extend(users.iter().map(|&user| Range::one(keys::sealed(user))));
        let mut pages = Vec::with_capacity(ranges.len());
        for part in ranges.chunks(crate::store::limits::READ_RANGES) {
            pages.extend(self.0.read(part).await?);
        }
        let mut values = pages.into_iter().map(|page| page.into_iter().next().map(|entry| entry.value));
        let Some(secret) = values.next().flatten() else { return Ok(vec![None; users.len()]) };
        let secret = Secret::new(read::<String>("secret", &secret)?);
        let open = |(&user, sealed): (&UserId, Option<String>)| {
            let Some(sealed) = sealed else { return Ok(None) };
            super::seal::open(&secret, user, &read::<String>("sealed", &sealed)?)
                .map(Some)
                .ok_or_else(|| corrupt("sealed"))
        };
        users.iter().zip(values).map(open).collect()
    }
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    pub(super) fn user_of(&mut self, whom: Whom<'_>) -> Result<Option<User>> {
        match whom {
            Whom::Name(name) => self.user_named(name),
            Whom::Id(id) => self.user(id),
            Whom::Email(address) => self.user_by_email(address),
        }
    }

    /// The first user of that e-mail address.
    fn user_by_email(&mut self, address: &str) -> Result<Option<User>> {
        let prefix = keys::emails(address);
        if address.is_empty() || encode_key(&prefix).is_err() {
            return Ok(None);
        }
        let found = self.scan(Range::first(prefix, 1))?;
        let Some(entry) = found.first() else { return Ok(None) };
        let id: u64 = read("email", &entry.value)?;
        self.user(UserId::new(id).map_err(|_| corrupt("email"))?)
    }

    /// Keeps the one API key of a user to be shown again, where the policy says so.
    pub(super) fn keep_shown(&mut self, user: UserId, value: &Secret) -> Result<()> {
        #[cfg(feature = "faces")]
        if self.door.policy.show_keys {
            let key = keys::secret(super::seal::NAME);
            let secret = match self.record::<String>("secret", &key)? {
                Some(text) => Secret::new(text),
                None => {
                    let (fresh, _) = super::values::mint(&self.door.host, Form::Url43);
                    self.set(key, write(&fresh.reveal().to_owned())?);
                    fresh
                }
            };
            let mut nonce = [0; 24];
            self.door.host.random(&mut nonce);
            let sealed = super::seal::seal(&secret, nonce, user, value).ok_or_else(|| corrupt("secret"))?;
            self.set(keys::sealed(user), write(&sealed)?);
        }
        let _ = (user, value);
        Ok(())
    }

    /// The one API key of a user is gone, or another one.
    pub(super) fn forget_shown(&mut self, user: UserId) {
        // Whatever this door's policy: another one's may have kept it.
        self.delete(keys::sealed(user));
    }
}

/// A walk through the users, as lists of protocols go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk<'a> {
    /// By name or by id.
    pub order: Order,
    /// From the last to the first.
    pub reverse: bool,
    /// Beginning of the name, as the policy compares names; by name only.
    pub prefix: &'a str,
    /// What the call before gave.
    pub after: Option<String>,
}

/// Users one step of a [`Walk`] reads.
const STEP: usize = 200;

impl<S: Store, H: Host> Door<S, H> {
    /// Some users, and where to go on; none is left where that is absent. A step reads as many records as it gives.
    ///
    /// # Errors
    /// `storeCorrupt`, and those of the store
    pub async fn walk(&self, walk: &Walk<'_>) -> Result<(Vec<User>, Option<String>)> {
        self.0
            .look(|tx| match walk.order {
                Order::Name => tx.walk_names(walk),
                Order::Id => tx.walk_ids(walk),
            })
            .await
    }
}

impl<S: Store, H: Host> Tx<'_, S, H> {
    fn walk_names(&mut self, walk: &Walk<'_>) -> Result<(Vec<User>, Option<String>)> {
        let prefix = self.door.policy.name_key(walk.prefix);
        // The last character there is: behind every name with the prefix.
        let end = || format!("{prefix}\u{10FFFF}");
        let start = match (&walk.after, walk.reverse, prefix.is_empty()) {
            (Some(after), _, _) => Some(after.clone()),
            (None, _, true) => None,
            (None, true, false) => Some(end()),
            (None, false, false) => Some(prefix.clone()),
        };
        let range = Range::Below {
            prefix: keys::names(),
            after: start.map(|name| keys::name(&name)),
            limit: STEP,
            reverse: walk.reverse,
        };
        if range_is_too_long(&range) {
            return Ok((Vec::new(), None));
        }
        let mut found: Vec<(u64, String)> = Vec::new();
        // `after` is exclusive, so the name that is the prefix has to be asked for by itself.
        if walk.after.is_none() && !walk.reverse && !prefix.is_empty() {
            found.extend(self.record::<(u64, String)>("name", &keys::name(&prefix))?);
        }
        let page = self.scan(range)?;
        let full = page.len() == STEP;
        for entry in page.iter() {
            found.push(read("name", &entry.value)?);
        }
        let all = found.len();
        found.retain(|(_, name)| name.starts_with(prefix.as_str()));
        let next = found.last().filter(|_| full && found.len() == all).map(|(_, name)| name.clone());
        let mut ids = Vec::with_capacity(found.len());
        for (id, _) in found {
            ids.push(UserId::new(id).map_err(|_| corrupt("name"))?);
        }
        self.fetch(ids.iter().map(|&id| keys::user(id)))?;
        let mut users = Vec::with_capacity(ids.len());
        for id in ids {
            users.extend(self.user(id)?);
        }
        Ok((users, next))
    }

    fn walk_ids(&mut self, walk: &Walk<'_>) -> Result<(Vec<User>, Option<String>)> {
        let after = walk.after.as_deref().and_then(|after| UserId::new(after.parse().ok()?).ok());
        let page = self.scan(Range::Below {
            prefix: keys::users(),
            after: after.map(keys::user),
            limit: STEP,
            reverse: walk.reverse,
        })?;
        let mut users: Vec<User> = Vec::with_capacity(page.len());
        for entry in page.iter() {
            users.push(read("user", &entry.value)?);
        }
        let next = users.last().filter(|_| users.len() == STEP).map(|user| user.id.get().to_string());
        Ok((users, next))
    }
}

/// No name begins with what fits in no key.
fn range_is_too_long(range: &Range) -> bool {
    matches!(range, Range::Below { after: Some(after), .. } if encode_key(after).is_err())
}

/// The token that stands for a credential which is none of the store's: number 0 is no token's.
fn stand_in_token(user: UserId, limits: Limits) -> Token {
    Token {
        id: TokenId::from_random([0; 16]),
        number: 0,
        user,
        kind: TokenKind::Session,
        name: String::new(),
        digest: Digest([0; 32]),
        scopes: limits.scopes,
        reach: limits.reach,
        created: 0,
        expires: None,
        primary: false,
    }
}

impl<S: Store, H: Host> Session<S, H> {
    /// Changes whenever the account's password does: what cookies and the like are bound to. None for the machine's owner,
    /// and once the session has ended.
    pub fn mark(&self) -> Option<Digest> {
        let me = self.me().ok()?;
        let user = me.user?;
        let phc = user.password.as_ref().map_or("", |phc| phc.reveal());
        let text = Secret::new(format!("{}\0{phc}", user.id.get()));
        Some(super::values::digest_of(text.reveal()))
    }
}
