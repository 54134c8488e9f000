//! Resource sets as plain bit masks.

/// A set of resource numbers: the words of its mask that are not zero, ascending, each with its place. Bit `b` of the
/// word at place `p` is resource `64 p + b`. Equal sets are equal lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set(Vec<(u32, u64)>);

impl Set {
    /// Reads the text form: `1-8 12 20-32`, empty for the empty set.
    pub fn parse(text: &str) -> Set {
        let mut set = Set::default();
        for part in text.split_whitespace() {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            for number in first.parse().expect("a resource")..=last.parse().expect("a resource") {
                set.insert(number);
            }
        }
        set
    }

    /// Adds one resource.
    pub fn insert(&mut self, number: u32) {
        let (place, bit) = (number / 64, 1 << (number % 64));
        match self.0.binary_search_by_key(&place, |(place, _)| *place) {
            Ok(rank) => self.0[rank].1 |= bit,
            Err(rank) => self.0.insert(rank, (place, bit)),
        }
    }

    /// Whether it holds this resource.
    pub fn contains(&self, number: u32) -> bool {
        Lookup(&self.0).word(number / 64) >> (number % 64) & 1 == 1
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many resources it holds.
    pub fn len(&self) -> i64 {
        self.0.iter().map(|(_, word)| i64::from(word.count_ones())).sum()
    }

    /// The resources of both.
    pub fn and(&self, other: &Set) -> Set {
        if self.is_apart_from(other) {
            return Set::default();
        }
        let (long, short) = if self.0.len() >= other.0.len() { (self, other) } else { (other, self) };
        let mut others = Lookup(&long.0);
        Set::without_zeros(short.0.iter().map(|(place, word)| (*place, word & others.word(*place))))
    }

    /// The resources of either.
    pub fn or(&self, other: &Set) -> Set {
        let (mut left, mut right) = (self.0.iter().copied().peekable(), other.0.iter().copied().peekable());
        let mut words = Vec::with_capacity(self.0.len().max(other.0.len()));
        while let Some((place, _)) = left.peek().into_iter().chain(right.peek()).min_by_key(|(place, _)| *place) {
            let place = *place;
            let of_left = left.next_if(|(other, _)| *other == place).map_or(0, |(_, word)| word);
            let of_right = right.next_if(|(other, _)| *other == place).map_or(0, |(_, word)| word);
            words.push((place, of_left | of_right));
        }
        Set(words)
    }

    /// The resources of this one that are not in the other.
    pub fn minus(&self, other: &Set) -> Set {
        let mut others = Lookup(&other.0);
        Set::without_zeros(self.0.iter().map(|(place, word)| (*place, word & !others.word(*place))))
    }

    /// Whether the two share a resource.
    pub fn meets(&self, other: &Set) -> bool {
        let (long, short) = if self.0.len() >= other.0.len() { (self, other) } else { (other, self) };
        let mut others = Lookup(&long.0);
        short.0.iter().any(|(place, word)| word & others.word(*place) != 0)
    }

    /// Whether all its resources are in the other.
    pub fn within(&self, other: &Set) -> bool {
        let mut others = Lookup(&other.0);
        self.0.iter().all(|(place, word)| word & !others.word(*place) == 0)
    }

    /// Its resources, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        let bits = |word: u64| (0..64).filter(move |bit| word >> bit & 1 == 1);
        self.0.iter().flat_map(move |(place, word)| bits(*word).map(move |bit| place * 64 + bit))
    }

    /// The text form.
    pub fn text(&self) -> String {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for number in self.numbers() {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => ranges.push((number, number)),
            }
        }
        let texts: Vec<String> = ranges
            .into_iter()
            .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
            .collect();
        texts.join(" ")
    }

    /// Whether one ends before the other begins.
    fn is_apart_from(&self, other: &Set) -> bool {
        match (self.0.as_slice(), other.0.as_slice()) {
            ([(first, _), ..], [(other_first, _), ..]) => {
                self.0[self.0.len() - 1].0 < *other_first || other.0[other.0.len() - 1].0 < *first
            }
            _ => true,
        }
    }

    fn without_zeros(words: impl Iterator<Item = (u32, u64)>) -> Set {
        Set(words.filter(|(_, word)| *word != 0).collect())
    }
}

/// What is left of a list of words, to be asked in ascending order.
struct Lookup<'a>(&'a [(u32, u64)]);

impl Lookup<'_> {
    /// The word at a place, 0 if there is none. What comes before it is forgotten.
    fn word(&mut self, place: u32) -> u64 {
        for _ in 0..4 {
            match self.0 {
                [(first, word), ..] if *first >= place => return if *first == place { *word } else { 0 },
                [_, rest @ ..] => self.0 = rest,
                [] => return 0,
            }
        }
        // It is not near.
        let before = self.0.partition_point(|(other, _)| *other < place);
        self.0 = &self.0[before..];
        self.0.first().filter(|(first, _)| *first == place).map_or(0, |(_, word)| *word)
    }
}
