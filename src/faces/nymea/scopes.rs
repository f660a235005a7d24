//! Permission scopes: a mask on this side, scopes of the catalogue on the other (spec §2.2 to §2.4).

use crate::json::Writer;
use crate::model::sorted::Set;
use crate::rules::{ADMIN, Catalogue, ScopeBits, ScopeDef};

/// What stands before a member's name in the catalogue, and on the wire.
const PREFIX: &str = "nymea:";
const WIRE_PREFIX: &str = "PermissionScope";

/// A set of permission scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mask(pub(super) u16);

pub(super) const NONE: Mask = Mask(0);
pub(super) const ADMINISTRATOR: Mask = Mask(0xFFFF);
const CONTROL_THINGS: Mask = Mask(1);
pub(super) const ACCESS_ALL: Mask = Mask(4);

/// A member of the enumeration: its name, its bits, what it implies in the catalogue, and what it is for.
struct Member(&'static str, u16, &'static [&'static str], &'static str);

/// All but `None`, in the order in which they are written.
const MEMBERS: [Member; 6] = [
    Member("ControlThings", 0x0001, &[], "Execute actions of things"),
    Member("ConfigureThings", 0x0003, &["nymea:ControlThings"], "Add, change and remove things"),
    Member("AccessAllThings", 0x0004, &[], "See every thing, and not only the allowed ones"),
    Member("ExecuteRules", 0x0010, &[], "List and execute rules"),
    Member("ConfigureRules", 0x0030, &["nymea:ExecuteRules"], "Add, change and remove rules"),
    Member("Admin", 0xFFFF, &[ADMIN], "Everything"),
];

/// The scopes of the face. `Admin` is the one notion of an administrator, by another spelling.
pub(crate) fn scopes() -> Vec<ScopeDef> {
    let scope = |Member(name, bits, implies, description): &Member| ScopeDef {
        name: format!("{PREFIX}{name}"),
        implies: implies.iter().map(|&name| name.to_owned()).collect(),
        dangerous: *bits == ADMINISTRATOR.0,
        description: (*description).to_owned(),
    };
    MEMBERS.iter().map(scope).collect()
}

/// The names of the enumeration, `None` first.
pub(super) fn names() -> impl Iterator<Item = String> {
    core::iter::once("None").chain(MEMBERS.iter().map(|member| member.0)).map(wire_name)
}

fn wire_name(name: &str) -> String {
    format!("{WIRE_PREFIX}{name}")
}

impl Mask {
    /// What somebody effectively holds.
    pub(super) fn of(catalogue: &Catalogue, bits: &ScopeBits) -> Self {
        let holds = |name: &str| catalogue.number(name).is_ok_and(|number| bits.contains(number));
        if holds(ADMIN) {
            return ADMINISTRATOR;
        }
        let held = MEMBERS.iter().filter(|member| holds(&format!("{PREFIX}{}", member.0)));
        Self(held.fold(0, |mask, member| mask | member.1))
    }

    /// The value of a member.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.strip_prefix(WIRE_PREFIX)?;
        if name == "None" {
            return Some(NONE);
        }
        MEMBERS.iter().find(|member| member.0 == name).map(|member| Self(member.1))
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn is_admin(self) -> bool {
        self == ADMINISTRATOR
    }

    /// §2.4.
    pub(super) fn is_consistent(self) -> bool {
        self.covers(ACCESS_ALL) || self == NONE || self == CONTROL_THINGS
    }

    /// `[]` or, in some replies, `["PermissionScopeNone"]` where there is none.
    pub(super) fn write(self, out: &mut Writer, say_none: bool) {
        out.open('[');
        for member in MEMBERS.iter().filter(|member| self.covers(Self(member.1))) {
            out.text(&wire_name(member.0));
        }
        if say_none && self == NONE {
            out.text(&wire_name("None"));
        }
        out.close(']');
    }

    /// The direct scopes to give. An administrator is one by the group, as in every face.
    pub(super) fn direct(self) -> Set<String> {
        let given = |member: &&Member| !self.is_admin() && self.covers(Self(member.1));
        MEMBERS.iter().filter(given).map(|member| format!("{PREFIX}{}", member.0)).collect()
    }

    /// Likewise, in place of those of the face that a user has; others' scopes stay.
    pub(super) fn replace(self, before: &Set<String>) -> Set<String> {
        before.iter().filter(|scope| !scope.starts_with(PREFIX)).cloned().chain(self.direct()).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn mask(names: &[&str]) -> Mask {
        names.iter().map(|name| Mask::named(&wire_name(name)).unwrap()).fold(NONE, Mask::with)
    }

    fn written(mask: Mask, say_none: bool) -> String {
        let mut out = Writer::default();
        mask.write(&mut out, say_none);
        out.end().replace(WIRE_PREFIX, "")
    }

    #[test]
    fn written_in_the_table_s_order() {
        let all = "[\"ControlThings\",\"ConfigureThings\",\"AccessAllThings\",\"ExecuteRules\",\"ConfigureRules\",\"Admin\"]";
        assert_eq!(written(ADMINISTRATOR, true), all);
        assert_eq!(written(mask(&["AccessAllThings", "ConfigureThings"]), true).matches('"').count(), 6);
        assert_eq!((written(NONE, false), written(NONE, true)), ("[]".into(), "[\"None\"]".into()));
        assert_eq!(Mask::named("PermissionScopeNope"), None);
        assert_eq!(Mask::named("Admin"), None);
    }

    #[test]
    fn consistency() {
        for good in [&["Admin"][..], &[], &["ControlThings"], &["AccessAllThings", "ConfigureRules"]] {
            assert!(mask(good).is_consistent(), "{good:?}");
        }
        for bad in [&["ConfigureThings"][..], &["ExecuteRules"], &["ControlThings", "ExecuteRules"]] {
            assert!(!mask(bad).is_consistent(), "{bad:?}");
        }
    }

    #[test]
    fn others_scopes_stay() {
        let mut defs = scopes();
        defs.push(ScopeDef { name: "boss".into(), implies: vec![ADMIN.into()], ..ScopeDef::default() });
        defs.push(ScopeDef { name: "lamp".into(), ..ScopeDef::default() });
        let catalogue = Catalogue::compile(&defs).unwrap();
        let before: Set<String> = ["lamp".into(), "nymea:ExecuteRules".into(), "nymea:Admin".into()].into();
        let left = mask(&["ControlThings"]).replace(&before);
        assert_eq!(left, ["lamp".into(), "nymea:ControlThings".into()].into());
        assert_eq!(ADMINISTRATOR.replace(&before), ["lamp".into()].into());
        let bits = catalogue.expand([&"nymea:ConfigureRules".to_owned(), &"lamp".to_owned()]);
        assert_eq!(Mask::of(&catalogue, &bits), Mask(0x30));
        assert_eq!(Mask::of(&catalogue, &catalogue.expand([&"boss".to_owned()])), ADMINISTRATOR);
    }
}
