use crate::model::sorted::Map;

use super::catalogue::{ADMIN, Catalogue, SELF_MANAGE};
use super::{Policy, ScopeBits};
use crate::model::{Code, Error, GroupId, Groups, KindReach, Reach, Result, Status, Token, User, UserId};

/// What somebody effectively holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// (direct ∪ groups ∪ the own-account scopes) ∩ token.
    pub bits: ScopeBits,
    /// The user's reach ∩ the token's. An administrator reaches everything.
    pub reach: EffectiveReach,
    /// The user is an administrator, whatever the token leaves of it.
    pub admin: bool,
}

/// Reach once the administrator's has been added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectiveReach {
    /// Every kind, every resource.
    Everything,
    /// As listed.
    Listed(Reach),
}

impl EffectiveReach {
    /// Is the resource within reach?
    pub fn covers(&self, kind: &str, id: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Listed(reach) => reach.covers(kind, id),
        }
    }

    fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everything, _) => true,
            (Self::Listed(_), Self::Everything) => false,
            (Self::Listed(own), Self::Listed(theirs)) => own.includes(theirs),
        }
    }

    fn includes_reach(&self, reach: &Reach) -> bool {
        match self {
            Self::Everything => true,
            Self::Listed(own) => own.includes(reach),
        }
    }
}

impl Rights {
    /// Computes them from the records as they are now.
    pub fn of(
        catalogue: &Catalogue,
        groups: &Groups,
        user: &User,
        reach: &Reach,
        token: Option<&Token>,
    ) -> Self {
        let mut bits = granted(catalogue, groups, user);
        let admin = bits.contains(0);
        bits.union(&catalogue.expand([&SELF_MANAGE.to_owned()]));
        let mut effective =
            if admin { EffectiveReach::Everything } else { EffectiveReach::Listed(reach.clone()) };
        if let Some(scopes) = token.and_then(|token| token.scopes.as_ref()) {
            bits.intersect(&catalogue.expand(scopes));
        }
        if let Some(limit) = token.and_then(|token| token.reach.as_ref()) {
            effective = EffectiveReach::Listed(match effective {
                EffectiveReach::Everything => limit.clone(),
                EffectiveReach::Listed(own) => own.intersect(limit),
            });
        }
        Self { bits, reach: effective, admin }
    }

    /// The rights of the machine's owner at the command line.
    pub fn everything(catalogue: &Catalogue) -> Self {
        Self { bits: catalogue.expand([&ADMIN.to_owned()]), reach: EffectiveReach::Everything, admin: true }
    }

    /// Would giving out these rights stay within one's own?
    pub fn includes(&self, other: &Self) -> bool {
        self.bits.includes(&other.bits) && self.reach.includes(&other.reach)
    }

    /// Likewise for a reach.
    pub fn includes_reach(&self, reach: &Reach) -> bool {
        self.reach.includes_reach(reach)
    }
}

/// What a user was given, directly and by groups: without the own-account scopes that everybody holds on himself.
pub fn granted(catalogue: &Catalogue, groups: &Groups, user: &User) -> ScopeBits {
    held(catalogue, groups, catalogue.expand(&user.scopes), user.groups.iter().copied())
}

/// Scopes held directly, and those of groups with their subgroups.
pub fn held(
    catalogue: &Catalogue,
    groups: &Groups,
    direct: ScopeBits,
    members: impl Iterator<Item = GroupId>,
) -> ScopeBits {
    let mut bits = direct;
    for id in groups.closure(members) {
        if let Some(group) = groups.by_id(id) {
            bits.union(&catalogue.expand(&group.scopes));
        }
    }
    bits
}

/// Who acts.
#[derive(Debug, Clone)]
pub enum Who {
    /// A user, by one credential.
    User {
        /// His record.
        user: Box<User>,
        /// The credential.
        token: Box<Token>,
    },
    /// The owner of the machine, at its command line.
    Local,
}

/// Who acts, with the rights he has now.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Who.
    pub who: Who,
    /// With what.
    pub rights: Rights,
}

impl Actor {
    /// For the audit.
    pub fn name(&self) -> &str {
        match &self.who {
            Who::User { user, .. } => &user.name,
            Who::Local => "local",
        }
    }

    /// The user, if it is one.
    pub fn user_id(&self) -> Option<UserId> {
        match &self.who {
            Who::User { user, .. } => Some(user.id),
            Who::Local => None,
        }
    }

    /// The credential, if there is one.
    pub fn token(&self) -> Option<&Token> {
        match &self.who {
            Who::User { token, .. } => Some(token),
            Who::Local => None,
        }
    }

    /// Does the actor's credential carry limits of its own?
    pub fn limited(&self) -> bool {
        self.token().is_some_and(Token::limited)
    }

    /// Asks for a scope.
    ///
    /// # Errors
    /// `denied`, by the rule `scope`
    pub fn need(&self, catalogue: &Catalogue, scope: &str) -> Result<()> {
        let decision = decide(catalogue, &self.rights, self.token(), scope, None);
        if decision.allowed {
            Ok(())
        } else {
            Err(Error::refused(Code::Denied, decision.by, decision.reason))
        }
    }

