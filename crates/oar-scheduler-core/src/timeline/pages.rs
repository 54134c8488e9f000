//! What is free in a slot: a set of places in pages, which neighbouring slots share as long as they agree.

use std::sync::Arc;

/// The words of a page.
const PAGE: usize = 64;

/// A set of places. Cheap to clone; a page is copied when it changes and somebody else has it too.
#[derive(Debug, Clone)]
pub(super) struct Pages {
    pages: Vec<Page>,
}

type Page = Arc<[u64]>;

/// Takes one part away from sets that follow each other, so that they share afterwards what they shared before.
#[derive(Debug)]
pub(super) struct Removal<'p> {
    /// By page: its number, and the words in it with the bits to go.
    pages: Vec<(usize, &'p [(u32, u64)])>,
    /// What became of each page last: the page before, the page after, and how many places went.
    last: Vec<Option<(Page, Page, u32)>>,
}

impl<'p> Removal<'p> {
    /// Takes away the bits of these words, which ascend.
    pub fn new(pieces: &'p [(u32, u64)]) -> Self {
        let by_page = pieces.chunk_by(|one, next| one.0 as usize / PAGE == next.0 as usize / PAGE);
        let pages: Vec<_> = by_page.filter_map(|pieces| Some((pieces.first()?.0 as usize / PAGE, pieces))).collect();
        Self { last: vec![None; pages.len()], pages }
    }
}

/// Whether a page has one of these bits.
fn meets(page: &[u64], pieces: &[(u32, u64)]) -> bool {
    pieces.iter().any(|&(word, mask)| page.get(word as usize % PAGE).is_some_and(|word| word & mask != 0))
}

/// Clears bits in a page, and tells how many there were.
fn clear(page: &mut [u64], pieces: &[(u32, u64)]) -> u32 {
    let mut gone = 0;
    for &(word, mask) in pieces {
        if let Some(word) = page.get_mut(word as usize % PAGE) {
            gone += (*word & mask).count_ones();
            *word &= !mask;
        }
    }
    gone
}

impl Pages {
    /// The set of these words. Pages that another set, if there is one, has too are shared.
    pub fn new(words: &[u64], other: Option<&Self>) -> Self {
        let mut others = other.map(|other| other.pages.as_slice()).unwrap_or_default().iter();
        let page = |page: &[u64]| match others.next() {
            Some(other) if **other == *page => Arc::clone(other),
            _ => Arc::from(page),
        };
        Self { pages: words.chunks(PAGE).map(page).collect() }
    }

    /// One of its words.
    pub fn word(&self, word: u32) -> u64 {
        let page = self.pages.get(word as usize / PAGE);
        page.and_then(|page| page.get(word as usize % PAGE)).copied().unwrap_or(0)
    }

    /// Takes a part away, and tells how many places there were of it.
    pub fn remove(&mut self, removal: &mut Removal<'_>) -> u32 {
        let mut gone = 0;
        for (&(number, pieces), last) in removal.pages.iter().zip(&mut removal.last) {
            let Some(page) = self.pages.get_mut(number).filter(|page| meets(page, pieces)) else { continue };
            if let Some(own) = Arc::get_mut(page) {
                gone += clear(own, pieces);
                continue;
            }
            match last {
                Some((before, after, went)) if Arc::ptr_eq(before, page) => {
                    *page = Arc::clone(after);
                    gone += *went;
                }
                _ => {
                    let mut after: Page = Arc::from(&**page);
                    let went = Arc::get_mut(&mut after).map_or(0, |after| clear(after, pieces));
                    *last = Some((Arc::clone(page), Arc::clone(&after), went));
                    *page = after;
                    gone += went;
                }
            }
        }
        gone
    }

    /// Keeps in `words` what is in this set, and tells whether anything went. Pages that `words` was already cut down to, as those of `done`, are skipped, and
    /// pages that end before word `from`.
    pub fn keep_in(&self, words: &mut [u64], done: Option<&Self>, from: usize) -> bool {
        let skipped = from / PAGE;
        let mut done = done.and_then(|done| done.pages.get(skipped..)).unwrap_or_default().iter();
        let mut gone = 0;
        for (page, words) in self.pages.iter().zip(words.chunks_mut(PAGE)).skip(skipped) {
            if !done.next().is_some_and(|done| Arc::ptr_eq(done, page)) {
                for (word, free) in words.iter_mut().zip(page.iter()) {
                    gone |= *word & !free;
                    *word &= free;
                }
            }
        }
        gone != 0
    }

    /// Adds the set to `words`. Pages that `words` has already, as those of `done`, are skipped.
    pub fn add_to(&self, words: &mut [u64], done: &Self) {
        for ((page, words), done) in self.pages.iter().zip(words.chunks_mut(PAGE)).zip(&done.pages) {
            if !Arc::ptr_eq(done, page) {
                words.iter_mut().zip(page.iter()).for_each(|(word, free)| *word |= free);
            }
        }
    }

