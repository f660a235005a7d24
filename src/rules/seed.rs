use crate::model::sorted::Set;
use crate::model::{Group, GroupId, Groups};

/// Groups and their scopes that come with a protocol. They are there as soon as the protocol is; what people change about
/// them afterwards stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The protocol.
    pub name: String,
    /// Those there are already only get the scopes.
    pub groups: Vec<SeedGroup>,
}

/// A group of a [`Seed`]. It cannot be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the members are those of `Group`")]
pub struct SeedGroup {
    pub key: String,
    pub name: String,
    pub description: String,
    pub scopes: Set<String>,
    pub default: bool,
    pub changeable: bool,
    pub assignable: bool,
}

/// The groups with what seeds bring that they have not had yet. The same groups and seeds give the same ids.
#[must_use]
pub fn plant(mut groups: Groups, seeds: &[Seed]) -> Groups {
    for seed in seeds {
        if !groups.seeded.insert(seed.name.clone()) {
            continue;
        }
        for new in &seed.groups {
            if let Some(group) = groups.list.iter_mut().find(|group| group.key == new.key) {
                group.scopes.extend(new.scopes.iter().cloned());
                continue;
            }
            groups.list.push(Group {
                id: GroupId(groups.next),
                key: new.key.clone(),
                name: new.name.clone(),
                description: new.description.clone(),
                scopes: new.scopes.clone(),
                subgroups: Set::new(),
                default: new.default,
                changeable: new.changeable,
                removable: false,
                assignable: new.assignable,
            });
            groups.next = groups.next.saturating_add(1);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(name: &str, keys: &[&str]) -> Seed {
        let group = |&key: &&str| SeedGroup {
            key: key.into(),
            name: key.into(),
            description: String::new(),
            scopes: [format!("{name}:x")].into(),
            default: false,
            changeable: true,
            assignable: true,
        };
        Seed { name: name.into(), groups: keys.iter().map(group).collect() }
    }

    #[test]
    fn a_seed_is_planted_once() {
        let first = plant(Groups::default(), &[seed("a", &["users", "guests"])]);
        assert_eq!(first.list.len(), 2);
        let mut changed = first.clone();
        changed.list.iter_mut().for_each(|group| group.scopes = Set::new());
        let again = plant(changed.clone(), &[seed("a", &["users", "guests", "late"])]);
        assert_eq!(again, changed, "what people took away does not come back");
        let both = plant(again, &[seed("b", &["guests", "more"])]);
        assert_eq!(
            both.list.iter().map(|group| group.key.as_str()).collect::<Vec<_>>(),
            ["users", "guests", "more"]
        );
        assert!(both.by_key("guests").is_some_and(|group| group.scopes.contains("b:x")));
    }
}