    /// Nothing reaches further than what it was obtained through: rights given out, to a user, a group or a token,
    /// and rights one could take over by setting somebody's password, have to be one's own.
    ///
    /// # Errors
    /// `denied`, by the rule `reach-of-actor`
    pub fn need_rights(
        &self,
        catalogue: &Catalogue,
        bits: &ScopeBits,
        reach: Option<&EffectiveReach>,
    ) -> Result<()> {
        if let Some(number) = bits.iter().find(|&number| !self.rights.bits.contains(number)) {
            let scope = catalogue.name(number).unwrap_or_default();
            let why = format!("this would go beyond one's own rights: `{scope}` is not among them");
            return Err(Error::refused(Code::Denied, "reach-of-actor", why));
        }
        if reach.is_some_and(|reach| !self.rights.reach.includes(reach)) {
            return Err(Error::refused(
                Code::Denied,
                "reach-of-actor",
                "this would reach resources that one does not reach oneself",
            ));
        }
        Ok(())
    }
}

/// What was decided, by which rule, and why. Denied is a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub allowed: bool,
    /// The rule.
    pub by: &'static str,
    /// One sentence.
    pub reason: String,
}

/// May this be done, on this resource?
pub fn decide(
    catalogue: &Catalogue,
    rights: &Rights,
    token: Option<&Token>,
    scope: &str,
    resource: Option<(&str, &str)>,
) -> Decision {
    let denied = |by, reason| Decision { allowed: false, by, reason };
    let Ok(number) = catalogue.number(scope) else {
        return denied(
            "unknown-scope",
            format!("`{}` is no scope of the catalogue", super::checks::excerpt(scope)),
        );
    };
    if !rights.bits.contains(number) {
        let limited = token
            .and_then(|token| token.scopes.as_ref())
            .is_some_and(|own| !catalogue.expand(own).contains(number));
        return if limited {
            denied("token-scopes", format!("this token does not carry `{scope}`"))
        } else {
            denied("scope", format!("`{scope}` is not among the effective scopes"))
        };
    }
    match resource {
        Some((kind, id)) if !rights.reach.covers(kind, id) => {
            let limited =
                token.and_then(|token| token.reach.as_ref()).is_some_and(|own| !own.covers(kind, id));
            if limited {
                denied(
                    "token-reach",
                    format!("this token does not reach that {}", super::checks::excerpt(kind)),
                )
            } else {
                denied("reach", format!("that {} is out of reach", super::checks::excerpt(kind)))
            }
        }
        Some(_) => Decision {
            allowed: true,
            by: "scope-and-reach",
            reason: format!("`{scope}` is held and the resource is within reach"),
        },
        None => Decision { allowed: true, by: "scope", reason: format!("`{scope}` is held") },
    }
}

/// One way by which a user holds a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The scope held.
    pub scope: String,
    /// The scope given, from which it follows.
    pub granted: String,
    /// Empty: given directly. Otherwise the groups, from the user's own down to the one that holds it.
    pub path: Vec<String>,
    /// The scope held is dangerous.
    pub dangerous: bool,
}

/// Where each effective scope of a user comes from, without a token's limits: in catalogue order, direct grants first.
pub fn explain_rights(catalogue: &Catalogue, groups: &Groups, user: &User) -> Vec<Grant> {
    let mut sources: Vec<(Vec<String>, &str)> =
        user.scopes.iter().map(|scope| (Vec::new(), scope.as_str())).collect();
    let mut paths: Map<GroupId, Vec<String>> = Map::new();
    let mut open: Vec<(GroupId, Vec<String>)> =
        user.groups.iter().rev().map(|&id| (id, Vec::new())).collect();
    while let Some((id, before)) = open.pop() {
        let Some(group) = groups.by_id(id).filter(|_| !paths.contains_key(&id)) else { continue };
        let mut path = before;
        path.push(group.key.clone());
        open.extend(group.subgroups.iter().rev().map(|&sub| (sub, path.clone())));
        sources.extend(group.scopes.iter().map(|scope| (path.clone(), scope.as_str())));
        paths.insert(id, path);
    }
    let mut grants = Vec::new();
    for (number, def) in catalogue.defs().iter().enumerate() {
        for (path, granted) in &sources {
            if catalogue.implied_by(granted, number) {
                grants.push(Grant {
                    scope: def.name.clone(),
                    granted: (*granted).to_owned(),
                    path: path.clone(),
                    dangerous: def.dangerous,
                });
            }
        }
    }
    grants
}

/// Is this account an administrator that counts for the last-administrator guard: effectively so, and active?
pub(super) fn is_active_admin(catalogue: &Catalogue, groups: &Groups, user: &User) -> bool {
    user.status == Status::Active && Rights::of(catalogue, groups, user, &Reach::default(), None).admin
}

/// The guard itself: a change that takes the last active administrator away is refused where the policy says so.
pub(super) fn guard_last_admin(policy: &Policy, was: bool, is: bool, others: bool) -> Result<()> {
    if policy.last_admin_guard && was && !is && !others {
        return Err(Error::refused(
            Code::LastAdmin,
            "last-admin",
            "the last active administrator cannot be removed, disabled or demoted",
        ));
    }
    Ok(())
}

impl Default for EffectiveReach {
    fn default() -> Self {
        Self::Listed(Reach::default())
    }
}

/// All ids of a kind an effective reach names; `None`: all there are.
impl EffectiveReach {
    /// As a plain reach, for people to read; `None` means everything.
    pub fn listed(&self) -> Option<&Reach> {
        match self {
            Self::Everything => None,
            Self::Listed(reach) => Some(reach),
        }
    }

    /// The link level of a resource within reach.
    pub fn level(&self, kind: &str, id: &str) -> Option<i64> {
        match self {
            Self::Everything => None,
            Self::Listed(reach) => match reach.0.get(kind)? {
                KindReach::All => None,
                KindReach::Only(ids) => ids.get(id).copied().flatten(),
            },
        }
    }
}
