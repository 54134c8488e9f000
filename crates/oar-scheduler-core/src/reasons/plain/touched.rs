//! Which places the holds touch, and who touches a place.

use crate::bits::Part;

/// About so many cells.
const CELLS: u32 = 1024;

/// The places that the holds touch, by the rank of the hold and by place.
pub(super) struct Touched {
    /// One hold behind the other: they are looked at in this order.
    pieces: Vec<(u32, u64)>,
    /// For each rank where its pieces end.
    ends: Vec<usize>,
    /// The places of a cell: a power of two.
    cell: u32,
    /// The ranks of those who touch a cell, ascending; cell behind cell.
    by_cell: Vec<u32>,
    /// For each cell where its ranks end.
    cell_ends: Vec<usize>,
}

impl Touched {
    /// What the holds touch of so many places, in the order of their ranks.
    pub fn new(parts: impl Iterator<Item = Part>, places: u32) -> Self {
        let (mut pieces, mut ends) = (Vec::new(), Vec::new());
        for part in parts {
            pieces.extend_from_slice(part.pieces());
            ends.push(pieces.len());
        }
        let cell = places.div_ceil(CELLS).next_power_of_two();
        let mut touched = Self { pieces, ends, cell, by_cell: Vec::new(), cell_ends: Vec::new() };
        let mut by_cell: Vec<(u32, u32)> = Vec::new();
        for (rank, number) in (0..touched.len()).zip(0..) {
            by_cell.extend(touched.cells(touched.of(rank).iter().copied()).map(|cell| (cell, number)));
        }
        by_cell.sort_unstable();
        let cells = 0..places.div_ceil(cell);
        touched.cell_ends = cells.map(|cell| by_cell.partition_point(|(of, _)| *of <= cell)).collect();
        touched.by_cell = by_cell.into_iter().map(|(_, rank)| rank).collect();
        touched
    }

    /// How many holds there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// What the hold with this rank touches.
    pub fn of(&self, rank: usize) -> &[(u32, u64)] {
        slice(&self.pieces, &self.ends, rank)
    }

    /// The cells of these places, ascending.
    fn cells(&self, pieces: impl IntoIterator<Item = (u32, u64)>) -> impl Iterator<Item = u32> {
        let cell = self.cell;
        let mut last = None;
        let cells = pieces.into_iter().flat_map(move |(word, mut places)| {
            std::iter::from_fn(move || {
                let bit = (places != 0).then(|| places.trailing_zeros())?;
                // The other places of the cell.
                let behind = (bit / cell + 1).saturating_mul(cell);
                places = if behind < u64::BITS { places >> behind << behind } else { 0 };
                Some((word * u64::BITS + bit) / cell)
            })
        });
        cells.filter(move |cell| last.replace(*cell) != Some(*cell))
    }

    /// The ranks, descending, of those of the meant holds that touch the cells of these places; `None`: more holds than `most` would have to be looked at.
    pub fn few(&self, places: &[u64], most: usize, is_meant: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
        let pieces = || (0..).zip(places.iter().copied()).filter(|(_, places)| *places != 0);
        let of_cell = |cell: u32| slice(&self.by_cell, &self.cell_ends, cell as usize);
        let mut to_look_at = 0;
        for cell in self.cells(pieces()) {
            to_look_at += of_cell(cell).len();
            if to_look_at > most {
                return None;
            }
        }
        let touching = self.cells(pieces()).flat_map(of_cell).map(|rank| *rank as usize);
        let mut ranks: Vec<usize> = touching.filter(|rank| is_meant(*rank)).collect();
        ranks.sort_unstable_by(|one, other| other.cmp(one));
        ranks.dedup();
        Some(ranks)
    }
}

/// The part of a list that belongs to a number.
fn slice<'l, T>(list: &'l [T], ends: &[usize], number: usize) -> &'l [T] {
    let begin = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let end = ends.get(number).copied().unwrap_or(begin);
    list.get(begin..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;
    use crate::bits;

    /// Some ranges of places, ascending.
    fn some(random: &mut Rng, places: u32) -> Vec<std::ops::Range<u32>> {
        let mut bounds: Vec<u32> = (0..2 * random.usize(0..4)).map(|_| random.u32(0..=places)).collect();
        bounds.sort_unstable();
        bounds.chunks(2).map(|pair| pair[0]..pair[0] + (pair[1] - pair[0]) / 20).collect()
    }

    #[test]
    fn those_who_touch_a_place_are_found_by_its_cell() {
        let mut random = Rng::with_seed(11);
        for places in [1, 64, 1_000, 3_000, 40_000, 150_000, 150_001].repeat(20) {
            let holds: Vec<_> = (0..random.u32(1..50)).map(|_| some(&mut random, places)).collect();
            let touched = Touched::new(holds.iter().map(|ranges| Part::of(ranges.clone())), places);
            assert_eq!(touched.len(), holds.len());
            assert!((1..=CELLS).contains(&places.div_ceil(touched.cell)));
            for (rank, ranges) in holds.iter().enumerate() {
                assert_eq!(touched.of(rank), Part::of(ranges.clone()).pieces());
            }
            let asked = some(&mut random, places);
            let set = bits::set(asked.clone(), bits::words(places));
            let cells = |ranges: &[std::ops::Range<u32>]| {
                ranges
                    .iter()
                    .cloned()
                    .flatten()
                    .map(|place| place / touched.cell)
                    .collect::<std::collections::BTreeSet<_>>()
            };
            let meets = |rank: &usize| !cells(&asked).is_disjoint(&cells(&holds[*rank]));
            let meant = random.usize(0..50);
            let expected: Vec<usize> = (0..holds.len()).rev().filter(meets).filter(|rank| *rank < meant).collect();
            assert_eq!(touched.few(&set, usize::MAX, |rank| rank < meant), Some(expected));
            let to_look_at: usize = cells(&asked)
                .into_iter()
                .map(|cell| holds.iter().filter(|hold| cells(hold).contains(&cell)).count())
                .sum();
            assert!(touched.few(&set, to_look_at, |_| true).is_some());
            assert_eq!(to_look_at.checked_sub(1).and_then(|most| touched.few(&set, most, |_| true)), None);
        }
    }
}
