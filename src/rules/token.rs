use crate::model::sorted::Set;

use super::checks::check_text;
use super::rights::granted;
use super::{Actor, Catalogue, Policy, Rights, check_reach, may_manage};
use crate::model::{Code, Digest, Error, Groups, Millis, Reach, Result, Token, TokenId, TokenKind, User};

/// Longest name of a token, in characters.
const MAX_TOKEN_NAME: usize = 128;
/// Longest of a device's, which it gives itself.
pub const MAX_DEVICE_NAME: usize = 1024;

/// A token to be.
#[derive(Debug, Clone)]
pub struct TokenDraft {
    /// What it is for.
    pub kind: TokenKind,
    /// For people to tell tokens apart; not empty but for the primary key and for devices.
    pub name: String,
    /// None: the owner's.
    pub scopes: Option<Set<String>>,
    /// None: the owner's.
    pub reach: Option<Reach>,
    /// None: never, as far as the policy lets it.
    pub expires: Option<Millis>,
    /// It is the one key of `generateApiKey`.
    pub primary: bool,
}

/// May the actor create and revoke this user's tokens? See [`may_manage`].
///
/// # Errors
/// `denied`
pub fn may_use_tokens_of(
    catalogue: &Catalogue,
    groups: &Groups,
    actor: &Actor,
    owner: &User,
    reach: &Reach,
) -> Result<()> {
    may_manage(catalogue, groups, actor, owner, reach)
}

/// Creates a token. What it can do is at most what the actor can do through his own credential, for as long as that
/// lives: a token made through a limited token inherits its limits.
///
/// # Errors
/// `denied`, `unknownScope`, `unknownKind`, `invalidArgument`
#[expect(clippy::too_many_arguments, reason = "a rule sees all it decides by, and keeps nothing")]
pub fn add_token(
    catalogue: &Catalogue,
    policy: &Policy,
    groups: &Groups,
    actor: &Actor,
    owner: &User,
    owner_reach: &Reach,
    identity: (TokenId, u64, Digest),
    draft: TokenDraft,
    now: Millis,
) -> Result<Token> {
    may_use_tokens_of(catalogue, groups, actor, owner, owner_reach)?;
    check_text("name", &draft.name)?;
    // A device says itself what it is called, or does not.
    let named = draft.primary || draft.kind == TokenKind::Device || !draft.name.trim().is_empty();
    let most = if draft.kind == TokenKind::Device { MAX_DEVICE_NAME } else { MAX_TOKEN_NAME };
    if !named || draft.name.trim().chars().count() > most {
        let message = format!("a token needs a name of 1 to {most} characters");
        return Err(Error::new(Code::InvalidArgument, message).at("name"));
    }
    let mut scopes = draft.scopes.map(|scopes| catalogue.check(scopes)).transpose()?;
    let mut reach = draft.reach;
    if let Some(reach) = &reach {
        check_reach(reach)?;
    }
    let mut expires = cap(draft.expires, policy.token_lifetime.map(|life| now.saturating_add(life)));
    if let Some(own) = actor.token() {
        within_own_limits(catalogue, own, scopes.as_ref(), reach.as_ref())?;
        scopes = scopes.or_else(|| own.scopes.clone());
        reach = reach.or_else(|| own.reach.clone());
        if own.kind != TokenKind::Session {
            expires = cap(expires, own.expires);
        }
    }
    if expires.is_some_and(|at| at <= now) {
        return Err(Error::new(Code::InvalidArgument, "the expiry lies in the past").at("expires"));
    }
    let (id, number, digest) = identity;
    let token = Token {
        id,
        number,
        user: owner.id,
        kind: draft.kind,
        name: draft.name,
        digest,
        scopes,
        reach,
        created: now,
        expires,
        primary: draft.primary,
    };
    let theirs = Rights::of(catalogue, groups, owner, owner_reach, Some(&token));
    // The own-account scopes concern the owner's account alone; they are not the actor's to hold.
    let bits = if token.scopes.is_none() { granted(catalogue, groups, owner) } else { theirs.bits };
    actor.need_rights(catalogue, &bits, Some(&theirs.reach))?;
    Ok(token)
}

/// What a limited token hands on lies within its own limits, also where the owner does not hold it today: he may
/// get it later.
fn within_own_limits(
    catalogue: &Catalogue,
    own: &Token,
    scopes: Option<&Set<String>>,
    reach: Option<&Reach>,
) -> Result<()> {
    let scopes_fit = match (&own.scopes, scopes) {
        (Some(limit), Some(asked)) => catalogue.expand(limit).includes(&catalogue.expand(asked)),
        _ => true,
    };
    let reach_fits = match (&own.reach, reach) {
        (Some(limit), Some(asked)) => limit.includes(asked),
        _ => true,
    };
    if scopes_fit && reach_fits {
        return Ok(());
    }
    Err(Error::refused(
        Code::Denied,
        "token-limits",
        "a token made through a limited token reaches no further than that one",
    ))
}

fn cap(wanted: Option<Millis>, limit: Option<Millis>) -> Option<Millis> {
    match (wanted, limit) {
        (Some(wanted), Some(limit)) => Some(wanted.min(limit)),
        (wanted, limit) => wanted.or(limit),
    }
}
