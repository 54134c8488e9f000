//! Requests on tidy levels, matched on bits.
//!
//! Most requests are one group of positive counts on levels whose blocks neither overlap nor are cut by a block of the level above. Such a request needs to
//! know of each block of its last level only whether it is free as a whole: one place for each.

use std::ops::Range;

use super::places::Places;
use super::{Group, Level};
use crate::bits::{self, Stretch};
use crate::procset::ProcSet;
use crate::timeline::Fit;

/// How requests of one filter and the same levels are matched, whatever their counts.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The places that the filter selects; `None`: all.
    filter: Option<Vec<u64>>,
    tree: Tree,
}

/// What is below a block, or the root.
#[derive(Debug)]
enum Tree {
    /// The blocks of the level below, in order, by what is below them.
    Blocks(Vec<Tree>),
    /// The same where below each block there are blocks of the last level in one stretch.
    Stretches(Stretches),
    /// Blocks of the last level, ascending.
    Places(Vec<Stretch>),
}

/// Blocks of one stretch each.
#[derive(Debug)]
struct Stretches {
    blocks: Vec<Stretch>,
    /// For each block the first word that it touches, or one behind it does.
    begins: Vec<usize>,
    /// For each block the first one behind it that is not in the one word that all of it is in.
    behind: Vec<usize>,
}

impl Stretches {
    fn new(blocks: Vec<Stretch>) -> Self {
        let mut begins: Vec<usize> = blocks.iter().map(|block| block.words().start).collect();
        let mut first = usize::MAX;
        for begin in begins.iter_mut().rev() {
            first = first.min(*begin);
            *begin = first;
        }
        let mut behind = Vec::with_capacity(blocks.len());
        let (mut next, mut behind_next) = (None, blocks.len());
        for (number, block) in blocks.iter().enumerate().rev() {
            let word = block.only_word();
            behind_next = if word.is_some() && word == next { behind_next } else { number + 1 };
            behind.push(behind_next);
            next = word;
        }
        behind.reverse();
        Self { blocks, begins, behind }
    }

    /// The blocks from one on, with their numbers, but for those in a single word of which nothing is free: mostly there is nothing.
    #[inline]
    fn some_free<'s>(&'s self, mut number: usize, free: &'s [u64]) -> impl Iterator<Item = (usize, &'s Stretch)> {
        std::iter::from_fn(move || {
            loop {
                let block = self.blocks.get(number)?;
                let is_taken = block.only_word().is_some_and(|word| free.get(word).is_none_or(|word| *word == 0));
                if !is_taken {
                    number += 1;
                    return Some((number - 1, block));
                }
                number = *self.behind.get(number)?;
            }
        })
    }
}

impl Shape {
    /// The shape of a group, if it has one.
    pub fn of(group: &Group<'_>) -> Option<Self> {
        let places = group.places()?;
        let filtered = places.inside(group.filter);
        let is_all = matches!(filtered.as_slice(), [range] if *range == (0..places.count()));
        Some(Self {
            filter: (!is_all).then(|| bits::set(filtered, bits::words(places.count()))),
            tree: Tree::below(None, &group.levels, places)?,
        })
    }

    /// The places that the filter selects; `None`: all.
    pub fn filter(&self) -> Option<&[u64]> {
        self.filter.as_deref()
    }
}

impl Group<'_> {
    /// The places that a request of this kind is matched on, if its counts and blocks are plain.
    pub(crate) fn places(&self) -> Option<&Places> {
        let is_plain = self.levels.iter().all(|level| level.count.0 > 0 && !level.blocks.overlap());
        self.levels.last().filter(|_| is_plain)?.blocks.places().map(|places| &**places)
    }

    /// How many of each level, outermost first; more than there can be count as the most that can be.
    pub(crate) fn counts(&self) -> Vec<u32> {
        self.levels.iter().map(|level| u32::try_from(level.count.0).unwrap_or(u32::MAX)).collect()
    }
}

