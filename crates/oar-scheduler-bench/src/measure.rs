//! What a round costs.

use std::time::Duration;

use oar_scheduler_core::{NoHooks, Round, RoundError, Snapshot};
use rustix::time::{ClockId, clock_gettime};

/// Places all jobs of a snapshot. This is what is measured, and all that instructions are counted of: it stays a function of
/// its own.
///
/// # Errors
/// As [`Round::new`].
#[inline(never)]
pub(crate) fn place_all_groups(snapshot: &Snapshot) -> Result<Round<NoHooks>, RoundError> {
    let mut round = Round::new(snapshot, NoHooks)?;
    for group in &snapshot.groups {
        round.place_group(group);
    }
    Ok(round)
}

/// Does something, and tells how much CPU time this thread needed for it.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let before = cpu_time();
    let result = work();
    (result, cpu_time().saturating_sub(before))
}

fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// The CPU time of this process, of all its threads.
pub(crate) fn process_cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// The memory of this process, in bytes; 0 where the system does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    pub now: u64,
    pub peak: u64,
}

impl Memory {
    /// As it is.
    pub fn read() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self { now: bytes(&status, "VmRSS:"), peak: bytes(&status, "VmHWM:") }
    }
}

/// A line of `/proc/self/status` such as `VmRSS:     1234 kB`.
fn bytes(status: &str, name: &str) -> u64 {
    let value = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = value.and_then(|value| value.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes.map_or(0, |kibibytes| kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_process_status() {
        let status = "Name:\toar-bench\nVmHWM:\t    2048 kB\nVmRSS:\t     12 kB\n";
        assert_eq!(
            (bytes(status, "VmRSS:"), bytes(status, "VmHWM:"), bytes(status, "VmSwap:")),
            (12_288, 2_097_152, 0)
        );
        let memory = Memory::read();
        assert!(memory.now > 0 && memory.peak >= memory.now);
    }

    #[test]
    fn work_costs_time() {
        let (sum, time) = timed(|| (0..10_000_000_u64).fold(0, |sum, number| sum ^ std::hint::black_box(number)));
        assert!(sum < u64::MAX && time > Duration::ZERO);
    }
}
