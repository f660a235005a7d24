//! The service beside a naive model of it, driven by the same random commands, equal after every step.
//!
//! `PROPTEST_CASES` sets how many runs each preset gets. What once failed is kept in `regressions/model.txt`.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::driver::{Driver, command};
use crate::naive::Command;
use crate::random::kept_in;
use crate::support;

const STEPS: usize = 60;

fn agree(preset: &'static str, commands: &[Command]) {
    support::run(async {
        let mut driver = Driver::new(preset).await;
        for (at, command) in commands.iter().enumerate() {
            driver.step(at, command).await;
        }
    });
}

proptest! {
    #![proptest_config(kept_in("tests/rust/regressions/model.txt", 96))]

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