impl Tree {
    /// What is below a block (`None`: the root); `None` if it cuts a block of the last level.
    fn below(parent: Option<&ProcSet>, levels: &[Level<'_>], places: &Places) -> Option<Self> {
        let (level, below) = levels.split_first()?;
        if below.is_empty() {
            let Some(parent) = parent else { return Some(Self::Places(vec![Stretch::new(&(0..places.count()))])) };
            let inside = places.touched_ranges(parent);
            let is_cut = !places.resources(&inside).is_subset(parent);
            return (!is_cut).then(|| Self::Places(inside.iter().map(Stretch::new).collect()));
        }
        let inside = |block: &&ProcSet| parent.is_none_or(|parent| block.is_subset(parent));
        let blocks: Option<Vec<Self>> = match parent {
            None => level.blocks.as_slice().iter().map(|block| Self::below(Some(block), below, places)).collect(),
            Some(parent) => {
                let blocks = level.blocks.touching(parent).map(|(_, block)| block).filter(inside);
                blocks.map(|block| Self::below(Some(block), below, places)).collect()
            }
        };
        let blocks = blocks?;
        let stretches: Option<Vec<Stretch>> = blocks.iter().map(Self::single_stretch).collect();
        Some(stretches.map_or(Self::Blocks(blocks), |blocks| Self::Stretches(Stretches::new(blocks))))
    }

    fn single_stretch(&self) -> Option<Stretch> {
        match self {
            Self::Places(stretches) => match stretches.as_slice() {
                [stretch] => Some(stretch.clone()),
                _ => None,
            },
            Self::Blocks(_) | Self::Stretches(_) => None,
        }
    }

    fn fits(&self, free: &[u64], counts: &[u32]) -> bool {
        let Some((&count, below)) = counts.split_first() else { return false };
        let mut missing = count;
        match self {
            Self::Places(stretches) => stretches.iter().any(|stretch| {
                missing -= stretch.count_up_to(free, missing);
                missing == 0
            }),
            Self::Stretches(blocks) => blocks.some_free(0, free).any(|(_, block)| {
                missing -= u32::from(holds(block, free, below));
                missing == 0
            }),
            Self::Blocks(blocks) => blocks.iter().any(|block| {
                missing -= u32::from(block.fits(free, below));
                missing == 0
            }),
        }
    }

    /// How many outermost blocks fit.
    fn number(&self, free: &[u64], counts: &[u32]) -> u64 {
        let below = counts.get(1..).unwrap_or_default();
        match self {
            Self::Places(stretches) => {
                stretches.iter().map(|stretch| u64::from(stretch.count_up_to(free, u32::MAX))).sum()
            }
            Self::Stretches(blocks) => {
                blocks.some_free(0, free).filter(|(_, block)| holds(block, free, below)).count() as u64
            }
            Self::Blocks(blocks) => blocks.iter().filter(|block| block.fits(free, below)).count() as u64,
        }
    }

    /// Takes the first blocks that fit; nothing if they are too few.
    fn take(&self, free: &[u64], counts: &[u32], taken: &mut Vec<Range<u32>>) -> bool {
        let Some((&count, below)) = counts.split_first() else { return false };
        let before = (taken.len(), taken.last().cloned());
        let mut missing = count;
        let is_found = match self {
            Self::Places(stretches) => stretches.iter().any(|stretch| {
                missing -= stretch.take(free, missing, taken);
                missing == 0
            }),
            Self::Stretches(blocks) => blocks.some_free(0, free).any(|(_, block)| {
                if holds(block, free, below) {
                    missing -= 1;
                    block.take(free, below.first().copied().unwrap_or(0), taken);
                }
                missing == 0
            }),
            Self::Blocks(blocks) => blocks.iter().any(|block| {
                missing -= u32::from(block.take(free, below, taken));
                missing == 0
            }),
        };
        if !is_found {
            // The last range before may have grown.
            taken.truncate(before.0);
            if let (Some(last), Some(was)) = (taken.last_mut(), before.1) {
                *last = was;
            }
        }
        is_found
    }
}

/// Whether a block of one stretch has as many places as the last level asks for.
fn holds(block: &Stretch, free: &[u64], counts: &[u32]) -> bool {
    matches!(counts, [count] if block.count_up_to(free, *count) == *count)
}

/// A request of some shape.
#[derive(Debug)]
pub(crate) struct Wanted<'s> {
    shape: &'s Shape,
    counts: Vec<u32>,
    fewest: u32,
    kind: u32,
    wider: Option<u32>,
    /// The outermost blocks before this one do not do, since the last restart.
    first: usize,
    /// The most places of the last level that an outermost block had, of those looked at since the last restart.
    most: u32,
}

