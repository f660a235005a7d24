//! The service beside a naive model of it, driven by the same random commands, equal after every step.
//!
//! `PROPTEST_CASES` sets how many runs each preset gets. What once failed is kept in `regressions/model.txt`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a test stops where something is wrong"
)]

mod driver;
mod invariants;
mod naive;
mod support;

use driver::{Driver, command};
use naive::Command;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

const STEPS: usize = 60;

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(96);
    ProptestConfig {
        cases,
        max_shrink_iters: 4000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/rust/regressions/model.txt",
        ))),
        ..ProptestConfig::default()
    }
}

fn agree(preset: &'static str, commands: &[Command]) {
    support::run(async {
        let mut driver = Driver::new(preset).await;
        for (at, command) in commands.iter().enumerate() {
            driver.step(at, command).await;
        }
    });
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn doorward(commands in vec(command(), 1..STEPS)) {
        agree("doorward", &commands);
    }

    #[test]
    fn octoprint(commands in vec(command(), 1..STEPS)) {
        agree("octoprint", &commands);
    }

    #[test]
    fn nymea(commands in vec(command(), 1..STEPS)) {
        agree("nymea", &commands);
    }

    #[test]
    fn devicehive(commands in vec(command(), 1..STEPS)) {
        agree("devicehive", &commands);
    }
}
