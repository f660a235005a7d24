use serde::Deserialize;

use super::errors::arguments;
use crate::model::{Code, Error, Result};
use crate::rules::{Catalogue, CurrentPassword, Lockout, Policy, Preset, ScopeDef};
use crate::service::Config;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default)]
    policy: Option<PolicyForm>,
    #[serde(default)]
    scopes: Vec<ScopeForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeForm {
    name: String,
    #[serde(default)]
    implies: Vec<String>,
    #[serde(default)]
    dangerous: bool,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PolicyForm {
    preset: String,
    session_lifetime: Option<u64>,
    #[serde(default, deserialize_with = "super::args::present")]
    token_lifetime: Option<Option<u64>>,
    ask_current_password: Option<bool>,
    last_admin_guard: Option<bool>,
    own_account_guard: Option<bool>,
    password_min_length: Option<usize>,
    lockout_attempts: Option<u32>,
    hash_memory: Option<u32>,
    hash_passes: Option<u32>,
    hash_lanes: Option<u32>,
    audit_max_entries: Option<u64>,
    audit_max_age: Option<u64>,
}

/// Options of `open`, as the facade gives them.
pub(super) fn config(json: &str) -> Result<Config> {
    let options: Options = arguments(json)?;
    let own: Vec<ScopeDef> = options
        .scopes
        .into_iter()
        .map(|scope| ScopeDef {
            name: scope.name,
            implies: scope.implies,
            dangerous: scope.dangerous,
            description: scope.description,
        })
        .collect();
    let policy = match options.policy {
        Some(form) => policy(form)?,
        None => Policy::of(Preset::Doorward),
    };
    Ok(Config { policy, catalogue: Catalogue::compile(&own)? })
}

fn policy(form: PolicyForm) -> Result<Policy> {
    let mut policy = Policy::of(Preset::parse(&form.preset)?);
    let within = |name: &str, value: u64, least: u64, most: u64| {
        if (least..=most).contains(&value) {
            return Ok(());
        }
        Err(Error::new(Code::InvalidPolicy, format!("`{name}` is {value}; it has to be {least} to {most}"))
            .at(name))
    };
    const CENTURY: u64 = 100 * 366 * 24 * 3_600_000;
    if let Some(life) = form.session_lifetime {
        within("sessionLifetime", life, 1000, CENTURY)?;
        policy.session_lifetime = Some(life);
    }
    if let Some(life) = form.token_lifetime {
        within("tokenLifetime", life.unwrap_or(CENTURY), 1000, CENTURY)?;
        policy.token_lifetime = life;
    }
    if let Some(ask) = form.ask_current_password {
        policy.current_password = if ask { CurrentPassword::Always } else { CurrentPassword::Never };
    }
    if let Some(guard) = form.last_admin_guard {
        policy.last_admin_guard = guard;
    }
    if let Some(guard) = form.own_account_guard {
        policy.own_account_guard = guard;
        policy.own_removal_guard = guard;
    }
    if let Some(least) = form.password_min_length {
        within("passwordMinLength", least as u64, 1, policy.password.max as u64)?;
        policy.password.min = least;
    }
    if let Some(attempts) = form.lockout_attempts {
        within("lockoutAttempts", attempts.into(), 0, 1_000_000)?;
        policy.lockout = match policy.lockout {
            _ if attempts == 0 => Lockout::Never,
            Lockout::Lock { .. } => Lockout::Lock { attempts },
            Lockout::Backoff { base, max, .. } => Lockout::Backoff { attempts, base, max },
            Lockout::Never => Lockout::Backoff { attempts, base: 1000, max: 900_000 },
        };
    }
    let (memory, passes, lanes) = policy.hash;
    policy.hash = (
        form.hash_memory.unwrap_or(memory),
        form.hash_passes.unwrap_or(passes),
        form.hash_lanes.unwrap_or(lanes),
    );
    within("hashLanes", policy.hash.2.into(), 1, 16)?;
    within("hashMemory", policy.hash.0.into(), 8 * u64::from(policy.hash.2), 1_048_576)?;
    within("hashPasses", policy.hash.1.into(), 1, 64)?;
    if let Some(most) = form.audit_max_entries {
        within("auditMaxEntries", most, 1, 100_000_000)?;
        policy.audit_max_entries = most;
    }
    if let Some(age) = form.audit_max_age {
        within("auditMaxAge", age, 60_000, CENTURY)?;
        policy.audit_max_age = age;
    }
    Ok(policy)
}
