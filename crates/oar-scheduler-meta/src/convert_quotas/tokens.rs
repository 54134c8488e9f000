//! The words of the file: names, numbers, texts and marks, each with its line.

use super::ConvertError;

/// Marks of more than one character go before their beginnings.
const MARKS: [&str; 15] = ["->", "{", "}", "[", "]", "(", ")", ";", ",", "=", "+", "-", "*", "/", "."];
/// What a message shows of something found.
const SHOWN_MAX: usize = 40;

/// A word of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// The line on which it begins, from 1.
    pub line: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// `$name`
    Variable(String),
    /// A name without quotes.
    Word(String),
    /// A decimal number.
    Number(f64),
    /// What stands between quotes.
    Text(String),
    Mark(&'static str),
    /// Any other character.
    Other(char),
    End,
}

impl Token {
    pub fn is(&self, mark: &str) -> bool {
        matches!(self.kind, Kind::Mark(found) if found == mark)
    }

    /// This is not what was expected here.
    pub fn is_not(&self, expected: &str) -> ConvertError {
        ConvertError { line: self.line, expected: expected.to_owned(), found: self.shown() }
    }

    fn shown(&self) -> String {
        match &self.kind {
            Kind::Variable(name) => quoted(&format!("${name}")),
            Kind::Word(name) => quoted(name),
            Kind::Number(number) => quoted(&number.to_string()),
            Kind::Text(text) => quoted(&format!("'{text}'")),
            Kind::Mark(mark) => quoted(mark),
            Kind::Other(character) => quoted(&character.to_string()),
            Kind::End => "the end of the file".to_owned(),
        }
    }
}

fn quoted(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let shown: String = line.chars().take(SHOWN_MAX).collect();
    if shown.len() < text.len() { format!("`{shown}…`") } else { format!("`{shown}`") }
}

/// The tokens of a file; the last one is `End`. Comments, also those in the form of documentation (`=pod` to `=cut`), are left out.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ConvertError> {
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1, at_line_start: true };
    let mut tokens = Vec::new();
    loop {
        let token = reader.token()?;
        let is_last = token.kind == Kind::End;
        tokens.push(token);
        if is_last {
            return Ok(tokens);
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
    at_line_start: bool,
}

impl<'t> Reader<'t> {
    fn token(&mut self) -> Result<Token, ConvertError> {
        self.skip_what_says_nothing();
        let line = self.line;
        Ok(Token { line, kind: self.kind()? })
    }

    fn kind(&mut self) -> Result<Kind, ConvertError> {
        let Some(first) = self.rest.chars().next() else { return Ok(Kind::End) };
        match first {
            '\'' | '"' => self.text(first).map(Kind::Text),
            '0'..='9' => self.number(),
            '.' if self.rest.chars().nth(1).is_some_and(|next| next.is_ascii_digit()) => self.number(),
            '$' if begins_name(self.rest.chars().nth(1)) => {
                self.take(1);
                Ok(Kind::Variable(self.take_while(is_of_name).to_owned()))
            }
            _ if begins_name(Some(first)) => match self.take_while(is_of_name) {
                // Perl reads no further.
                "__END__" | "__DATA__" => Ok(Kind::End),
                name => Ok(Kind::Word(name.to_owned())),
            },
            _ => Ok(self.mark(first)),
        }
    }

    fn mark(&mut self, first: char) -> Kind {
        match MARKS.into_iter().find(|mark| self.rest.starts_with(mark)) {
            Some(mark) => {
                self.take(mark.len());
                Kind::Mark(mark)
            }
            None => {
                self.take(first.len_utf8());
                Kind::Other(first)
            }
        }
    }

    fn skip_what_says_nothing(&mut self) {
        loop {
            let before = self.rest.len();
            self.take_while(char::is_whitespace);
            if self.rest.starts_with('#') {
                self.take_while(|character| character != '\n');
            }
            if self.at_line_start && self.rest.starts_with('=') && begins_name(self.rest.chars().nth(1)) {
                self.skip_documentation();
            }
            if self.rest.len() == before {
                return;
            }
        }
    }

    /// Up to the line after `=cut`, or to the end.
    fn skip_documentation(&mut self) {
        while !self.rest.is_empty() {
            let line = self.take_while(|character| character != '\n');
            self.take(1);
            if line.starts_with("=cut") {
                return;
            }
        }
    }

    /// A text in quotes, with nothing in it that Perl would put something else for.
    fn text(&mut self, quote: char) -> Result<String, ConvertError> {
        let line = self.line;
        let wrong = |expected: String, found: &str| Err(ConvertError { line, expected, found: found.to_owned() });
        let mut text = String::new();
        let mut escaped = false;
        for (at, character) in self.rest.char_indices().skip(1) {
            match character {
                _ if escaped => {
                    escaped = false;
                    match (quote, character) {
                        (_, '\\') | ('\'', '\'') | ('"', '"' | '\'' | '$' | '@') => text.push(character),
                        ('\'', _) => text.extend(['\\', character]),
                        _ => {
                            return wrong(
                                "a text without special characters".to_owned(),
                                &quoted(&format!("\\{character}")),
                            );
                        }
                    }
                }
                '\\' => escaped = true,
                _ if character == quote => {
                    self.take(at + 1);
                    return Ok(text);
                }
                '$' | '@' if quote == '"' => {
                    return wrong("a text without variables".to_owned(), &quoted(&character.to_string()));
                }
                _ => text.push(character),
            }
        }
        wrong(format!("the closing {quote} of the text that begins here"), "the end of the file")
    }

    fn number(&mut self) -> Result<Kind, ConvertError> {
        let line = self.line;
        let begin = self.rest;
        let digits = |character: char| character.is_ascii_digit() || character == '_';
        let whole = self.take_while(digits);
        let octal = whole.len() > 1 && whole.starts_with('0');
        if self.rest.starts_with('.') {
            self.take(1);
            self.take_while(digits);
        }
        let mut ahead = self.rest.chars();
        if matches!(ahead.next(), Some('e' | 'E')) {
            let next = ahead.next();
            if next.is_some_and(|next| next.is_ascii_digit()) || matches!(next, Some('+' | '-')) {
                self.take(2);
                self.take_while(|character| character.is_ascii_digit());
            }
        }
        // Whatever sticks to it: 0x10, 12abc.
        let sticks = !self.take_while(is_of_name).is_empty();
        let text = begin.get(..begin.len() - self.rest.len()).unwrap_or_default();
        let number = text.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite());
        match number {
            Some(number) if !octal && !sticks => Ok(Kind::Number(number)),
            _ => Err(ConvertError { line, expected: "a decimal number".to_owned(), found: quoted(text) }),
        }
    }

    fn take_while(&mut self, takes: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|character| !takes(character)).unwrap_or(self.rest.len());
        self.take(end)
    }

    /// Goes on by so many bytes; less at the end.
    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        if !taken.is_empty() {
            self.at_line_start = taken.ends_with('\n');
        }
        self.rest = rest;
        taken
    }
}

fn begins_name(character: Option<char>) -> bool {
    character.is_some_and(|character| character.is_ascii_alphabetic() || character == '_')
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}
