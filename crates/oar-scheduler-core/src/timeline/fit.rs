//! The search for the first window in which something fits.
//!
//! What fits is monotone: what does not fit into a set does not fit into a part of it. So when a window fails because of what is free from one slot to
//! another, every window that contains both fails too, and the search goes on behind the first of the two.

use super::{At, Timeline};
use crate::units::{Seconds, Time};

/// What is to be fitted into the free places of a window. Monotone: what does not fit into a set does not fit into its subsets.
pub(crate) trait Fit {
    /// Places that matter, as words; `None`: all.
    fn filter(&self) -> Option<&[u64]>;

    /// It needs so many places at least.
    fn fewest(&self) -> u32;

    /// Whether it fits into this set, which lies within the filter. Until the next `restart`, sets only become smaller.
    fn fits(&mut self, free: &[u64]) -> bool;

    /// The next set will be any.
    fn restart(&mut self);
}

/// Memory that searches use one after the other.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// What is free in the window so far.
    free: Vec<u64>,
    /// The same, backwards from where the window fails.
    back: Vec<u64>,
    next: Vec<u64>,
    /// How many windows were looked at.
    windows: u64,
}

impl Scratch {
    /// What is free in the window that was found, within the filter.
    pub fn free(&self) -> &[u64] {
        &self.free
    }

    /// How many windows all searches looked at.
    pub fn windows(&self) -> u64 {
        self.windows
    }
}

impl Timeline {
    /// The first start from `from` on of a window that ends no later than `horizon` and in which `fit` fits. What is free in it is then in
    /// `scratch`.
    pub fn first_fit(
        &self,
        from: Time,
        window: Seconds,
        horizon: Time,
        fit: &mut impl Fit,
        scratch: &mut Scratch,
    ) -> Option<Time> {
        let mut start = from;
        let mut first = self.containing(start);
        'start: loop {
            first = self.first_with(first, fit.fewest())?;
            let slot = self.slot(first)?;
            start = start.max(slot.begin);
            if start.end_of(window) > horizon {
                return None;
            }
            scratch.windows += 1;
            slot.free.copy_to(&mut scratch.free);
            keep(&mut scratch.free, fit.filter());
            fit.restart();
            if !fit.fits(&scratch.free) {
                first = self.next(first)?;
                continue;
            }
            let mut last = first;
            // The window grows slot by slot; when something is missing, its beginning moves on.
            loop {
                let end = start.end_of(window);
                if end > horizon {
                    return None;
                }
                let Some(at) = self.next(last).filter(|at| self.slot(*at).is_some_and(|slot| slot.begin <= end)) else {
                    return Some(start);
                };
                if at.1 == 0
                    && let Some(skipped) = self.skip(at, end, fit, scratch)
                {
                    last = skipped;
                    continue;
                }
                let (Some(slot), Some(before)) = (self.slot(at), self.slot(last)) else { return None };
                if slot.count < fit.fewest() {
                    first = self.next(at)?;
                    continue 'start;
                }
                if slot.free.keep_in(&mut scratch.free, Some(&before.free)) && !fit.fits(&scratch.free) {
                    let Some(new_first) = self.first_that_fits(first, at, fit, scratch) else {
                        first = self.next(at)?;
                        continue 'start;
                    };
                    scratch.windows += 1;
                    first = new_first;
                    start = self.slot(first)?.begin;
                }
                last = at;
            }
        }
    }

    /// The first slot from `at` on with so many places.
    fn first_with(&self, mut at: At, number: u32) -> Option<At> {
        loop {
            let chunk = self.chunks.get(at.0)?;
            if chunk.most >= number
                && let Some(found) = chunk.slots.iter().skip(at.1).position(|slot| slot.count >= number)
            {
                return Some(At(at.0, at.1 + found));
            }
            at = At(at.0 + 1, 0);
        }
    }

    /// If the chunk that begins at `at` lies within the window, and what is free in all of it is enough: takes all of it at once, and returns its last slot.
    fn skip(&self, at: At, end: Time, fit: &mut impl Fit, scratch: &mut Scratch) -> Option<At> {
        let chunk = self.chunks.get(at.0)?;
        let last = At(at.0, chunk.slots.len().checked_sub(1)?);
        if last == at || self.end_of(last) > end {
            return None;
        }
        scratch.next.clone_from(&scratch.free);
        keep(&mut scratch.next, Some(&chunk.all));
        if scratch.next != scratch.free {
            if !fit.fits(&scratch.next) {
                // It is asked about a larger set next.
                fit.restart();
                return None;
            }
            std::mem::swap(&mut scratch.next, &mut scratch.free);
        }
        Some(last)
    }

    /// The first slot, behind `first`, from which to `last` it fits; what is free from there to `last` is then in `scratch`. From `first` it does not.
    fn first_that_fits(&self, first: At, last: At, fit: &mut impl Fit, scratch: &mut Scratch) -> Option<At> {
        let slot = self.slot(last)?;
        slot.free.copy_to(&mut scratch.back);
        keep(&mut scratch.back, fit.filter());
        fit.restart();
        if !fit.fits(&scratch.back) {
            return None;
        }
        let (mut found, mut done) = (last, &slot.free);
        for at in self.back_from(last).skip(1).take_while(|at| *at > first) {
            let slot = self.slot(at)?;
            if slot.count < fit.fewest() {
                break;
            }
            scratch.next.clone_from(&scratch.back);
            if slot.free.keep_in(&mut scratch.next, Some(done)) {
                if !fit.fits(&scratch.next) {
                    break;
                }
                std::mem::swap(&mut scratch.next, &mut scratch.back);
            }
            (found, done) = (at, &slot.free);
        }
        std::mem::swap(&mut scratch.free, &mut scratch.back);
        fit.restart();
        Some(found)
    }
}

/// Keeps in `words` what is in the filter.
fn keep(words: &mut [u64], filter: Option<&[u64]>) {
    for (word, filter) in words.iter_mut().zip(filter.unwrap_or_default()) {
        *word &= filter;
    }
}