impl<'s> Wanted<'s> {
    /// `kind` is a number for all requests of the shape that differ in the count of the last level only.
    pub fn new(shape: &'s Shape, counts: Vec<u32>, kind: u32) -> Self {
        let fewest = counts.iter().fold(1, |fewest: u32, count| fewest.saturating_mul(*count));
        Self { shape, counts, fewest, kind, wider: None, first: 0, most: 0 }
    }

    /// The same, and the kind that asks for the same of more places.
    pub fn within(self, wider: Option<u32>) -> Self {
        Self { wider, ..self }
    }

    /// How many blocks of the outermost level do, if fewer than it needs.
    pub fn too_few(&self, free: &[u64]) -> Option<u64> {
        let number = self.shape.tree.number(free, &self.counts);
        self.counts.first().is_some_and(|needed| number < u64::from(*needed)).then_some(number)
    }

    /// The places that it takes of what is free, ascending.
    pub fn taken(&self, free: &[u64]) -> Option<Vec<Range<u32>>> {
        let mut taken = Vec::new();
        match (&self.shape.tree, self.counts.as_slice()) {
            (Tree::Stretches(blocks), [1, count]) => {
                let mut rest = blocks.some_free(self.first, free);
                let (_, block) = rest.find(|(_, block)| block.count_up_to(free, *count) == *count)?;
                block.take(free, *count, &mut taken);
            }
            (tree, counts) => {
                if !tree.take(free, counts, &mut taken) {
                    return None;
                }
            }
        }
        taken.sort_unstable_by_key(|range| range.start);
        Some(taken)
    }
}

impl Fit for Wanted<'_> {
    fn filter(&self) -> Option<&[u64]> {
        self.shape.filter()
    }

    fn fewest(&self) -> u32 {
        self.fewest
    }

    fn fits(&mut self, free: &[u64]) -> bool {
        let (found, behind) = match (&self.shape.tree, self.counts.as_slice()) {
            (Tree::Blocks(blocks), [1, below @ ..]) => {
                let rest = blocks.get(self.first..).unwrap_or_default();
                self.most = below.last().copied().unwrap_or(0).saturating_sub(1);
                let found = rest.iter().position(|block| block.fits(free, below));
                (found.map(|passed| self.first + passed), blocks.len())
            }
            (Tree::Stretches(blocks), [1, count]) => {
                let found = blocks.some_free(self.first, free).find(|(_, block)| {
                    let there = block.count_up_to(free, *count);
                    self.most = self.most.max(there);
                    there == *count
                });
                (found.map(|(number, _)| number), blocks.blocks.len())
            }
            (tree, counts) => {
                self.most = counts.last().copied().unwrap_or(0).saturating_sub(1);
                return tree.fits(free, counts);
            }
        };
        self.first = found.unwrap_or(behind);
        found.is_some()
    }

    fn restart(&mut self, first: u32) {
        // What was passed over has fewer than are wanted now.
        let less = self.counts.last().copied().unwrap_or(0).saturating_sub(1);
        (self.first, self.most) = (first as usize, if first > 0 { less } else { 0 });
    }

    fn first(&self) -> u32 {
        u32::try_from(self.first).unwrap_or(u32::MAX)
    }

    fn begins(&self) -> usize {
        match &self.shape.tree {
            Tree::Stretches(blocks) => blocks.begins.get(self.first).copied().unwrap_or(0),
            Tree::Blocks(_) | Tree::Places(_) => 0,
        }
    }

    fn kind(&self) -> Option<(u32, u32)> {
        self.counts.last().map(|count| (self.kind, *count))
    }

    fn wider(&self) -> Option<u32> {
        self.wider
    }

    fn most(&self) -> u32 {
        self.most
    }
}

#[cfg(test)]
mod tests;
