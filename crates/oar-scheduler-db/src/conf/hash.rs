//! Hashes inside values: `{alice => 12.5}` as Perl writes it, `{'alice': 12.5}` as Python and JSON do.

use std::str::Chars;

/// The pairs of a hash, in the order in which they are written; `None`: it is not one. Nothing is evaluated.
pub(super) fn read(text: &str) -> Option<Vec<(String, String)>> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut rest = Rest { chars: inside.chars() };
    let mut pairs = Vec::new();
    while !rest.is_at_end() {
        let key = rest.word()?;
        if !(rest.takes("=>") || rest.takes(":")) {
            return None;
        }
        pairs.push((key, rest.word()?));
        if !rest.takes(",") && !rest.is_at_end() {
            return None;
        }
    }
    Some(pairs)
}

/// What is still to be read.
struct Rest<'t> {
    chars: Chars<'t>,
}

impl Rest<'_> {
    fn text(&self) -> &str {
        self.chars.as_str()
    }

    fn skip_blanks(&mut self) {
        let blanks = self.text().chars().take_while(|c| c.is_whitespace()).count();
        self.skip(blanks);
    }

    fn skip(&mut self, count: usize) {
        self.chars.by_ref().take(count).for_each(drop);
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        self.text().is_empty()
    }

    fn takes(&mut self, mark: &str) -> bool {
        self.skip_blanks();
        let is_next = self.text().starts_with(mark);
        if is_next {
            self.skip(mark.chars().count());
        }
        is_next
    }

    /// A quoted text, or one without blanks and marks.
    fn word(&mut self) -> Option<String> {
        self.skip_blanks();
        let first = self.text().chars().next()?;
        if ['"', '\''].contains(&first) {
            self.skip(1);
            let word: String = self.text().chars().take_while(|c| *c != first).collect();
            self.skip(word.chars().count());
            return self.takes(&first.to_string()).then_some(word);
        }
        let ends = |c: char| c.is_whitespace() || [',', ':', '=', '{', '}', '"', '\''].contains(&c);
        let word: String = self.text().chars().take_while(|c| !ends(*c)).collect();
        self.skip(word.chars().count());
        Some(word).filter(|word| !word.is_empty())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn perl_python_and_json() {
        let expected = [("first".to_owned(), "75".to_owned()), ("default".to_owned(), "25.0".to_owned())];
        for text in [
            "{first => 75, default => 25.0}",
            "{first=>75,default=>25.0}",
            " { 'first' => 75 ,\n \"default\" => '25.0', } ",
            "{'first': 75, 'default': 25.0}",
            "{\"first\":75,\"default\":25.0}",
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
        assert_eq!(read("{}").unwrap(), []);
        assert_eq!(read("{_ => '*'}").unwrap(), [("_".to_owned(), "*".to_owned())]);
        assert_eq!(read("{'a b' => '', 'x:y' => 1}").unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_hash() {
        for text in [
            "",
            "12",
            "{",
            "}",
            "{a}",
            "{a =>}",
            "{a => 1 b => 2}",
            "{a = 1}",
            "{a => {b => 1}}",
            "{'a => 1}",
            "{,}",
            "{a => 1,,}",
            "[a => 1]",
            "{a => 1} + 2",
            "{=> 1}",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
