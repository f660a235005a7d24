//! Tokens.

use std::collections::BTreeSet;

use doorward::model::Code;

use super::{Actor, Given, Model, PLACES, Reach, SCOPES, Token, brings, covers, known};

fn owned(scopes: &BTreeSet<&'static str>) -> BTreeSet<String> {
    scopes.iter().map(|&scope| scope.to_owned()).collect()
}

impl Model {
    pub(super) fn check_given(&self, given: &Given, why: &mut Vec<Code>) {
        if given.session || given.name.is_empty() {
            why.push(Code::InvalidArgument);
        }
        if given.scopes.iter().flatten().any(|scope| !known(scope)) {
            why.push(Code::UnknownScope);
        }
        if given.reach.as_ref().is_some_and(|reach| reach.keys().any(|kind| kind.contains(' '))) {
            why.push(Code::UnknownKind);
        }
        if given.expires.is_some_and(|expires| expires <= 0) {
            why.push(Code::InvalidArgument);
        }
    }

    /// The token, as it would be: what it was given, within what the actor's own token leaves.
    fn shape(&self, actor: Actor, owner: u64, given: &Given) -> Token {
        let mut token = Token {
            number: self.last_token + 1,
            id: String::new(),
            owner,
            kind: "access",
            name: given.name.to_owned(),
            scopes: given.scopes.as_ref().map(owned),
            reach: given.reach.clone(),
            expires: given.expires.map(|expires| self.now.saturating_add_signed(expires)),
            primary: false,
        };
        if let Some(own) = self.own_token(actor) {
            token.scopes = token.scopes.or_else(|| own.scopes.clone());
            token.reach = token.reach.or_else(|| own.reach.clone());
            if own.kind != "session" {
                token.expires = [token.expires, own.expires].into_iter().flatten().min();
            }
        }
        token
    }

    /// Does the token reach no further than the actor, now and later?
    fn within(&self, actor: Actor, token: &Token) -> bool {
        let owner = self.user(token.owner);
        // The own-account scopes are about the owner's account; only a token that names them carries them over.
        let gives = |scope: &str| match &token.scopes {
            None => self.given(owner, scope),
            Some(_) => self.holds_by(owner, token, scope),
        };
        let now = SCOPES.iter().all(|(scope, _)| !gives(scope) || self.holds(actor, scope))
            && PLACES
                .iter()
                .all(|&place| !self.reaches_by(owner, token, place) || self.actor_reaches(actor, place));
        let allows = |limit: &BTreeSet<String>, scope: &str| limit.iter().any(|given| brings(given, scope));
        let later = self.own_token(actor).is_none_or(|own| {
            let scopes = match (&own.scopes, &token.scopes) {
                (Some(limit), Some(asked)) => {
                    SCOPES.iter().all(|(scope, _)| !allows(asked, scope) || allows(limit, scope))
                }
                _ => true,
            };
            let reach = |limit: &Reach, asked: &Reach| {
                PLACES.iter().all(|&place| !covers(asked, place) || covers(limit, place))
            };
            scopes
                && match (&own.reach, &token.reach) {
                    (Some(limit), Some(asked)) => reach(limit, asked),
                    _ => true,
                }
        });
        now && later
    }

    fn owner(&self, actor: Actor, user: Option<&str>, why: &mut Vec<Code>) -> Option<u64> {
        match (user, self.own(actor)) {
            (Some(name), _) => self.target(actor, name, why),
            (None, Some(own)) => Some(own),
            (None, None) => {
                why.push(Code::InvalidArgument);
                None
            }
        }
    }

    pub(super) fn create_token(&mut self, actor: Actor, user: Option<&str>, given: &Given) -> Vec<Code> {
        let mut why = Vec::new();
        self.check_given(given, &mut why);
        let Some(owner) = self.owner(actor, user, &mut why) else { return why };
        let token = self.shape(actor, owner, given);
        if !self.may_manage(actor, self.user(owner)) || !self.within(actor, &token) {
            why.push(Code::Denied);
        }
        if why.is_empty() {
            self.last_token = token.number;
            self.tokens.push(token);
            self.note("tokenAdded", Some(owner));
        }
        why
    }

    pub(super) fn generate_key(&mut self, actor: Actor, name: &str) -> Vec<Code> {
        let mut why = Vec::new();
        let Some(owner) = self.target(actor, name, &mut why) else { return why };
        let given = Given { name: "API key", ..Given::default() };
        let token = Token { kind: "apikey", primary: true, ..self.shape(actor, owner, &given) };
        if !self.may_manage(actor, self.user(owner)) || !self.within(actor, &token) {
            why.push(Code::Denied);
        }
        if why.is_empty() {
            self.drop_primary(owner);
            self.last_token = token.number;
            self.tokens.push(token);
            self.note("tokenAdded", Some(owner));
        }
        why
    }

    fn drop_primary(&mut self, owner: u64) {
        let old = self.tokens.iter().find(|token| token.owner == owner && token.primary);
        if let Some(number) = old.map(|token| token.number) {
            self.drop_token(number);
            self.note("tokenRevoked", Some(owner));
        }
    }

    pub(super) fn reset_key(&mut self, actor: Actor, name: &str) -> Vec<Code> {
        let mut why = Vec::new();
        let Some(owner) = self.target(actor, name, &mut why) else { return why };
        if !self.may_manage(actor, self.user(owner)) {
            why.push(Code::Denied);
        }
        if why.is_empty() {
            self.drop_primary(owner);
        }
        why
    }

    pub(super) fn list_tokens(&self, actor: Actor, user: Option<&str>) -> Vec<Code> {
        let mut why = Vec::new();
        self.owner(actor, user, &mut why);
        if user.is_none() {
            why.extend(self.needs(actor, "self.read"));
        }
        why
    }

    pub(super) fn revoke_one(&mut self, actor: Actor, picked: Option<u64>, user: Option<&str>) -> Vec<Code> {
        let mut why = Vec::new();
        let token = picked.and_then(|number| self.token(number)).cloned();
        let owner = match user {
            Some(_) => self.owner(actor, user, &mut why),
            None => {
                // By its id alone: who may not see the owner must not learn that there is one.
                let owner = token.as_ref().map(|token| token.owner);
                let own = owner.is_some() && owner == self.own(actor);
                owner.filter(|_| self.holds(actor, if own { "self.read" } else { "users.read" }))
            }
        };
        let Some(owner) = owner else {
            if why.is_empty() {
                why.push(Code::NotFound);
            }
            return why;
        };
        if !self.may_manage(actor, self.user(owner)) {
            why.push(Code::Denied);
        }
        let Some(token) = token.filter(|token| token.owner == owner) else {
            why.push(Code::NotFound);
            return why;
        };
        if why.is_empty() {
            self.drop_token(token.number);
            self.note("tokenRevoked", Some(owner));
        }
        why
    }

    pub(super) fn revoke_all(&mut self, actor: Actor, user: Option<&str>) -> Vec<Code> {
        let mut why = Vec::new();
        let Some(owner) = self.owner(actor, user, &mut why) else { return why };
        if !self.may_manage(actor, self.user(owner)) {
            why.push(Code::Denied);
        }
        if why.is_empty() {
            let before = self.tokens.len();
            self.tokens.retain(|token| token.owner != owner);
            for _ in self.tokens.len()..before {
                self.note("tokenRevoked", Some(owner));
            }
        }
        why
    }
}
