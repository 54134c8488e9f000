//! Numbers as people read them.

use oar_scheduler_core::Seconds;

use crate::text::duration;

/// Figures from here on are written with a power of ten.
const LARGE: f64 = 1e12;

/// A number to the nearest integer, in groups of three digits: `12,345`.
#[must_use]
pub fn grouped(number: f64) -> String {
    if number.abs() >= LARGE {
        return format!("{number:.2e}");
    }
    let digits = format!("{:.0}", number.abs());
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0.0 && digits != "0" { format!("-{text}") } else { text }
}

/// How many there are.
#[must_use]
pub fn count(number: usize) -> String {
    grouped(number as f64)
}

/// `1 job`, `1,234 jobs`.
#[must_use]
pub fn jobs(number: usize) -> String {
    format!("{} job{}", count(number), if number == 1 { "" } else { "s" })
}

/// A number with at most so many digits that matter: `1,234`, `56.7`, `1.23`.
#[must_use]
pub fn short(number: f64) -> String {
    match number.abs() {
        _ if !number.is_finite() => "–".to_owned(),
        size if size >= 99.95 => grouped(number),
        size if size >= 9.995 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// A duration given in seconds, to the second: `1:30:00`.
#[must_use]
pub fn time(seconds: f64) -> String {
    if seconds.is_finite() { duration(Seconds(seconds.round() as i64)) } else { "–".to_owned() }
}

/// A share as percent: `12.3 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1} %", share * 100.0 + 0.0) } else { "–".to_owned() }
}

/// About `most` round numbers from 0 on: the last one is not less than `top`.
#[must_use]
pub fn ticks(top: f64, most: f64) -> Vec<f64> {
    let least = top.max(1.0) / most.max(1.0);
    let power = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|step| *step >= least * 0.999);
    let step = step.unwrap_or(power).max(1.0);
    let count = (top.max(1.0) / step - 1e-9).ceil().clamp(1.0, 100.0) as u32;
    (0..=count).map(|at| f64::from(at) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        for (number, expected) in
            [(0.0, "0"), (-0.2, "0"), (999.5, "1,000"), (1234567.0, "1,234,567"), (-1234.0, "-1,234")]
        {
            assert_eq!(grouped(number), expected);
        }
        assert_eq!((short(1.234).as_str(), short(56.78).as_str(), short(1234.5).as_str()), ("1.23", "56.8", "1,234"));
        assert_eq!((time(5400.4).as_str(), percent(0.1234).as_str()), ("1:30:00", "12.3 %"));
        assert_eq!(
            (time(f64::NAN).as_str(), percent(f64::INFINITY).as_str(), short(f64::NAN).as_str()),
            ("–", "–", "–")
        );
    }

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        assert_eq!(ticks(2004.0, 5.0), [0.0, 500.0, 1000.0, 1500.0, 2000.0, 2500.0]);
        assert_eq!(ticks(1.0, 5.0), [0.0, 1.0]);
        assert_eq!(ticks(0.0, 5.0), [0.0, 1.0]);
        assert_eq!(ticks(7.0, 5.0), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert!(ticks(1e19, 5.0).last().unwrap() >= &1e19);
    }
}
