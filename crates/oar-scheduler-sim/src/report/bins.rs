//! Levels over time, cut into bins.

/// Time cut into bins, and in each the time-weighted mean of a level that intervals raise.
#[derive(Debug, Clone)]
pub(super) struct Bins {
    edges: Vec<f64>,
    /// Level times seconds, of intervals that begin or end in the bin.
    parts: Vec<f64>,
    /// By how much the level of intervals that cover whole bins changes with this one.
    changes: Vec<f64>,
}

impl Bins {
    /// Bins between these instants, which ascend strictly.
    pub fn new(edges: Vec<f64>) -> Self {
        let count = edges.len();
        Self { edges, parts: vec![0.0; count], changes: vec![0.0; count] }
    }

    /// Raises the level by `weight` from one instant to another. What is outside all bins does not count.
    pub fn add(&mut self, from: f64, to: f64, weight: f64) {
        let (Some(&first), Some(&last)) = (self.edges.first(), self.edges.last()) else { return };
        let (from, to) = (from.max(first), to.min(last));
        if from >= to {
            return;
        }
        let begin = self.edges.partition_point(|edge| *edge <= from);
        let end = self.edges.partition_point(|edge| *edge < to);
        if begin == end {
            self.add_part(begin, weight * (to - from));
            return;
        }
        let edge = |at: usize| self.edges.get(at).copied().unwrap_or(last);
        let (head, tail) = (edge(begin) - from, to - edge(end.saturating_sub(1)));
        self.add_part(begin, weight * head);
        self.add_part(end, weight * tail);
        for (at, change) in [(begin, weight), (end.saturating_sub(1), -weight)] {
            if let Some(found) = self.changes.get_mut(at) {
                *found += change;
            }
        }
    }

    /// Adds to the bin that ends at an edge.
    fn add_part(&mut self, end: usize, part: f64) {
        if let Some(found) = end.checked_sub(1).and_then(|bin| self.parts.get_mut(bin)) {
            *found += part;
        }
    }

    /// The time-weighted mean of each bin.
    pub fn means(&self) -> Vec<f64> {
        let mut level = 0.0;
        let bins = self.edges.iter().zip(self.edges.iter().skip(1));
        let sums = self.parts.iter().zip(&self.changes);
        bins.zip(sums)
            .map(|((from, to), (part, change))| {
                level += change;
                (level + part / (to - from)).max(0.0)
            })
            .collect()
    }
}

/// The highest level of each bin, given intervals `(from, to, weight)`.
pub(super) fn peaks(edges: &[f64], intervals: &[(f64, f64, f64)]) -> Vec<f64> {
    let intervals = intervals.iter().filter(|(from, to, _)| from < to);
    let mut events: Vec<(f64, f64)> =
        intervals.flat_map(|&(from, to, weight)| [(from, weight), (to, -weight)]).collect();
    events.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut events = events.into_iter().peekable();
    let mut level = 0.0_f64;
    let bins = edges.iter().zip(edges.iter().skip(1));
    bins.map(|(&from, &to)| {
        while let Some((_, change)) = events.next_if(|(at, _)| *at <= from) {
            level += change;
        }
        let mut peak = level;
        while let Some((at, change)) = events.next_if(|(at, _)| *at < to) {
            level += change;
            // What begins at the instant at which something else ends does not come on top of it.
            if events.peek().is_none_or(|(next, _)| *next > at) {
                peak = peak.max(level);
            }
        }
        peak.max(0.0)
    })
    .collect()
}

/// The edges of `count` bins of the same length from 0 to `seconds`.
pub(super) fn even(seconds: f64, count: u32) -> Vec<f64> {
    let count = count.max(1);
    (0..=count).map(|at| seconds * f64::from(at) / f64::from(count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_weighs_levels_by_their_time() {
        let mut bins = Bins::new(vec![0.0, 10.0, 20.0, 40.0]);
        bins.add(5.0, 30.0, 4.0);
        bins.add(12.0, 14.0, 10.0);
        // 4 over half of 10; 4 throughout and 10 over 2 of 10; 4 over 10 of 20.
        assert_eq!(bins.means(), [2.0, 6.0, 2.0]);
    }

    #[test]
    fn intervals_that_end_at_edges_stay_within_their_bins() {
        let mut bins = Bins::new(vec![0.0, 10.0, 20.0, 30.0]);
        bins.add(10.0, 20.0, 3.0);
        assert_eq!(bins.means(), [0.0, 3.0, 0.0]);
        bins.add(-5.0, 99.0, 1.0);
        assert_eq!(bins.means(), [1.0, 4.0, 1.0]);
        bins.add(7.0, 7.0, 100.0);
        assert_eq!(bins.means(), [1.0, 4.0, 1.0]);
    }

    #[test]
    fn a_peak_is_the_highest_level_that_lasts() {
        let edges = [0.0, 10.0, 20.0, 30.0];
        let intervals = [(2.0, 5.0, 3.0), (5.0, 12.0, 2.0), (4.0, 5.0, 1.0), (15.0, 15.0, 9.0)];
        // 3 from 2, 4 from 4, 2 from 5 to 12.
        assert_eq!(peaks(&edges, &intervals), [4.0, 2.0, 0.0]);
    }

    #[test]
    fn no_bins_and_empty_input_are_fine() {
        let mut bins = Bins::new(Vec::new());
        bins.add(0.0, 1.0, 1.0);
        assert!(bins.means().is_empty() && peaks(&[], &[(0.0, 1.0, 1.0)]).is_empty());
        assert_eq!(even(10.0, 2), [0.0, 5.0, 10.0]);
    }
}
