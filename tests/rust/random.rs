//! How many cases a random test gets, and where it keeps those that once failed.

use proptest::test_runner::{Config, FileFailurePersistence};

/// `PROPTEST_CASES` where it is set; or else `usual`.
pub fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Nothing is kept of a failure but what it prints.
pub fn config(usual: u32) -> Config {
    Config { cases: cases(usual), failure_persistence: None, ..Config::default() }
}

/// A failure is kept in `file` and tried first from then on.
pub fn kept_in(file: &'static str, usual: u32) -> Config {
    let file = FileFailurePersistence::Direct(file);
    Config { max_shrink_iters: 4000, failure_persistence: Some(Box::new(file)), ..config(usual) }
}
