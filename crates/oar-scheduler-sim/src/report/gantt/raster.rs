//! Many bars as few rectangles: a raster whose cells each have the look of what covers most of them, equal neighbours merged.

/// The share of a cell that must be covered for it to be painted. What covers less adds up along a row, so that a row of jobs that are too
/// short to be seen is as dense as they are.
const COVERED: f32 = 0.5;
/// Bars at least this long, in cells, leave a gap before the next one.
const LONG: f64 = 12.0;
const GAP: f64 = 0.7;

/// A bar, in cells.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Strip {
    pub left: f64,
    pub right: f64,
    /// From where to where it is, from top to bottom.
    pub runs: Vec<(f64, f64)>,
    pub paint: usize,
}

/// A rectangle of cells of the same paint; right and bottom are excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Block {
    pub paint: usize,
    pub top: usize,
    pub left: usize,
    pub right: usize,
    pub bottom: usize,
}

/// The rectangles of `strips` on a raster, ascending; with so many paints.
pub(super) fn blocks(strips: &[Strip], columns: usize, rows: usize, paints: usize) -> Vec<Block> {
    let mut pieces: Vec<Piece<'_>> = strips.iter().flat_map(Piece::of).collect();
    pieces.sort_by(|a, b| a.top.total_cmp(&b.top));
    let mut pieces = pieces.into_iter().peekable();
    let mut current: Vec<Piece<'_>> = Vec::new();
    let mut cells = Cells { paints, cover: vec![0.0; columns * paints] };
    let mut open: Vec<Block> = Vec::new();
    let mut closed = Vec::new();
    for row in 0..rows {
        let (top, bottom) = (row as f64, (row + 1) as f64);
        current.retain(|piece| piece.bottom > top);
        while let Some(piece) = pieces.next_if(|piece| piece.top < bottom) {
            current.push(piece);
        }
        for piece in &current {
            let share = piece.bottom.min(bottom) - piece.top.max(top);
            cells.cover(piece.strip, share as f32);
        }
        let found = cells.take_runs(row);
        let mut found = found.into_iter().peekable();
        let mut next = Vec::new();
        for mut block in open {
            while let Some(new) = found.next_if(|new| new.left < block.left) {
                next.push(new);
            }
            let same = |new: &Block| (new.left, new.right, new.paint) == (block.left, block.right, block.paint);
            if found.next_if(same).is_some() {
                block.bottom = row + 1;
                next.push(block);
            } else {
                closed.push(block);
            }
        }
        next.extend(found);
        open = next;
    }
    closed.extend(open);
    closed.sort_unstable();
    closed
}

/// A run of rows of a strip.
struct Piece<'a> {
    strip: &'a Strip,
    top: f64,
    bottom: f64,
}

impl<'a> Piece<'a> {
    fn of(strip: &'a Strip) -> impl Iterator<Item = Self> {
        strip.runs.iter().map(move |&(top, bottom)| Self { strip, top, bottom })
    }
}

/// A row of cells.
struct Cells {
    paints: usize,
    /// What share of each cell is covered, by paint.
    cover: Vec<f32>,
}

impl Cells {
    fn cover(&mut self, strip: &Strip, share: f32) {
        let gap = if strip.right - strip.left >= LONG { GAP } else { 0.0 };
        let (left, right) = (strip.left.max(0.0), strip.right - gap);
        let mut column = left.floor();
        while column < right {
            let part = (right.min(column + 1.0) - left.max(column)) as f32;
            let Some(cell) = self.cover.get_mut(column as usize * self.paints + strip.paint) else { return };
            *cell += part * share;
            column += 1.0;
        }
    }

    /// The painted runs of the row, which is empty afterwards.
    fn take_runs(&mut self, row: usize) -> Vec<Block> {
        let mut runs: Vec<Block> = Vec::new();
        let mut carried = 0.0_f32;
        for (column, cell) in self.cover.chunks_mut(self.paints.max(1)).enumerate() {
            let total: f32 = cell.iter().sum();
            if total <= 0.0 {
                continue;
            }
            let most = cell
                .iter()
                .enumerate()
                .fold((0, 0.0), |most, (paint, &share)| if share > most.1 { (paint, share) } else { most });
            cell.fill(0.0);
            if total >= COVERED {
                carried = 0.0;
            } else {
                carried += total;
                if carried < COVERED {
                    continue;
                }
                carried -= 1.0;
            }
            match runs.last_mut() {
                Some(run) if run.right == column && run.paint == most.0 => run.right += 1,
                _ => runs.push(Block { paint: most.0, top: row, left: column, right: column + 1, bottom: row + 1 }),
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(paint: usize, left: f64, right: f64, top: f64, bottom: f64) -> Strip {
        Strip { left, right, runs: vec![(top, bottom)], paint }
    }

    fn block(paint: usize, (left, right): (usize, usize), (top, bottom): (usize, usize)) -> Block {
        Block { paint, top, left, right, bottom }
    }

    #[test]
    fn a_bar_is_one_rectangle_and_equal_neighbours_are_merged() {
        let strips = [strip(0, 1.0, 4.0, 0.0, 3.0), strip(0, 4.0, 6.0, 0.0, 3.0), strip(1, 6.0, 8.0, 1.0, 2.0)];
        assert_eq!(blocks(&strips, 10, 3, 2), [block(0, (1, 6), (0, 3)), block(1, (6, 8), (1, 2))]);
    }

    #[test]
    fn long_bars_of_one_paint_stay_apart() {
        let strips = [strip(0, 0.0, 20.0, 0.0, 1.0), strip(0, 20.0, 40.0, 0.0, 1.0)];
        assert_eq!(blocks(&strips, 50, 1, 1), [block(0, (0, 19), (0, 1)), block(0, (20, 39), (0, 1))]);
    }

    #[test]
    fn what_is_too_short_to_be_seen_is_as_dense_as_it_is() {
        // A tenth of each cell is covered.
        let strips: Vec<Strip> = (0..1000).map(|at| strip(0, f64::from(at), f64::from(at) + 0.1, 0.0, 1.0)).collect();
        let painted: usize = blocks(&strips, 1000, 1, 1).iter().map(|block| block.right - block.left).sum();
        assert!((95..=105).contains(&painted), "{painted}");
    }

    #[test]
    fn the_look_of_the_largest_part_wins() {
        let strips = [strip(0, 0.0, 1.0, 0.0, 0.4), strip(1, 0.0, 1.0, 0.4, 1.0)];
        assert_eq!(blocks(&strips, 1, 1, 2), [block(1, (0, 1), (0, 1))]);
    }
}
