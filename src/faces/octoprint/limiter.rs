use std::collections::HashMap;

use crate::model::Millis;

const MINUTE: Millis = 60_000;
/// Failures that fill a window, and how long it lasts from the first one (spec §3.7).
const WINDOWS: [(u32, Millis); 3] = [(3, MINUTE), (5, 10 * MINUTE), (10, 60 * MINUTE)];
/// Addresses that are remembered.
const ADDRESSES: usize = 4096;

/// Failed log-ins by address, in memory, in fixed windows.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    failures: HashMap<String, [(u32, Millis); 3]>,
}

impl Limiter {
    /// Is any window of this address full?
    pub(super) fn full(&self, address: &str, now: Millis) -> bool {
        self.failures.get(address).is_some_and(|counts| {
            counts
                .iter()
                .zip(WINDOWS)
                .any(|(&(count, began), (most, length))| count >= most && runs(began, length, now))
        })
    }

    pub(super) fn count(&mut self, address: &str, now: Millis) {
        if self.failures.len() >= ADDRESSES && !self.failures.contains_key(address) {
            self.forget(now);
        }
        let counts = self.failures.entry(address.to_owned()).or_insert([(0, now); 3]);
        for ((count, began), (_, length)) in counts.iter_mut().zip(WINDOWS) {
            if *count == 0 || !runs(*began, length, now) {
                (*count, *began) = (0, now);
            }
            *count = count.saturating_add(1);
        }
    }

    /// Drops what is over; where all still counts, the address whose longest window began first.
    fn forget(&mut self, now: Millis) {
        let over = |counts: &[(u32, Millis); 3]| {
            counts.iter().zip(WINDOWS).all(|(&(_, began), (_, length))| !runs(began, length, now))
        };
        self.failures.retain(|_, counts| !over(counts));
        if self.failures.len() >= ADDRESSES {
            let oldest = self.failures.iter().min_by_key(|(_, [.., (_, began)])| *began);
            if let Some(address) = oldest.map(|(address, _)| address.clone()) {
                self.failures.remove(&address);
            }
        }
    }
}

/// A clock that was set back ends a window: nobody is shut out for longer than it lasts.
fn runs(began: Millis, length: Millis, now: Millis) -> bool {
    now.checked_sub(began).is_some_and(|age| age < length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_in_a_minute_are_enough() {
        let mut limiter = Limiter::default();
        for at in [0, 10, 20] {
            assert!(!limiter.full("a", at));
            limiter.count("a", at);
        }
        assert!(limiter.full("a", 30) && !limiter.full("b", 30));
        assert!(!limiter.full("a", MINUTE));
        limiter.count("a", MINUTE);
        limiter.count("a", MINUTE + 1);
        assert!(limiter.full("a", 2 * MINUTE), "five within ten minutes");
        assert!(!limiter.full("a", 10 * MINUTE));
    }

    #[test]
    fn memory_is_bounded() {
        let mut limiter = Limiter::default();
        for number in 0..2 * ADDRESSES {
            limiter.count(&number.to_string(), number as Millis);
        }
        assert!(limiter.failures.len() <= ADDRESSES);
    }
}
