//! Any bytes as a plan: what can be read can be written, and reads as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oar_scheduler_core::Plan;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(plan) = Plan::from_json(bytes) {
        let written = serde_json::to_string(&plan).expect("a plan can be written");
        let again = Plan::from_json(written.as_bytes()).expect("a written plan can be read");
        assert_eq!(serde_json::to_string(&again).expect("a plan can be written"), written);
    }
});
