use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::Host;
use super::door::{Door, Inner};
use super::handles::Handles;
use super::operation::Operation;
use super::resolve::{Credential, Resolved};
use crate::model::{Action, Code, Digest, Error, Result, Token, User, UserId};
use crate::rules::{Decision, EffectiveReach, Rights, ScopeBits, decide};
use crate::store::{Key, Store};

/// Handles one session gives out, at most.
const MAX_INTERNED: usize = 1_000_000;

/// Somebody, by one credential.
#[derive(Debug)]
pub struct Session<S, H> {
    door: Door<S, H>,
    credential: Credential,
    state: Rc<State>,
}

/// What a session knows of itself between two calls: for `can`, which does no I/O.
#[derive(Debug)]
pub(super) struct State {
    credential: Credential,
    resolved: RefCell<Option<Rc<Resolved>>>,
    /// Copies of what `can` looks at.
    bits: RefCell<ScopeBits>,
    handles: RefCell<Handles>,
    epoch: Cell<u32>,
}

/// Who am I, and what may this credential do.
#[derive(Debug, Clone)]
pub struct Me {
    /// The user; none for the machine's owner.
    pub user: Option<User>,
    /// The credential; none for the machine's owner.
    pub token: Option<Token>,
    /// Effectively an administrator.
    pub admin: bool,
    /// Keys of the groups the user is directly in.
    pub groups: Vec<String>,
    /// Names of the effective scopes.
    pub scopes: Vec<String>,
    /// Effective reach.
    pub reach: EffectiveReach,
}

impl State {
    fn new(credential: Credential) -> Rc<Self> {
        Rc::new(Self {
            credential,
            resolved: RefCell::default(),
            bits: RefCell::default(),
            handles: RefCell::default(),
            epoch: Cell::new(0),
        })
    }

    /// Reads the rights anew. A credential that has ended, and a store that fails, leave none: deny by default.
    pub(super) async fn refresh<S: Store, H: Host>(&self, door: &Inner<S, H>) {
        if !self.credential.is_local() {
            let resolved = door.look(|tx| tx.resolve_by(&self.credential)).await.ok().flatten();
            self.take(resolved);
        }
    }

    fn take(&self, resolved: Option<Rc<Resolved>>) {
        let same = match (&*self.resolved.borrow(), &resolved) {
            (Some(old), Some(new)) => Rc::ptr_eq(old, new),
            (None, None) => true,
            _ => false,
        };
        if same {
            return;
        }
        *self.bits.borrow_mut() =
            resolved.as_ref().map(|resolved| resolved.rights.bits.clone()).unwrap_or_default();
        self.handles.borrow_mut().renew(|kind, id| {
            resolved.as_ref().is_some_and(|resolved| resolved.rights.reach.covers(kind, id))
        });
        *self.resolved.borrow_mut() = resolved;
        self.epoch.set(self.epoch.get().wrapping_add(1));
    }
}

impl<S: Store, H: Host> Session<S, H> {
    pub(super) async fn begin(door: &Door<S, H>, digest: Digest, user: UserId) -> Result<Self> {
        let resolved = door.0.look(|tx| tx.resolve(digest, user)).await?;
        Ok(Self::resume(door, Credential::Token(digest, user), resolved))
    }

    pub(super) fn resume(door: &Door<S, H>, credential: Credential, resolved: Rc<Resolved>) -> Self {
        let state = State::new(credential.clone());
        state.take(Some(resolved));
        door.0.enlist(&state);
        // Whoever has a credential is a user, made by another process perhaps.
        door.0.needs_setup.set(false);
        Self { door: door.clone(), credential, state }
    }

    pub(super) fn local(door: &Door<S, H>) -> Self {
        let state = State::new(Credential::Local);
        *state.bits.borrow_mut() = Rights::everything(&door.0.catalogue).bits;
        Self { door: door.clone(), credential: Credential::Local, state }
    }

    pub(super) fn door(&self) -> &Inner<S, H> {
        &self.door.0
    }

    /// The scopes there are.
    pub fn catalogue(&self) -> &crate::rules::Catalogue {
        &self.door().catalogue
    }

    pub(super) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// What a command about a user reads first.
    pub(super) fn about(&self, name: &str) -> Vec<Key> {
        self.door().name_key(name).into_iter().collect()
    }

    pub(super) fn mark_ended<T>(&self, reply: &Result<T>) {
        if let Err(error) = reply
            && matches!(error.code(), Code::UnknownToken | Code::ExpiredToken | Code::AccountDisabled)
        {
            self.state.take(None);
        }
    }

    /// The effective scopes, as of the last call or event.
    pub fn bits(&self) -> ScopeBits {
        self.state.bits.borrow().clone()
    }

    /// Grows whenever the rights were read anew.
    pub fn epoch(&self) -> u32 {
        self.state.epoch.get()
    }

    /// When the credential expires; `None`: never, or it has ended already.
    pub fn expires(&self) -> Option<crate::model::Millis> {
        self.state.resolved.borrow().as_ref().and_then(|resolved| resolved.token.expires)
    }

