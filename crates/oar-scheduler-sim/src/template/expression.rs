//! Arithmetic on the number of processors: `+ - * /`, parentheses, `ceil`, `floor`, `min`, `max`, numbers and `n`.

use std::str::FromStr;

/// The deepest nesting of parentheses.
const DEPTH_MAX: usize = 32;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    Processors,
    Operation(Box<Expression>, char, Box<Expression>),
    Call(Function, Vec<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Function {
    Ceil,
    Floor,
    Min,
    Max,
}

impl Expression {
    /// The value for so many processors.
    pub fn value(&self, processors: f64) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Processors => processors,
            Self::Operation(left, operator, right) => {
                let (left, right) = (left.value(processors), right.value(processors));
                match operator {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    _ => left / right,
                }
            }
            Self::Call(function, arguments) => {
                let values = arguments.iter().map(|argument| argument.value(processors));
                match function {
                    Function::Ceil => values.sum::<f64>().ceil(),
                    Function::Floor => values.sum::<f64>().floor(),
                    Function::Min => values.fold(f64::INFINITY, f64::min),
                    Function::Max => values.fold(f64::NEG_INFINITY, f64::max),
                }
            }
        }
    }
}

impl FromStr for Expression {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text.trim_start() };
        let expression = parser.sum(0)?;
        if parser.rest.is_empty() { Ok(expression) } else { Err(format!("expected the end, found `{}`", parser.rest)) }
    }
}

/// A parser by recursive descent; `rest` never begins with a blank.
struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn take(&mut self, expected: &[char]) -> Option<char> {
        let found = self.rest.chars().next().filter(|char| expected.contains(char))?;
        self.rest = self.rest.get(found.len_utf8()..).unwrap_or_default().trim_start();
        Some(found)
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> &str {
        let end = self.rest.find(|char| !is_part(char)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest.trim_start();
        word
    }

    fn sum(&mut self, depth: usize) -> Result<Expression, String> {
        let mut sum = self.product(depth)?;
        while let Some(operator) = self.take(&['+', '-']) {
            sum = Expression::Operation(Box::new(sum), operator, Box::new(self.product(depth)?));
        }
        Ok(sum)
    }

    fn product(&mut self, depth: usize) -> Result<Expression, String> {
        let mut product = self.operand(depth)?;
        while let Some(operator) = self.take(&['*', '/']) {
            product = Expression::Operation(Box::new(product), operator, Box::new(self.operand(depth)?));
        }
        Ok(product)
    }

    fn operand(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > DEPTH_MAX {
            return Err(format!("expected at most {DEPTH_MAX} nested parentheses"));
        }
        if self.take(&['(']).is_some() {
            let inner = self.sum(depth + 1)?;
            return self.close().map(|()| inner);
        }
        if self.rest.starts_with(|char: char| char.is_ascii_digit()) {
            let number = self.word(|char| char.is_ascii_digit() || char == '.');
            return number.parse().map(Expression::Number).map_err(|_| format!("expected a number, found `{number}`"));
        }
        if !self.rest.starts_with(char::is_alphabetic) {
            let rest = self.rest;
            return Err(format!("expected a number, `n` or `(`, found `{rest}`"));
        }
        let function = match self.word(char::is_alphanumeric) {
            "n" => return Ok(Expression::Processors),
            "ceil" => Function::Ceil,
            "floor" => Function::Floor,
            "min" => Function::Min,
            "max" => Function::Max,
            other => return Err(format!("expected `n`, `ceil`, `floor`, `min` or `max`, found `{other}`")),
        };
        if self.take(&['(']).is_none() {
            return Err(format!("expected `(`, found `{}`", self.rest));
        }
        let mut arguments = vec![self.sum(depth + 1)?];
        while matches!(function, Function::Min | Function::Max) && self.take(&[',']).is_some() {
            arguments.push(self.sum(depth + 1)?);
        }
        self.close().map(|()| Expression::Call(function, arguments))
    }

    fn close(&mut self) -> Result<(), String> {
        self.take(&[')']).map(|_| ()).ok_or_else(|| format!("expected `)`, found `{}`", self.rest))
    }
}
