use super::args::{self, Args};
use super::errors::refuse;
use crate::json::Value;
use crate::model::{Code, Error, Result};
use crate::rules::{Catalogue, CurrentPassword, Lockout, Policy, Preset, ScopeDef, Seed};
use crate::service::Config;

/// What a module with the faces takes beside the rest.
#[cfg(feature = "faces")]
pub(super) type Extras = crate::faces::Settings;
#[cfg(not(feature = "faces"))]
pub(super) type Extras = ();

/// Adds what the faces bring.
#[cfg(feature = "faces")]
fn with_faces(
    own: &mut Vec<ScopeDef>,
    policy: &mut Policy,
    settings: Option<Value<'_>>,
) -> Result<(Vec<Seed>, Extras)> {
    own.splice(0..0, crate::faces::scopes());
    let settings = settings.map_or(Ok(Extras::default()), |settings| Extras::parse(settings.raw()))?;
    settings.apply_to(policy);
    Ok((crate::faces::seeds(), settings))
}

#[cfg(not(feature = "faces"))]
fn with_faces(
    _: &mut Vec<ScopeDef>,
    policy: &mut Policy,
    settings: Option<Value<'_>>,
) -> Result<(Vec<Seed>, Extras)> {
    if settings.is_some() {
        let message = "this module has no faces: open the door by `doorward/faces`";
        return Err(Error::new(Code::Unsupported, message).at("faces"));
    }
    // What cannot be shown is not kept.
    policy.show_keys = false;
    Ok((Vec::new(), ()))
}

/// Options of `open`, as the facade gives them.
pub(super) fn config(json: &str) -> Result<(Config, Extras)> {
    args::read(json, |from| {
        let scopes = from.maybe("scopes", Value::items).unwrap_or_default();
        let mut own = Vec::with_capacity(scopes.len());
        for one in scopes {
            own.push(scope(one)?);
        }
        let mut policy = match from.maybe("policy", Some) {
            Some(form) => policy(form)?,
            None => Policy::of(Preset::Doorward),
        };
        let (seeds, extras) = with_faces(&mut own, &mut policy, from.given("faces"))?;
        Ok((Config { policy, catalogue: Catalogue::compile(&own)?.with_seeds(seeds) }, extras))
    })
}

fn scope(value: Value<'_>) -> Result<ScopeDef> {
    let mut from = Args::of(Some(value), "scopes.");
    let scope = ScopeDef {
        name: from.text("name"),
        implies: from.maybe_texts("implies").unwrap_or_default(),
        dangerous: from.maybe_flag("dangerous").unwrap_or_default(),
        description: from.text_or_empty("description"),
    };
    from.done().map_err(refuse).map(|()| scope)
}

fn policy(value: Value<'_>) -> Result<Policy> {
    let mut from = Args::of(Some(value), "policy.");
    let preset = from.text("preset");
    let session_lifetime = from.maybe_number("sessionLifetime");
    let token_lifetime = args::nullable(&mut from, "tokenLifetime", Value::number);
    let ask_current_password = from.maybe_flag("askCurrentPassword");
    let last_admin_guard = from.maybe_flag("lastAdminGuard");
    let own_account_guard = from.maybe_flag("ownAccountGuard");
    let password_min_length = from.maybe_number("passwordMinLength");
    let lockout_attempts = from.maybe("lockoutAttempts", Value::small);
    let hash_memory = from.maybe("hashMemory", Value::small);
    let hash_passes = from.maybe("hashPasses", Value::small);
    let hash_lanes = from.maybe("hashLanes", Value::small);
    let audit_max_entries = from.maybe_number("auditMaxEntries");
    let audit_max_age = from.maybe_number("auditMaxAge");
    from.done().map_err(refuse)?;

    let mut policy = Policy::of(Preset::parse(&preset)?);
    const CENTURY: u64 = 100 * 366 * 24 * 3_600_000;
    if let Some(life) = session_lifetime {
        within("sessionLifetime", life, 1000, CENTURY)?;
        policy.session_lifetime = Some(life);
    }
    if let Some(life) = token_lifetime {
        within("tokenLifetime", life.unwrap_or(CENTURY), 1000, CENTURY)?;
        policy.token_lifetime = life;
    }
    if let Some(ask) = ask_current_password {
        policy.current_password = if ask { CurrentPassword::Always } else { CurrentPassword::Never };
    }
    if let Some(guard) = last_admin_guard {
        policy.last_admin_guard = guard;
    }
    if let Some(guard) = own_account_guard {
        policy.own_account_guard = guard;
        policy.own_removal_guard = guard;
    }
    if let Some(least) = password_min_length {
        within("passwordMinLength", least, 1, policy.password.max as u64)?;
        policy.password.min = usize::try_from(least).unwrap_or(policy.password.max);
    }
    if let Some(attempts) = lockout_attempts {
        within("lockoutAttempts", attempts.into(), 0, 1_000_000)?;
        policy.lockout = match policy.lockout {
            _ if attempts == 0 => Lockout::Never,
            Lockout::Lock { .. } => Lockout::Lock { attempts },
            Lockout::Backoff { base, max, .. } => Lockout::Backoff { attempts, base, max },
            Lockout::Never => Lockout::Backoff { attempts, base: 1000, max: 900_000 },
        };
    }
    let (memory, passes, lanes) = policy.hash;
    policy.hash = (hash_memory.unwrap_or(memory), hash_passes.unwrap_or(passes), hash_lanes.unwrap_or(lanes));
    within("hashLanes", policy.hash.2.into(), 1, 16)?;
    within("hashMemory", policy.hash.0.into(), 8 * u64::from(policy.hash.2), 1_048_576)?;
    within("hashPasses", policy.hash.1.into(), 1, 64)?;
    if let Some(most) = audit_max_entries {
        within("auditMaxEntries", most, 1, 100_000_000)?;
        policy.audit_max_entries = most;
    }
    if let Some(age) = audit_max_age {
        within("auditMaxAge", age, 60_000, CENTURY)?;
        policy.audit_max_age = age;
    }
    Ok(policy)
}

fn within(name: &str, value: u64, least: u64, most: u64) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::new(Code::InvalidPolicy, format!("`{name}` is {value}; it has to be {least} to {most}"))
        .at(name))
}
