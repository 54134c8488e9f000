//! Jobs by size.

use serde::Serialize;

/// Sizes that are told of together: 1, 2-4, 5-8, 9-16 and so on, in processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct SizeClass {
    /// The smallest size.
    pub from: u32,
    /// The largest size.
    pub to: u32,
}

impl SizeClass {
    /// The class of a size.
    pub fn of(size: u32) -> Self {
        match size {
            0 | 1 => Self { from: 1, to: 1 },
            2..=4 => Self { from: 2, to: 4 },
            _ => {
                let to = size.checked_next_power_of_two().unwrap_or(u32::MAX);
                let half = if to == u32::MAX { 1 << 31 } else { to / 2 };
                Self { from: half + 1, to }
            }
        }
    }

    /// `1`, `2-4`.
    pub fn name(self) -> String {
        if self.from == self.to { self.from.to_string() } else { format!("{}-{}", self.from, self.to) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_end_at_powers_of_two() {
        let sizes = [1, 2, 4, 5, 8, 9, 16, 17, 1024, 1025, u32::MAX];
        let names: Vec<String> = sizes.into_iter().map(|size| SizeClass::of(size).name()).collect();
        let expected = ["1", "2-4", "2-4", "5-8", "5-8", "9-16", "9-16", "17-32", "513-1024", "1025-2048"];
        assert_eq!(names[..10], expected);
        assert_eq!(names[10], "2147483649-4294967295");
    }
}
