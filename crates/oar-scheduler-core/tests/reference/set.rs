//! Resource sets as plain bit masks.

/// A set of resource numbers: bit `n` of the mask is resource `n`. The mask never ends with a zero word, so that equal
/// sets are equal masks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set(Vec<u64>);

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
        let word = number as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    /// Whether it holds this resource.
    pub fn contains(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many resources it holds.
    pub fn len(&self) -> i64 {
        self.0.iter().map(|word| i64::from(word.count_ones())).sum()
    }

    /// The resources of both.
    pub fn and(&self, other: &Set) -> Set {
        Set::trimmed(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    /// The resources of either.
    pub fn or(&self, other: &Set) -> Set {
        let (long, short) = if self.0.len() >= other.0.len() { (self, other) } else { (other, self) };
        let mut words = long.0.clone();
        for (word, more) in words.iter_mut().zip(&short.0) {
            *word |= more;
        }
        Set(words)
    }

    /// The resources of this one that are not in the other.
    pub fn minus(&self, other: &Set) -> Set {
        let mut words = self.0.clone();
        for (word, less) in words.iter_mut().zip(&other.0) {
            *word &= !less;
        }
        Set::trimmed(words)
    }

    /// Whether the two share a resource.
    pub fn meets(&self, other: &Set) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// Whether all its resources are in the other.
    pub fn within(&self, other: &Set) -> bool {
        self.minus(other).is_empty()
    }

    /// Its resources, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        (0..self.0.len() as u32 * 64).filter(|number| self.contains(*number))
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

    fn trimmed(mut words: Vec<u64>) -> Set {
        while words.last() == Some(&0) {
            words.pop();
        }
        Set(words)
    }
}
