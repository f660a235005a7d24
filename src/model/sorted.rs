//! Sets and maps as sorted vectors. They are small here (scopes, groups, the ids of a reach), and the trees of the
//! standard library, copied for every type of element, would be a third of the module a page loads.

/// A set, in order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Set<T>(Vec<T>);

/// A map, in order of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map<K, V>(Vec<(K, V)>);

/// A heap sort: the one of the standard library takes kilobytes for every type. What is in order already is left alone.
fn sort<T>(items: &mut [T], before: fn(&T, &T) -> bool) {
    if items.windows(2).all(|pair| matches!(pair, [a, b] if before(a, b))) {
        return;
    }
    let less = |items: &[T], a, b| matches!((items.get(a), items.get(b)), (Some(a), Some(b)) if before(a, b));
    let count = items.len();
    // First a heap is made of them, from the middle down; then its top goes behind it, again and again.
    for step in (0..count + count / 2).rev() {
        let (mut node, end) = if step < count {
            items.swap(0, step);
            (0, step)
        } else {
            (step - count, count)
        };
        loop {
            let mut child = 2 * node + 1;
            if child + 1 < end && less(items, child, child + 1) {
                child += 1;
            }
            if child >= end || !less(items, node, child) {
                break;
            }
            items.swap(node, child);
            node = child;
        }
    }
}

/// What `collect` makes, by one loop: the library's are two for every type of iterator, the first for the first element.
pub fn gathered<T>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut all = Vec::new();
    for item in items {
        all.push(item);
    }
    all
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Set<T> {
    /// Without an element.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The elements, in order.
    pub fn iter(&self) -> core::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// Keeps those that fit.
    pub fn retain(&mut self, fits: impl FnMut(&T) -> bool) {
        self.0.retain(fits);
    }
}

impl<T: Ord> Set<T> {
    fn find<Q: Ord + ?Sized>(&self, wanted: &Q) -> Result<usize, usize>
    where
        T: core::borrow::Borrow<Q>,
    {
        // What is built in order goes to the end.
        match self.0.last() {
            Some(last) if last.borrow() < wanted => Err(self.0.len()),
            _ => self.0.binary_search_by(|element| element.borrow().cmp(wanted)),
        }
    }

    /// Is it one of the elements?
    pub fn contains<Q: Ord + ?Sized>(&self, wanted: &Q) -> bool
    where
        T: core::borrow::Borrow<Q>,
    {
        self.find(wanted).is_ok()
    }

    /// Adds an element. `false`: it was there already.
    pub fn insert(&mut self, element: T) -> bool {
        match self.find(&element) {
            Ok(_) => false,
            Err(at) => {
                self.0.insert(at, element);
                true
            }
        }
    }

    /// Takes an element away. `false`: it was not there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, wanted: &Q) -> bool
    where
        T: core::borrow::Borrow<Q>,
    {
        match self.find(wanted) {
            Ok(at) => {
                self.0.remove(at);
                true
            }
            Err(_) => false,
        }
    }

    /// Are all elements also in the other one?
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|element| other.contains(element))
    }

    /// The elements the other one does not have.
    pub fn difference<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a T> {
        self.0.iter().filter(|element| !other.contains(*element))
    }
}

impl<K, V> Map<K, V> {
    /// Without an entry.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator + Clone {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| value)
    }

    /// Keeps the entries that fit.
    pub fn retain(&mut self, mut fits: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| fits(key, value));
    }
}

impl<K: Ord, V> Map<K, V> {
    fn find<Q: Ord + ?Sized>(&self, wanted: &Q) -> Result<usize, usize>
    where
        K: core::borrow::Borrow<Q>,
    {
        match self.0.last() {
            Some((last, _)) if last.borrow() < wanted => Err(self.0.len()),
            _ => self.0.binary_search_by(|(key, _)| key.borrow().cmp(wanted)),
        }
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, wanted: &Q) -> Option<&V>
    where
        K: core::borrow::Borrow<Q>,
    {
        let at = self.find(wanted).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// The value of a key, to change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, wanted: &Q) -> Option<&mut V>
    where
        K: core::borrow::Borrow<Q>,
    {
        let at = self.find(wanted).ok()?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    /// Is there such a key?
    pub fn contains_key<Q: Ord + ?Sized>(&self, wanted: &Q) -> bool
    where
        K: core::borrow::Borrow<Q>,
    {
        self.find(wanted).is_ok()
    }

    /// Sets a key's value and gives back the one before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => self.0.get_mut(at).map(|(_, old)| core::mem::replace(old, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes a key away.
    pub fn remove<Q: Ord + ?Sized>(&mut self, wanted: &Q) -> Option<V>
    where
        K: core::borrow::Borrow<Q>,
    {
        let at = self.find(wanted).ok()?;
        Some(self.0.remove(at).1)
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        for element in elements {
            self.insert(element);
        }
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut elements = gathered(elements);
        sort(&mut elements, |a, b| a < b);
        elements.dedup();
        Self(elements)
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for Set<T> {
    fn from(elements: [T; N]) -> Self {
        elements.into_iter().collect()
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

/// Of two entries with one key, either may stay.
impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut entries = gathered(entries);
        sort(&mut entries, |(a, _), (b, _)| a < b);
        entries.dedup_by(|(a, _), (b, _)| a == b);
        Self(entries)
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = core::iter::Map<core::slice::Iter<'a, (K, V)>, fn(&'a (K, V)) -> (&'a K, &'a V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::{Map, Set};

    proptest! {
        #[test]
        fn a_set_is_as_a_tree(built in prop::collection::vec(0u8..40, 0..60), steps in prop::collection::vec((any::<bool>(), 0u8..40), 0..60)) {
            let mut set: Set<u8> = built.iter().copied().collect();
            let mut tree: BTreeSet<u8> = built.into_iter().collect();
            for (insert, element) in steps {
                if insert {
                    prop_assert_eq!(set.insert(element), tree.insert(element));
                } else {
                    prop_assert_eq!(set.remove(&element), tree.remove(&element));
                }
                prop_assert_eq!(set.contains(&element), insert);
            }
            prop_assert!(set.iter().eq(tree.iter()));
            let odd: Set<u8> = set.iter().copied().filter(|element| element % 2 == 1).collect();
            prop_assert!(odd.is_subset(&set));
            prop_assert_eq!(set.is_subset(&odd), set.len() == odd.len());
            prop_assert!(set.difference(&odd).all(|element| element % 2 == 0));
        }

        #[test]
        fn a_map_is_as_a_tree(steps in prop::collection::vec((any::<bool>(), 0u8..20, any::<u8>()), 0..60)) {
            let mut map: Map<u8, u8> = Map::new();
            let mut tree: BTreeMap<u8, u8> = BTreeMap::new();
            for (insert, key, value) in steps {
                if insert {
                    prop_assert_eq!(map.insert(key, value), tree.insert(key, value));
                } else {
                    prop_assert_eq!(map.remove(&key), tree.remove(&key));
                }
                prop_assert_eq!(map.get(&key), tree.get(&key));
            }
            prop_assert!(map.iter().eq(tree.iter()));
            let shuffled: Map<u8, u8> = tree.into_iter().rev().collect();
            prop_assert_eq!(shuffled, map);
        }
    }
}
