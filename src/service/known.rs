use std::rc::Rc;

use super::resolve::Resolved;
use crate::model::Digest;
use crate::model::sorted::Map;

/// Credentials whose rights are kept, as long as no record behind them changes.
const RESOLVED: usize = 8192;
const PARTS: usize = 256;

/// Resolved credentials by the digest of their value. Digests are spread evenly, so that each part, by the first byte,
/// stays short.
#[derive(Debug, Default)]
pub(super) struct Known {
    parts: Vec<Map<Digest, Rc<Resolved>>>,
    count: usize,
}

impl Known {
    pub(super) fn get(&self, digest: &Digest) -> Option<Rc<Resolved>> {
        self.parts.get(part(digest))?.get(digest).cloned()
    }

    pub(super) fn insert(&mut self, digest: Digest, resolved: Rc<Resolved>) {
        if self.count >= RESOLVED || self.parts.is_empty() {
            // A session may still have one: were it taken up from there, its last use would not be seen from here.
            for (_, resolved) in self.parts.iter().flat_map(Map::iter) {
                resolved.held.set(None);
            }
            self.parts = (0..PARTS).map(|_| Map::new()).collect();
            self.count = 0;
        }
        if let Some(part) = self.parts.get_mut(part(&digest))
            && part.insert(digest, resolved).is_none()
        {
            self.count += 1;
        }
    }
}

fn part(Digest([first, ..]): &Digest) -> usize {
    usize::from(*first)
}
