//! Figures with their units.

use oar_scheduler_sim::numbers::short;

/// A duration in seconds, in the unit that suits it.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        much @ 0.9995.. => format!("{} s", short(much)),
        some @ 0.000_999_5.. => format!("{} ms", short(some * 1e3)),
        little => format!("{} µs", short(little * 1e6)),
    }
}

/// A number of bytes, in the unit that suits it.
pub(crate) fn memory(bytes: u64) -> String {
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    if mebibytes < 1024.0 { format!("{} MiB", short(mebibytes)) } else { format!("{} GiB", short(mebibytes / 1024.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_suit_the_size() {
        assert_eq!([0.000_002, 0.0123, 1.5, 226.0].map(seconds), ["2.00 µs", "12.3 ms", "1.50 s", "226 s"]);
        assert_eq!([0, 1 << 20, 311 << 20, 3 << 29].map(memory), ["0.00 MiB", "1.00 MiB", "311 MiB", "1.50 GiB"]);
    }
}