    /// Takes the credential up once more, as [`Door::recall`] does, for whoever kept this session of it. `false`:
    /// [`Door::authenticate`] has to ask.
    pub fn again(&self) -> bool {
        // Nothing is borrowed while the host is asked for the number and the time.
        let known = self.state.resolved.borrow().clone();
        known.is_some_and(|known| self.door().takes_up(&known))
    }

    /// May this be done? Scope by number; a negative handle means no resource.
    #[inline]
    pub fn can(&self, scope: u32, handle: i32) -> bool {
        self.state.bits.borrow().contains(scope as usize)
            && (handle < 0
                || self.credential.is_local()
                || u32::try_from(handle).is_ok_and(|handle| self.state.handles.borrow().holds(handle)))
    }

    /// The handles on which the scope is held, in their order.
    pub fn filter(&self, scope: u32, handles: &[u32]) -> Vec<u32> {
        if !self.state.bits.borrow().contains(scope as usize) {
            return Vec::new();
        }
        if self.credential.is_local() {
            return handles.to_vec();
        }
        let known = self.state.handles.borrow();
        handles.iter().copied().filter(|&handle| known.holds(handle)).collect()
    }

    /// The handle of a resource: good as long as the session lives.
    ///
    /// # Errors
    /// `limitExceeded` beyond a million
    pub fn intern(&self, kind: &str, id: &str) -> Result<u32> {
        let mut handles = self.state.handles.borrow_mut();
        if let Some(handle) = handles.get(kind, id) {
            return Ok(handle);
        }
        if handles.len() >= MAX_INTERNED {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("a session knows at most {MAX_INTERNED} resources by handle"),
            ));
        }
        let within = self
            .state
            .resolved
            .borrow()
            .as_ref()
            .is_some_and(|resolved| resolved.rights.reach.covers(kind, id));
        Ok(handles.add(kind, id, within))
    }

    /// May this be done, and which rule says so?
    pub fn explain(&self, scope: &str, resource: Option<(&str, &str)>) -> Decision {
        if self.credential.is_local() {
            return decide(
                &self.door().catalogue,
                &Rights::everything(&self.door().catalogue),
                None,
                scope,
                resource,
            );
        }
        match &*self.state.resolved.borrow() {
            Some(resolved) => {
                decide(&self.door().catalogue, &resolved.rights, Some(&resolved.token), scope, resource)
            }
            None => Decision {
                allowed: false,
                by: "session-ended",
                reason: "the credential of this session has ended".into(),
            },
        }
    }

    /// Who this session is, as of the last call or event.
    ///
    /// # Errors
    /// `unknownToken` once the credential has ended
    pub fn me(&self) -> Result<Me> {
        let catalogue = &self.door().catalogue;
        let names = |bits: &ScopeBits| catalogue.names(bits).into_iter().map(str::to_owned).collect();
        if self.credential.is_local() {
            let rights = Rights::everything(catalogue);
            return Ok(Me {
                user: None,
                token: None,
                admin: true,
                groups: Vec::new(),
                scopes: names(&rights.bits),
                reach: rights.reach,
            });
        }
        let resolved = self.state.resolved.borrow();
        let resolved = resolved
            .as_ref()
            .ok_or_else(|| Error::new(Code::UnknownToken, "the credential of this session has ended"))?;
        let groups = &resolved.groups;
        Ok(Me {
            user: Some(resolved.user.clone()),
            token: Some(resolved.token.clone()),
            admin: resolved.rights.admin,
            groups: groups.keys_of(&resolved.user.groups),
            scopes: names(&resolved.rights.bits),
            reach: resolved.rights.reach.clone(),
        })
    }

    /// Reads the rights anew.
    ///
    /// # Errors
    /// `unknownToken`, `expiredToken`, `accountDisabled`
    pub fn refresh(&self) -> Operation<'_, S, H, Me> {
        self.look(Vec::new(), |tx, _| {
            if !self.credential.is_local() {
                self.state.take(tx.resolve_by(&self.credential)?);
            }
            self.me()
        })
    }

    /// Revokes the session's own token.
    ///
    /// # Errors
    /// `unsupported` for the machine's owner, who has none; `unknownToken` where it has ended already
    pub fn log_out(&self) -> Operation<'_, S, H, ()> {
        // That the token is gone this session hears as every other does.
        self.change(Vec::new(), |tx, actor| {
            let token = actor
                .token()
                .filter(|_| matches!(self.credential, Credential::Token(..)))
                .ok_or_else(|| Error::new(Code::Unsupported, "this session has no token to end"))?;
            super::tokens::drop_by_number(tx, token.user, Some(token.number))?;
            if token.primary
                && let Some(user) = tx.user(token.user)?
            {
                tx.put_user(Some(&user), Some(&User { api_key: None, ..user.clone() }))?;
            }
            let on = crate::model::Subject {
                token: Some(token.id.to_string()),
                user: Some(actor.name().to_owned()),
                user_id: Some(token.user.get()),
                ..Default::default()
            };
            tx.audit(Some(actor.name()), Action::LoggedOut, on);
            Ok(())
        })
    }
}
