//! Any text as a resource set: what can be read is printed so that it reads as the same set.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oar_scheduler_core::ProcSet;

fuzz_target!(|text: &str| {
    if let Ok(set) = text.parse::<ProcSet>() {
        let printed = set.to_string();
        assert_eq!(printed.parse::<ProcSet>().as_ref(), Ok(&set));
        assert_eq!(set.ranges().map(|range| u64::from(range.end() - range.start()) + 1).sum::<u64>(), set.len());
        assert!(set.is_subset(&set) && set.difference(&set).is_empty() && set.union(&set) == set);
        assert!(printed.len() <= text.len());
    }
});
