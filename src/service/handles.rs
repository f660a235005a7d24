//! Resources by handle, with a bit each: within reach or not.
//!
//! A table of its own: the library's, with its keyed hash, is copied for every type it meets, and would keep each name
//! twice.

/// The handles of one session, in the order they were given out.
#[derive(Debug, Default)]
pub(super) struct Handles {
    names: Vec<(Box<str>, Box<str>)>,
    within: Vec<u64>,
    /// Handles plus one, where their names' hash puts them or in the next free place; 0 is free. The length is a power
    /// of two, and half of them at least are free.
    places: Vec<u32>,
}

/// FNV-1a. What separates the two parts is in no kind.
fn hash(kind: &str, id: &str) -> usize {
    let bytes = kind.bytes().chain([0]).chain(id.bytes());
    bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) as usize
}

impl Handles {
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The handle of a resource, if it has one.
    pub(super) fn get(&self, kind: &str, id: &str) -> Option<u32> {
        self.places.get(self.place(kind, id))?.checked_sub(1)
    }

    /// Where a resource is, or would be.
    fn place(&self, kind: &str, id: &str) -> usize {
        let last = self.places.len().wrapping_sub(1);
        let mut at = hash(kind, id) & last;
        while let Some(handle) = self.places.get(at).and_then(|place| place.checked_sub(1)) {
            if self.names.get(handle as usize).is_some_and(|name| *name.0 == *kind && *name.1 == *id) {
                break;
            }
            at = (at + 1) & last;
        }
        at
    }

    /// A handle for a resource that has none.
    pub(super) fn add(&mut self, kind: &str, id: &str, within: bool) -> u32 {
        let number = self.names.len();
        self.names.push((kind.into(), id.into()));
        self.mark(number, within);
        if self.places.len() <= number * 2 {
            // Twice the room, and all in it anew; this one among them.
            self.places = vec![0; (number * 4).max(16)];
            for number in 0..number {
                self.put(number);
            }
        }
        self.put(number)
    }

    fn put(&mut self, number: usize) -> u32 {
        let handle = u32::try_from(number).unwrap_or(u32::MAX);
        if let Some((kind, id)) = self.names.get(number) {
            let at = self.place(kind, id);
            if let Some(place) = self.places.get_mut(at) {
                *place = handle + 1;
            }
        }
        handle
    }

    /// Looks again at what is within reach.
    pub(super) fn renew(&mut self, covers: impl Fn(&str, &str) -> bool) {
        self.within.clear();
        let names = core::mem::take(&mut self.names);
        for (handle, (kind, id)) in names.iter().enumerate() {
            self.mark(handle, covers(kind, id));
        }
        self.names = names;
    }

    fn mark(&mut self, handle: usize, within: bool) {
        let word = handle / 64;
        if self.within.len() <= word {
            self.within.resize(word + 1, 0);
        }
        if let Some(word) = self.within.get_mut(word).filter(|_| within) {
            *word |= 1 << (handle % 64);
        }
    }

    #[inline]
    pub(super) fn holds(&self, handle: u32) -> bool {
        self.within.get(handle as usize / 64).is_some_and(|word| word & (1 << (handle % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::Handles;

    proptest! {
        #[test]
        fn handles_are_as_a_map(ids in prop::collection::vec("[a-c]{0,4}", 0..200)) {
            let mut handles = Handles::default();
            let mut map: HashMap<(&str, &str), u32> = HashMap::new();
            for (at, id) in ids.iter().enumerate() {
                let (kind, id) = id.split_at(id.len() / 2);
                prop_assert_eq!(handles.get(kind, id), map.get(&(kind, id)).copied());
                if handles.get(kind, id).is_none() {
                    let within = at % 3 == 0;
                    let handle = handles.add(kind, id, within);
                    prop_assert_eq!(handle as usize, map.len());
                    prop_assert_eq!(handles.holds(handle), within);
                    map.insert((kind, id), handle);
                }
                prop_assert_eq!(handles.len(), map.len());
            }
            for ((kind, id), handle) in map {
                prop_assert_eq!(handles.get(kind, id), Some(handle));
            }
        }
    }
}
