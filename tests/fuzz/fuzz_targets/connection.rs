#![no_main]

#[path = "../../rust/targets/mod.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::connections::stream(bytes));
