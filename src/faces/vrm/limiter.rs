use std::collections::HashMap;

use crate::model::Millis;

/// Requests that are let through at once (spec §1.6).
const WINDOW: u64 = 200;
/// Time after which one slot is free again.
const SLOT: Millis = 333;
/// Credentials and addresses that are remembered.
const KEYS: usize = 4096;

/// Requests by credential or address, in memory: for each, the time at which all its slots are free.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    free: HashMap<String, Millis>,
}

impl Limiter {
    /// Takes a slot.
    ///
    /// # Errors
    /// Seconds to wait, where none is free
    pub(super) fn take(&mut self, key: String, now: Millis) -> Result<(), u64> {
        if self.free.len() >= KEYS && !self.free.contains_key(&key) {
            self.forget(now);
        }
        let free = self.free.entry(key).or_insert(now);
        // A clock that was set back shuts nobody out for longer than a full window lasts.
        if *free < now || *free > now.saturating_add(WINDOW * SLOT) {
            *free = now;
        }
        let latest = now.saturating_add((WINDOW - 1) * SLOT);
        if *free > latest {
            return Err((*free - latest).div_ceil(1000));
        }
        *free = free.saturating_add(SLOT);
        Ok(())
    }

    /// Drops those that have all their slots; where none has, the one that is nearest to it.
    fn forget(&mut self, now: Millis) {
        self.free.retain(|_, free| *free > now);
        if self.free.len() >= KEYS {
            let nearest = self.free.iter().min_by_key(|(_, free)| **free).map(|(key, _)| key.clone());
            if let Some(key) = nearest {
                self.free.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hundred_and_then_three_a_second() {
        let mut limiter = Limiter::default();
        let mut take = |now| limiter.take("a".into(), now);
        for at in 0..WINDOW {
            assert_eq!(take(1_000_000), Ok(()), "{at}");
        }
        assert_eq!(take(1_000_000), Err(1));
        assert_eq!([take(1_000_333), take(1_000_333)], [Ok(()), Err(1)]);
        let later = (0..10).filter(|_| take(1_001_400).is_ok()).count();
        assert_eq!(later, 3);
        assert_eq!(take(5), Ok(()), "the clock was set back");
    }

    #[test]
    fn memory_is_bounded() {
        let mut limiter = Limiter::default();
        for number in 0..2 * KEYS {
            let _ = limiter.take(number.to_string(), 1);
        }
        assert!(limiter.free.len() <= KEYS);
    }
}
