//! The nouns of Doorward: plain data and its invariants. No clock, no randomness, no I/O, no wire format.

mod audit;
mod error;
mod group;
mod ids;
mod lower;
mod reach;
mod resource;
mod secret;
pub mod sorted;
mod token;
mod user;

pub use audit::{Action, AuditEntry, Outcome, Subject};
pub use error::{Code, Error, Result};
pub use group::{Group, Groups};
pub use ids::{GroupId, MAX_INTEGER, Millis, TokenId, UserId};
pub use lower::lower;
pub use reach::{KindReach, Reach};
pub use resource::Resource;
pub use secret::{Digest, Phc, Secret, hex};
pub use token::{Token, TokenKind};
pub use user::{SecondFactor, Settings, Status, User};
