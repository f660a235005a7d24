//! Actions of tokens (spec §4.1), and the scopes of the face.

use crate::rules::{ADMIN, ScopeDef};

/// What stands before an action's name in the catalogue.
const PREFIX: &str = "devicehive:";

/// What a token may do, by the number of the protocol (spec §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Action {
    GetNetwork = 2,
    GetDevice = 3,
    GetCurrentUser = 10,
    UpdateCurrentUser = 11,
    ManageUser = 12,
    ManageNetwork = 14,
    ManageToken = 15,
    ManagePlugin = 16,
    GetDeviceType = 17,
    ManageDeviceType = 18,
}

/// All names in order of their numbers, from 2 on; and whether a client has the action by default.
const TABLE: [(&str, bool); 17] = [
    ("GetNetwork", true),
    ("GetDevice", true),
    ("GetDeviceNotification", true),
    ("GetDeviceCommand", true),
    ("RegisterDevice", true),
    ("CreateDeviceCommand", true),
    ("UpdateDeviceCommand", true),
    ("CreateDeviceNotification", true),
    ("GetCurrentUser", true),
    ("UpdateCurrentUser", true),
    ("ManageUser", false),
    ("ManageConfiguration", false),
    ("ManageNetwork", false),
    ("ManageToken", true),
    ("ManagePlugin", true),
    ("GetDeviceType", true),
    ("ManageDeviceType", false),
];

/// The number that means any action.
pub(super) const ANY: u64 = 0;
/// The number that grants nothing.
pub(super) const NOTHING: u64 = 1;
const LAST: u64 = 18;

/// Effective actions, a bit each by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Actions(u32);

impl Actions {
    const ALL: Self = Self(((1 << 19) - 1) & !0b11);

    fn client() -> Self {
        Self(client_ids().into_iter().fold(0, |bits, id| bits | 1 << id))
    }

    /// From what a token lists. `None`: a number there is not, which makes the token invalid.
    pub(super) fn of(listed: Option<&[u64]>) -> Option<Self> {
        match listed {
            None => Some(Self(0)),
            Some([]) => Some(Self::client()),
            Some(ids) if ids.iter().any(|&id| id > LAST) => None,
            Some(ids) if ids.contains(&ANY) => Some(Self::ALL),
            Some(ids) => {
                Some(Self(ids.iter().filter(|&&id| id != NOTHING).fold(0, |bits, id| bits | 1 << id)))
            }
        }
    }

    pub(super) fn holds(self, action: Action) -> bool {
        self.0 & 1 << action as u32 != 0
    }

    pub(super) fn holds_one_of(self, actions: &[Action]) -> bool {
        actions.iter().any(|&action| self.holds(action))
    }

    /// Does it hold all the other does?
    pub(super) fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What a log-in's token lists for a client.
pub(super) fn client_ids() -> Vec<u64> {
    (2..).zip(TABLE).filter(|(_, (_, client))| *client).map(|(id, _)| id).collect()
}

/// An action by its name, in any letter case, or `*`.
pub(super) fn by_name(name: &str) -> Option<u64> {
    if name == "*" {
        return Some(ANY);
    }
    (2..).zip(TABLE).find(|(_, (known, _))| known.eq_ignore_ascii_case(name)).map(|(id, _)| id)
}

/// Is it the number of an action, or of any, or of none?
pub(super) fn is_known(id: u64) -> bool {
    id <= LAST
}

/// The scopes of the face, one an action. An administrator of the protocol is the one notion of one: `admin`.
pub(crate) fn scopes() -> Vec<ScopeDef> {
    let scope = |(name, client): (&str, bool)| ScopeDef {
        name: format!("{PREFIX}{name}"),
        implies: Vec::new(),
        dangerous: !client,
        description: format!("DeviceHive's action {name}"),
    };
    let admin = ScopeDef {
        name: format!("{PREFIX}administrator"),
        implies: vec![ADMIN.to_owned()],
        dangerous: true,
        description: "DeviceHive's role 0".to_owned(),
    };
    TABLE.into_iter().map(scope).chain([admin]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_set_is_the_protocols() {
        assert_eq!(client_ids(), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 16, 17]);
    }

    #[test]
    fn effective_actions() {
        let of = |ids: Option<&[u64]>| Actions::of(ids);
        assert_eq!(of(None), Some(Actions(0)));
        assert_eq!(of(Some(&[])), Some(Actions::client()));
        assert_eq!(of(Some(&[0, 3])), Some(Actions::ALL));
        assert_eq!(of(Some(&[1])), Some(Actions(0)));
        assert_eq!(of(Some(&[19])), None);
        assert!(
            of(Some(&[12])).is_some_and(|it| it.holds(Action::ManageUser) && !it.holds(Action::GetNetwork))
        );
        assert_eq!(by_name("manageuser"), Some(12));
        assert_eq!(by_name("*"), Some(0));
        assert_eq!(by_name("none"), None);
    }
}
