use super::{Millis, UserId};

/// Something a host lets users reach: a thing, a network, a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// `thing`, `network`, `devicetype`, `site`, or a kind of the host's.
    pub kind: String,
    /// Integers are kept in decimal.
    pub id: String,
    /// For people to read.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// The owner, who is linked to it when it is made.
    pub owner: Option<UserId>,
    /// JSON text of an object of the host's.
    pub data: Option<String>,
    /// When it was made.
    pub created: Millis,
    /// When it was last changed.
    pub updated: Millis,
}
