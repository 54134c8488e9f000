//! What is free in a slot: a set of places in pages, which neighbouring slots share as long as they agree.

use std::sync::Arc;

use crate::bits::Part;

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
    pub fn new(part: &'p Part) -> Self {
        let by_page = part.pieces().chunk_by(|one, next| one.0 as usize / PAGE == next.0 as usize / PAGE);
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

    /// Whether it has a place of the part.
    pub fn meets(&self, part: &Part) -> bool {
        part.pieces().iter().any(|&(word, mask)| {
            let page = self.pages.get(word as usize / PAGE);
            page.and_then(|page| page.get(word as usize % PAGE)).is_some_and(|word| word & mask != 0)
        })
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

    /// Writes the set into `words`, but nothing of the pages that end before word `from`.
    pub fn copy_to(&self, words: &mut Vec<u64>, from: usize) {
        let skipped = from / PAGE;
        words.clear();
        words.resize(skipped * PAGE, 0);
        self.pages.iter().skip(skipped).for_each(|page| words.extend_from_slice(page));
    }
}