    /// Writes the set without what has `gone` (empty: nothing) into `words`, but nothing of the pages that end before word `from`.
    pub fn copy_to(&self, words: &mut Vec<u64>, from: usize, gone: &[u64]) {
        let skipped = from / PAGE;
        words.clear();
        words.resize(skipped * PAGE, 0);
        if gone.is_empty() {
            self.pages.iter().skip(skipped).for_each(|page| words.extend_from_slice(page));
            return;
        }
        for (page, gone) in self.pages.iter().zip(gone.chunks(PAGE)).skip(skipped) {
            words.extend(page.iter().zip(gone).map(|(free, gone)| free & !gone));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use fastrand::Rng;

    use super::*;
    use crate::bits::{self, Part};

    impl Pages {
        /// Whether both have one page of this number.
        pub fn shares(&self, other: &Self, number: usize) -> bool {
            Arc::ptr_eq(&self.pages[number], &other.pages[number])
        }
    }

    const PLACES: u32 = 3 * 4096 + 70;

    fn words(set: &Pages) -> Vec<u64> {
        let mut words = Vec::new();
        set.copy_to(&mut words, 0, &[]);
        words
    }

    /// Some places, in all pages or in a few.
    fn some(random: &mut Rng) -> Vec<Range<u32>> {
        let mut bounds: Vec<u32> = (0..2 * random.usize(0..4)).map(|_| random.u32(0..=PLACES)).collect();
        if random.bool() {
            bounds.iter_mut().for_each(|bound| *bound %= 4096);
        }
        bounds.sort_unstable();
        bounds.chunks(2).map(|pair| pair[0]..pair[1]).collect()
    }

    fn set(ranges: &[Range<u32>]) -> Vec<u64> {
        bits::set(ranges.iter().cloned(), bits::words(PLACES))
    }

    fn with(one: &[u64], other: &[u64], operation: fn(u64, u64) -> u64) -> Vec<u64> {
        one.iter().zip(other).map(|(one, other)| operation(*one, *other)).collect()
    }

    /// Sets that follow each other, and share pages as slots do: made one after the other, or copied.
    fn row(random: &mut Rng) -> Vec<Pages> {
        let mut row: Vec<Pages> = Vec::new();
        for _ in 0..random.usize(1..8) {
            match row.last().filter(|_| random.bool()) {
                Some(last) => row.push(last.clone()),
                None => row.push(Pages::new(
                    &with(&set(&some(random)), &set(&some(random)), |one, other| one | other),
                    row.last(),
                )),
            }
        }
        row
    }

    #[test]
    fn pages_agree_with_plain_sets() {
        let mut random = Rng::with_seed(31);
        for _ in 0..400 {
            let mut row = row(&mut random);
            let mut plain: Vec<Vec<u64>> = row.iter().map(words).collect();
            for _ in 0..random.usize(0..6) {
                // A part goes from some of them, in order. Somebody else may have copies.
                let copies = if random.bool() { row.clone() } else { Vec::new() };
                let before = plain.clone();
                let ranges = some(&mut random);
                let (part, gone) = (Part::of(ranges.clone()), set(&ranges));
                let mut removal = Removal::new(part.pieces());
                let first = random.usize(0..row.len());
                for (pages, plain) in row.iter_mut().zip(&mut plain).skip(first).take(random.usize(1..9)) {
                    let meant = with(plain, &gone, |free, gone| free & gone);
                    assert_eq!((0..PLACES.div_ceil(64)).map(|word| pages.word(word)).collect::<Vec<_>>(), *plain);
                    assert_eq!(pages.remove(&mut removal), bits::count(&meant));
                    *plain = with(plain, &gone, |free, gone| free & !gone);
                }
                drop(removal);
                assert_eq!(row.iter().map(words).collect::<Vec<_>>(), plain);
                assert!(copies.iter().zip(&before).all(|(copy, before)| words(copy) == *before));
            }
            // What is in all of them: pages are skipped that the last one has too.
            let mut left = set(&some(&mut random));
            let mut done: Option<&Pages> = None;
            for (pages, plain) in row.iter().zip(&plain) {
                let meant = with(&left, plain, |left, free| left & free);
                let before = left.clone();
                assert_eq!(pages.keep_in(&mut left, done, 0), before != meant);
                assert_eq!(left, meant);
                done = Some(pages);
            }
        }
    }

    #[test]
    fn sets_in_a_row_share_what_they_shared_before_something_went() {
        let mut random = Rng::with_seed(37);
        for _ in 0..400 {
            let mut row = row(&mut random);
            let pages = row[0].pages.len();
            let shared = |row: &[Pages]| -> Vec<bool> {
                let pairs = row.windows(2);
                pairs.flat_map(|pair| (0..pages).map(|number| pair[0].shares(&pair[1], number))).collect()
            };
            let before = shared(&row);
            let part = Part::of(some(&mut random));
            let mut removal = Removal::new(part.pieces());
            row.iter_mut().for_each(|pages| {
                pages.remove(&mut removal);
            });
            assert_eq!(shared(&row), before);
        }
    }
}
