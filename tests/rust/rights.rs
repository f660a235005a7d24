//! The algebra of rights: what more or less of something may never do.

use std::collections::BTreeSet;

use doorward::model::sorted::{Map, Set};
use doorward::model::{Group, GroupId, Groups, KindReach, Reach, Token, User};
use doorward::rules::{Catalogue, Rights, ScopeBits, ScopeDef, decide, explain_rights, granted};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;

use crate::random::{cases, kept_in};
use crate::support;
use crate::world::{self, PLACES, token, user};

/// Scopes `s0`, `s1`…; each may imply later ones, and some of them `admin`.
#[derive(Debug, Clone)]
struct World {
    defs: Vec<ScopeDef>,
    groups: Groups,
    user: User,
    reach: Reach,
}

impl World {
    fn catalogue(&self) -> Catalogue {
        Catalogue::compile(&self.defs).unwrap()
    }

    fn rights(&self, token: Option<&Token>) -> Rights {
        Rights::of(&self.catalogue(), &self.groups, &self.user, &self.reach, token)
    }
}

fn scope() -> BoxedStrategy<String> {
    let builtin = prop::sample::select(&["users.manage", "self.manage", "audit.read"][..]);
    prop_oneof![8 => (0..12_usize).prop_map(|at| format!("s{at}")), 2 => builtin.prop_map(str::to_owned), 1 => Just("admin".to_owned())].boxed()
}

fn scopes() -> BoxedStrategy<Set<String>> {
    btree_set(scope(), 0..4).prop_map(|scopes| scopes.into_iter().collect()).boxed()
}

fn reach() -> BoxedStrategy<Reach> {
    let kind = prop::sample::select(&["thing", "network"][..]).prop_map(str::to_owned);
    let id = prop::sample::select(&["a", "b", "c"][..]).prop_map(str::to_owned);
    let ids = btree_map(id, of(0..3_i64), 0..4).prop_map(|ids| KindReach::Only(ids.into_iter().collect()));
    btree_map(kind, prop_oneof![3 => ids, 1 => Just(KindReach::All)], 0..3)
        .prop_map(|kinds| Reach(kinds.into_iter().collect()))
        .boxed()
}

fn limits() -> BoxedStrategy<Token> {
    (of(scopes()), of(reach())).prop_map(|(scopes, reach)| token(scopes, reach)).boxed()
}

fn worlds() -> BoxedStrategy<World> {
    let implied = vec((btree_set(0..12_usize, 0..3), prop::bool::weighted(0.05)), 12);
    let groups = vec((scopes(), btree_set(0..6_u32, 0..3)), 6);
    let member = btree_set(0..8_u32, 0..4);
    (implied, groups, scopes(), member, reach())
        .prop_map(|(implied, groups, scopes, member, reach)| {
            let def = |(at, (implied, admin)): (usize, (BTreeSet<usize>, bool))| ScopeDef {
                name: format!("s{at}"),
                // Later ones only: no cycle.
                implies: implied
                    .into_iter()
                    .filter(|&next| next > at)
                    .map(|next| format!("s{next}"))
                    .chain(admin.then(|| "admin".to_owned()))
                    .collect(),
                dangerous: at % 3 == 0,
                ..ScopeDef::default()
            };
            let group = |(at, (scopes, inside)): (usize, (Set<String>, BTreeSet<u32>))| Group {
                id: GroupId(at as u32),
                key: format!("g{at}"),
                name: String::new(),
                description: String::new(),
                scopes,
                subgroups: inside.into_iter().filter(|&next| next as usize > at).map(GroupId).collect(),
                default: false,
                changeable: true,
                removable: true,
                assignable: true,
            };
            let list = groups.into_iter().enumerate().map(group).collect();
            let user = User { scopes, groups: member.into_iter().map(GroupId).collect(), ..user() };
            let defs = implied.into_iter().enumerate().map(def).collect();
            World { defs, groups: Groups { next: 8, list, seeded: Set::new() }, user, reach }
        })
        .boxed()
}

/// Does one scope bring the other along? By search.
fn brings(defs: &[ScopeDef], given: &str, wanted: &str) -> bool {
    given == wanted
        || given == "admin"
        || defs
            .iter()
            .any(|def| def.name == given && def.implies.iter().any(|next| brings(defs, next, wanted)))
}

