//! The statements of the file, and what they say.

use std::collections::BTreeMap;

use super::tokens::{Kind, Token, tokens};
use super::{ConvertError, Remark, Rule};

const STATEMENT: &str = "a statement such as `$Gantt_quotas->{'*'}->{'*'}->{'*'}->{'john'} = [100, 10, -1];`";
const KEY: &str = "a key in braces, such as `{'john'}`";
const VALUE: &str = "a number, or limits such as `[100, 10, -1]`";
/// Brackets in brackets.
const DEPTH_MAX: usize = 32;

/// The rules that the file sets, in its order, with remarks on those that do not say what they seem to say.
pub(super) fn read(perl: &str) -> Result<(Vec<Rule>, Vec<Remark>), ConvertError> {
    let mut reader = Reader { tokens: tokens(perl)?, next: 0, remarks: Vec::new() };
    let mut rules: Vec<Rule> = Vec::new();
    let mut places = BTreeMap::new();
    while let Some(rule) = reader.statement()? {
        let place = *places.entry(rule.key.clone()).or_insert(rules.len());
        match rules.get_mut(place) {
            Some(earlier) => {
                let text = format!("takes the place of line {}, which sets the same rule", earlier.line);
                reader.remarks.push(Remark { line: rule.line, text });
                *earlier = rule;
            }
            None => rules.push(rule),
        }
    }
    Ok((rules, reader.remarks))
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
    remarks: Vec<Remark>,
}

impl Reader {
    fn peek(&self) -> Token {
        // The last token is the end, which is never passed.
        let last = || self.tokens.last().cloned().unwrap_or(Token { line: 1, kind: Kind::End });
        self.tokens.get(self.next).cloned().unwrap_or_else(last)
    }

    fn take(&mut self) -> Token {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn takes(&mut self, mark: &str) -> bool {
        let is_next = self.peek().is(mark);
        self.next += usize::from(is_next);
        is_next
    }

    fn must(&mut self, mark: &str, expected: &str) -> Result<(), ConvertError> {
        if self.takes(mark) { Ok(()) } else { Err(self.peek().is_not(expected)) }
    }

    /// The next rule; `None` at the end.
    fn statement(&mut self) -> Result<Option<Rule>, ConvertError> {
        loop {
            let token = self.take();
            match &token.kind {
                Kind::End => return Ok(None),
                Kind::Mark(";") => {}
                // Perl files often end so.
                Kind::Number(_) if self.is_at_end_of_statement() => {}
                Kind::Variable(name) if name == "Gantt_quotas" => return self.assignment(token.line).map(Some),
                _ => return Err(token.is_not(STATEMENT)),
            }
        }
    }

    fn is_at_end_of_statement(&self) -> bool {
        self.peek().is(";") || self.peek().kind == Kind::End
    }

    fn assignment(&mut self, line: usize) -> Result<Rule, ConvertError> {
        // Without it Perl would mean another variable.
        self.must("->", "`->` behind the variable's name")?;
        let key = [self.key()?, self.next_key()?, self.next_key()?, self.next_key()?];
        self.must("=", "`=` behind the four keys: queue, project, type, user")?;
        let limits = self.limits(line)?;
        if !self.is_at_end_of_statement() {
            return Err(self.peek().is_not("`;` at the end of the statement"));
        }
        Ok(Rule { line, key, limits })
    }

    fn next_key(&mut self) -> Result<String, ConvertError> {
        self.takes("->");
        self.key()
    }

    fn key(&mut self) -> Result<String, ConvertError> {
        self.must("{", KEY)?;
        let minus = if self.takes("-") { "-" } else { "" };
        let token = self.take();
        let key = match &token.kind {
            Kind::Text(text) if minus.is_empty() => text.clone(),
            Kind::Word(name) => format!("{minus}{name}"),
            Kind::Number(number) if number.fract() == 0.0 && *number < 1e15 => format!("{minus}{number}"),
            _ => return Err(token.is_not("a name, in quotes unless it consists of letters and digits")),
        };
        self.must("}", "`}` behind the name")?;
        Ok(key)
    }

    /// What stands behind `=`: limits of resources, jobs and resource hours. A number alone limits the resources.
    fn limits(&mut self, line: usize) -> Result<[f64; 3], ConvertError> {
        const NO_LIMIT: Option<f64> = Some(-1.0);
        let values = if self.takes("[") { self.list()? } else { vec![self.value()?, NO_LIMIT, NO_LIMIT] };
        if values.len() > 3 {
            let text = format!("only the first three of the {} values count", values.len());
            self.remarks.push(Remark { line, text });
        }
        // OAR2 adds the third value where it is missing, not the second; Perl takes for 0 what is not there.
        let value = |index: usize| values.get(index).copied();
        let limits = [value(0).flatten(), value(1).flatten(), value(2).unwrap_or(NO_LIMIT)];
        if limits.contains(&None) {
            let text = "a value that is missing or `undef` is 0 for OAR2, and so it is translated: no job keeps to such a \
                        limit. To set no limit write -1, or a number alone instead of a list";
            self.remarks.push(Remark { line, text: text.to_owned() });
        }
        Ok(limits.map(|limit| limit.unwrap_or(0.0)))
    }

    fn list(&mut self) -> Result<Vec<Option<f64>>, ConvertError> {
        let mut values = Vec::new();
        while !self.takes("]") {
            values.push(self.value()?);
            if !self.peek().is("]") {
                self.must(",", "`,` or `]` behind the value")?;
            }
        }
        Ok(values)
    }

    /// `None`: `undef`.
    fn value(&mut self) -> Result<Option<f64>, ConvertError> {
        if self.peek().kind == Kind::Word("undef".to_owned()) {
            self.take();
            return Ok(None);
        }
        let token = self.peek();
        let value = self.sum(0)?;
        if value.is_finite() { Ok(Some(value)) } else { Err(token.is_not("a calculation with a finite result")) }
    }

    fn sum(&mut self, depth: usize) -> Result<f64, ConvertError> {
        let mut sum = self.product(depth)?;
        loop {
            if self.takes("+") {
                sum += self.product(depth)?;
            } else if self.takes("-") {
                sum -= self.product(depth)?;
            } else {
                return Ok(sum);
            }
        }
    }

    fn product(&mut self, depth: usize) -> Result<f64, ConvertError> {
        let mut product = self.factor(depth)?;
        loop {
            if self.takes("*") {
                product *= self.factor(depth)?;
            } else if self.takes("/") {
                product /= self.factor(depth)?;
            } else {
                return Ok(product);
            }
        }
    }

    fn factor(&mut self, depth: usize) -> Result<f64, ConvertError> {
        let mut sign = 1.0;
        while self.peek().is("-") || self.peek().is("+") {
            sign = if self.take().is("-") { -sign } else { sign };
        }
        let token = self.take();
        let number = match &token.kind {
            Kind::Number(number) => *number,
            Kind::Text(text) => number_in(text).ok_or_else(|| token.is_not(VALUE))?,
            Kind::Mark("(") if depth < DEPTH_MAX => {
                let sum = self.sum(depth + 1)?;
                self.must(")", "`)` behind the calculation")?;
                sum
            }
            _ => return Err(token.is_not(VALUE)),
        };
        Ok(sign * number)
    }
}

/// The number that a text is.
fn number_in(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_number = text.chars().all(|character| character.is_ascii_digit() || ".eE+-".contains(character));
    text.parse().ok().filter(|number: &f64| is_number && number.is_finite())
}
