//! What is free in one of two slots that follow each other, and not in the other.

/// So many words are noted at least, and at most, before all of the slot is looked at instead.
const WORDS_MIN: usize = 4;
const WORDS_MAX: usize = 256;

/// Places that are free in one slot and not in the one beside it, and perhaps some that are free in neither; words ascend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// `None`: too many to be worth it.
    pieces: Option<Vec<(u32, u64)>>,
}

impl Change {
    pub const NOTHING: Self = Self { pieces: Some(Vec::new()) };

    /// What is in `one` and not in `other`.
    pub fn between(one: &[u64], other: &[u64]) -> Self {
        let pieces = (0_u32..).zip(one.iter().zip(other)).map(|(word, (one, other))| (word, one & !other));
        let pieces: Vec<(u32, u64)> = pieces.filter(|(_, mask)| *mask != 0).collect();
        let mut change = Self::NOTHING;
        change.add(&pieces, one.len());
        change
    }

    /// Adds some places of a set of so many words.
    pub fn add(&mut self, pieces: &[(u32, u64)], words: usize) {
        let most = (words / 8).clamp(WORDS_MIN, WORDS_MAX);
        let Some(noted) = &mut self.pieces else { return };
        // Mostly they are the first.
        if noted.is_empty() && pieces.len() <= most {
            *noted = pieces.to_vec();
            return;
        }
        for &(word, mask) in pieces {
            match noted.binary_search_by_key(&word, |(word, _)| *word) {
                Ok(at) => noted.get_mut(at).into_iter().for_each(|(_, bits)| *bits |= mask),
                Err(_) if noted.len() == most => {
                    self.pieces = None;
                    return;
                }
                Err(at) => noted.insert(at, (word, mask)),
            }
        }
    }

    /// The places; `None`: they are too many to be noted.
    pub fn pieces(&self) -> Option<&[(u32, u64)]> {
        self.pieces.as_deref()
    }
}
