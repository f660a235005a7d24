use super::sorted::Map;

/// How far a user or token reaches within one kind of resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KindReach {
    /// Every resource of the kind, those to come included.
    All,
    /// These ids, each with an optional link level. The levels mean what the host or the protocol says; they have no order.
    Only(Map<String, Option<i64>>),
}

/// Reach per kind of resource. A kind that is not named is not reached at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach(pub Map<String, KindReach>);

impl Reach {
    /// Is the resource within reach?
    pub fn covers(&self, kind: &str, id: &str) -> bool {
        match self.0.get(kind) {
            Some(KindReach::All) => true,
            Some(KindReach::Only(ids)) => ids.contains_key(id),
            None => false,
        }
    }

    /// Ids named, over all kinds.
    pub fn len(&self) -> usize {
        self.0
            .values()
            .map(|kind| match kind {
                KindReach::All => 0,
                KindReach::Only(ids) => ids.len(),
            })
            .sum()
    }

    /// Nothing is reached and nothing is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What both reach. Levels are those of `self`: a token's reach narrows its owner's, it does not speak of levels.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let mut both = Map::new();
        for (kind, own) in &self.0 {
            let merged = match (own, other.0.get(kind)) {
                (_, None) => continue,
                (KindReach::All, Some(theirs)) => theirs.clone(),
                (own, Some(KindReach::All)) => own.clone(),
                (KindReach::Only(own), Some(KindReach::Only(theirs))) => {
                    let mut own = own.clone();
                    own.retain(|id, _| theirs.contains_key(id));
                    KindReach::Only(own)
                }
            };
            both.insert(kind.clone(), merged);
        }
        Self(both)
    }

    /// Does `self` reach everything `other` reaches?
    pub fn includes(&self, other: &Self) -> bool {
        other.0.iter().all(|(kind, theirs)| match (self.0.get(kind), theirs) {
            (Some(KindReach::All), _) => true,
            (_, KindReach::Only(ids)) if ids.is_empty() => true,
            (Some(KindReach::Only(own)), KindReach::Only(ids)) => ids.keys().all(|id| own.contains_key(id)),
            (Some(KindReach::Only(_)), KindReach::All) | (None, _) => false,
        })
    }
}
