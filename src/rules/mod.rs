//! Pure decisions: what a scope implies, who may do what, and why not. Time is an argument, randomness is not needed.
//!
//! **The one invariant:** nothing here grants by omission. Each function returns the changed nouns or an [`Error`] that
//! names the rule; what no rule allows is refused.
//!
//! [`Error`]: crate::model::Error

mod account;
mod bits;
mod catalogue;
mod checks;
mod group;
mod login;
mod policy;
mod resource;
mod rights;
mod second_factor;
mod seed;
mod token;

pub use account::{
    Removal, UserDraft, UserPatch, add_nameless, add_user, change_password, edit_user, may_manage, may_see,
    merge_settings, remove_user, set_up, without_admin,
};
pub use bits::ScopeBits;
pub use catalogue::{ADMIN, Catalogue, ScopeDef, builtin};
pub use checks::{check_json_size, check_text, is_plain};
pub use group::{
    GroupPatch, add_group, admin_groups, edit_group, guard_groups, is_dangerous, remove_group, resolve_keys,
};
pub use login::{Attempt, Verdict, backoff, decide_login, record_failure, record_success};
pub use policy::{
    CurrentPassword, Lockout, NamePattern, NameRule, PasswordRule, Policy, Preset, Revoke, Trim,
};
pub use resource::{
    ResourcePatch, add_resource, check_id, check_kind, check_reach, claim_site, edit_resource,
    may_manage_resource,
};
pub use rights::{
    Actor, Decision, EffectiveReach, Grant, Rights, Who, decide, explain_rights, granted, held,
};
pub use second_factor::{
    Proof, Second, Spent, add_factor, may_add_factor, may_change_factor, secret_of, spend,
};
pub use seed::{Seed, SeedGroup, plant};
pub use token::{MAX_DEVICE_NAME, TokenDraft, add_token, may_use_tokens_of};