fn group_gives(world: &World, id: GroupId, wanted: &str) -> bool {
    world.groups.list.iter().filter(|group| group.id == id).any(|group| {
        group.scopes.iter().any(|given| brings(world.catalogue().defs(), given, wanted))
            || group.subgroups.iter().any(|&inner| group_gives(world, inner, wanted))
    })
}

fn names(catalogue: &Catalogue, bits: &ScopeBits) -> BTreeSet<String> {
    bits.iter().map(|number| catalogue.name(number).unwrap().to_owned()).collect()
}

proptest! {
    #![proptest_config(kept_in("tests/rust/regressions/rights.txt", 256))]

    #[test]
    fn implications_are_a_search(world in worlds(), given in scopes()) {
        let catalogue = world.catalogue();
        let bits = catalogue.expand(&given);
        for def in catalogue.defs() {
            let expected = given.iter().any(|given| brings(catalogue.defs(), given, &def.name));
            prop_assert_eq!(bits.contains(catalogue.number(&def.name).unwrap()), expected, "{}", def.name);
        }
        prop_assert_eq!(catalogue.expand(&names(&catalogue, &bits)), bits, "expanding twice changes nothing");
    }

    #[test]
    fn more_scopes_and_groups_never_give_less(world in worlds(), scopes in scopes(), group in 0..6_u32, limits in of(limits())) {
        let mut more = world.clone();
        more.user.scopes.extend(scopes);
        more.user.groups.insert(GroupId(group));
        prop_assert!(more.rights(limits.as_ref()).includes(&world.rights(limits.as_ref())));
    }

    #[test]
    fn more_reach_never_gives_less(world in worlds(), kind in prop::sample::select(&["thing", "network"][..])) {
        let mut more = world.clone();
        more.reach.0.insert(kind.to_owned(), KindReach::All);
        prop_assert!(more.rights(None).includes(&world.rights(None)));
    }

    #[test]
    fn a_token_only_takes_away(world in worlds(), limits in limits(), admin in any::<bool>()) {
        let mut world = world;
        if admin {
            world.user.scopes.insert("admin".to_owned());
        }
        let with = world.rights(Some(&limits));
        prop_assert!(world.rights(None).includes(&with));
        // Administrators too: exactly what both hold is left.
        let catalogue = world.catalogue();
        for def in catalogue.defs() {
            let number = catalogue.number(&def.name).unwrap();
            let allowed = limits.scopes.as_ref().is_none_or(|own| own.iter().any(|given| brings(catalogue.defs(), given, &def.name)));
            prop_assert_eq!(with.bits.contains(number), allowed && world.rights(None).bits.contains(number));
        }
        for (kind, id) in PLACES {
            let allowed = limits.reach.as_ref().is_none_or(|own| own.covers(kind, id));
            prop_assert_eq!(with.reach.covers(kind, id), allowed && world.rights(None).reach.covers(kind, id));
        }
    }

    #[test]
    fn who_holds_admin_holds_all(world in worlds()) {
        let rights = world.rights(None);
        let catalogue = world.catalogue();
        prop_assert_eq!(rights.admin, rights.bits.contains(0));
        if rights.admin {
            prop_assert_eq!(&rights.bits, &Rights::everything(&catalogue).bits);
            prop_assert!(PLACES.iter().all(|(kind, id)| rights.reach.covers(kind, id)));
        }
    }

    #[test]
    fn groups_are_a_search_in_any_order(world in worlds(), order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle()) {
        let catalogue = world.catalogue();
        let bits = granted(&catalogue, &world.groups, &world.user);
        for def in catalogue.defs() {
            let direct = world.user.scopes.iter().any(|given| brings(catalogue.defs(), given, &def.name));
            let expected = direct || world.user.groups.iter().any(|&id| group_gives(&world, id, &def.name));
            prop_assert_eq!(bits.contains(catalogue.number(&def.name).unwrap()), expected, "{}", def.name);
        }
        let list = order.iter().map(|&at| world.groups.list[at].clone()).collect();
        let shuffled = Groups { list, ..world.groups.clone() };
        prop_assert_eq!(granted(&catalogue, &shuffled, &world.user), bits);
        let once = world.groups.closure(world.user.groups.iter().copied());
        prop_assert_eq!(world.groups.closure(once.iter().copied()), once, "closing twice changes nothing");
    }

    #[test]
    fn a_cut_of_reaches_is_what_both_reach(a in reach(), b in reach(), c in reach()) {
        let cut = a.intersect(&b);
        for (kind, id) in PLACES {
            prop_assert_eq!(cut.covers(kind, id), a.covers(kind, id) && b.covers(kind, id));
            prop_assert_eq!(cut.intersect(&c).covers(kind, id), a.intersect(&b.intersect(&c)).covers(kind, id));
        }
        prop_assert!(a.includes(&cut) && b.includes(&cut));
        prop_assert_eq!(a.intersect(&a), a.clone(), "a reach cut by itself is itself, levels and all");
        let everywhere = PLACES.iter().all(|(kind, id)| !b.covers(kind, id) || a.covers(kind, id));
        prop_assert_eq!(a.includes(&b), everywhere, "includes is: covers all it covers");
    }

    #[test]
    fn explained_rights_are_the_rights(world in worlds()) {
        let catalogue = world.catalogue();
        let grants = explain_rights(&catalogue, &world.groups, &world.user);
        let explained: BTreeSet<String> = grants.iter().map(|grant| grant.scope.clone()).collect();
        prop_assert_eq!(explained, names(&catalogue, &granted(&catalogue, &world.groups, &world.user)));
        for grant in grants {
            prop_assert!(brings(catalogue.defs(), &grant.granted, &grant.scope), "{grant:?}");
            let number = catalogue.number(&grant.scope).unwrap();
            prop_assert_eq!(grant.dangerous, catalogue.defs()[number].dangerous);
            let path: Vec<&Group> = grant.path.iter().map(|key| world.groups.by_key(key).unwrap()).collect();
            let chained = path.windows(2).all(|two| two[0].subgroups.contains(&two[1].id));
            let begins = path.first().is_none_or(|group| world.user.groups.contains(&group.id));
            let source = path.last().map_or(&world.user.scopes, |group| &group.scopes);
            prop_assert!(chained && begins && source.contains(&grant.granted), "{grant:?}");
        }
    }

    #[test]
    fn decisions_are_explained(world in worlds(), limits in of(limits()), wanted in scope()) {
        let catalogue = world.catalogue();
        let rights = world.rights(limits.as_ref());
        let held = rights.bits.contains(catalogue.number(&wanted).unwrap());
        let places = PLACES.iter().map(|&place| Some(place)).chain([None]);
        for place in places {
            let decision = decide(&catalogue, &rights, limits.as_ref(), &wanted, place);
            let reached = place.is_none_or(|(kind, id)| rights.reach.covers(kind, id));
            prop_assert_eq!(decision.allowed, held && reached);
            prop_assert!(!decision.reason.is_empty() && !decision.reason.ends_with('.'));
            // Whose fault it is: without the token's limits it would have been allowed exactly if they are blamed.
            let free = decide(&catalogue, &world.rights(None), None, &wanted, place);
            if !decision.allowed && free.allowed {
                prop_assert!(decision.by.starts_with("token-"), "{decision:?}");
            }
        }
        prop_assert!(!decide(&catalogue, &rights, None, "nope", None).allowed);
    }
}

#[test]
fn a_scope_that_implies_admin_is_admin() {
    let root = ScopeDef { name: "root".into(), implies: vec!["admin".into()], ..ScopeDef::default() };
    // Refusing it as a cycle would do as well: admin implies all.
    if let Ok(catalogue) = Catalogue::compile(&[root]) {
        assert_eq!(catalogue.expand([&"root".to_owned()]), catalogue.expand([&"admin".to_owned()]));
    }
}

#[test]
fn levels_are_those_of_the_user() {
    let only = |level| Reach(Map::from([("thing".into(), KindReach::Only([("a".into(), level)].into()))]));
    assert_eq!(only(Some(2)).intersect(&only(None)), only(Some(2)));
    assert_eq!(only(Some(2)).intersect(&only(Some(7))), only(Some(2)));
}

#[test]
fn nothing_obtained_through_a_token_reaches_further() {
    let rounds = u64::from(cases(150));
    for seed in 0..rounds {
        support::run(world::through_a_token(seed));
    }
}
