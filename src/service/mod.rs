//! [`Door`] and [`Session`]: read → decide → commit → retry on conflict.
//!
//! The service is short and dull: what may be done is said in [`crate::rules`], how it is kept in [`crate::store`].
//!
//! **Single writer a door:** changes of one door go one behind another, so that only other processes and tabs are met
//! as conflicts; reads run side by side. Passwords are compared and hashed outside that queue.

mod audit;
mod bearer;
#[cfg(feature = "faces")]
mod check;
mod credentials;
mod customers;
mod door;
mod groups;
mod handles;
mod hashing;
mod host;
mod indexes;
mod keys;
mod known;
mod listing;
mod login;
mod named;
mod observe;
mod operation;
mod personal;
mod plain;
mod port;
mod records;
mod resolve;
mod resources;
#[cfg(feature = "faces")]
mod rotate;
mod run;
#[cfg(feature = "faces")]
mod seal;
mod second_factor;
mod session;
mod sites;
mod tokens;
mod trust;
mod turn;
mod tx;
mod users;
mod values;
mod world;

pub use audit::AuditPage;
#[cfg(feature = "faces")]
pub use check::{Check, Fault, Finding, Step};
pub use customers::CUSTOMER;
pub use door::{Boxed, Config, Door};
pub use groups::GroupView;
pub use host::Host;
pub use keys::audits;
pub use observe::Observer;
pub use operation::Operation;
pub use port::{Limits, Walk, Whom};
#[cfg(feature = "wasm")]
pub(crate) use records::put_reach;
pub use resources::{LinkView, LinksOf, ResourcePage, ResourceView};
#[cfg(feature = "faces")]
pub use rotate::OLD_SECRETS;
pub use second_factor::{FactorState, Showing};
pub use session::{Me, Session};
pub use sites::{SITE, site_identifier};
pub use tokens::{Created, NewToken, Revocation, TokenView};
pub use users::{NewUser, Order, UserChanges, UserPage, UserQuery, UserView};
pub use values::Form as KeyForm;
pub use world::{Put, WorldToken, WorldUser};

/// What a door is opened on; faces name it by the service.
pub use crate::store::Store;

use crate::model::sorted::Set;
use crate::model::{Code, Error, Group, GroupId, Groups, Result};
use crate::rules::ADMIN;

/// Attempts at one operation before it fails with `conflict`.
const ATTEMPTS: u32 = 32;

/// Tokens of one user, sessions counted in, beyond which he gets no more keys. Removing a user removes them in one commit.
const MAX_TOKENS: u64 = 500;

/// The groups of a store that has not changed them.
fn builtin_groups() -> Groups {
    let group = |id, key: &str, name: &str, description: &str, scopes: &[&str], changeable, default| Group {
        id: GroupId(id),
        key: key.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        subgroups: Set::new(),
        default,
        changeable,
        removable: false,
        assignable: true,
    };
    Groups {
        seeded: Set::new(),
        next: 3,
        list: vec![
            group(1, "admins", "Administrators", "May do everything", &[ADMIN], false, false),
            group(2, "users", "Users", "Everybody who is not told otherwise", &[], true, true),
        ],
    }
}

fn check_limit(limit: usize) -> Result<()> {
    if (1..=crate::store::limits::RANGE_ENTRIES).contains(&limit) {
        return Ok(());
    }
    Err(Error::new(
        Code::InvalidArgument,
        format!("`limit` is {limit}; it has to be 1 to {}", crate::store::limits::RANGE_ENTRIES),
    )
    .at("limit"))
}

fn not_found(what: &str, name: &str) -> Error {
    let shown: String = name.chars().take(40).filter(|c| !c.is_control() && *c != '`').collect();
    Error::new(Code::NotFound, format!("there is no {what} `{shown}`"))
}
