/// A set of scopes as bits, numbered by the catalogue that made it. Sets of one catalogue have one length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeBits(Box<[u64]>);

impl ScopeBits {
    pub(super) fn none(scopes: usize) -> Self {
        Self(vec![0; scopes.div_ceil(64)].into_boxed_slice())
    }

    pub(super) fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Is the scope with this number in the set? False beyond the catalogue.
    #[inline]
    pub fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    pub(super) fn union(&mut self, other: &Self) {
        for (word, theirs) in self.0.iter_mut().zip(&other.0) {
            *word |= theirs;
        }
    }

    pub(super) fn intersect(&mut self, other: &Self) {
        for (word, theirs) in self.0.iter_mut().zip(&other.0) {
            *word &= theirs;
        }
    }

    /// Is everything in `other` also here?
    pub fn includes(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(own, theirs)| theirs & !own == 0)
    }

    /// The numbers in the set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.0.len() * 64).filter(|number| self.contains(*number))
    }
}
