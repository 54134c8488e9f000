//! How fast a cost grows.

/// The exponent k of y = c·x^k through these points (x, y), by least squares of the logarithms; `None` for fewer than two
/// different x. Points that are not positive say nothing.
pub(crate) fn exponent(points: impl IntoIterator<Item = (f64, f64)>) -> Option<f64> {
    let positive = points.into_iter().filter(|(x, y)| *x > 0.0 && *y > 0.0);
    let logarithms: Vec<(f64, f64)> = positive.map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logarithms.len() as f64;
    let mean_x = logarithms.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = logarithms.iter().map(|(_, y)| y).sum::<f64>() / count;
    let spread: f64 = logarithms.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let slope: f64 = logarithms.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    (spread > 1e-12).then(|| slope / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(power: f64) -> f64 {
        let points = [1000.0, 2000.0, 5000.0, 10_000.0].map(|x: f64| (x, 3e-7 * x.powf(power)));
        exponent(points).unwrap()
    }

    #[test]
    fn powers_are_found_exactly() {
        for power in [0.0, 0.5, 1.0, 1.3, 2.0, -1.0] {
            assert!((of(power) - power).abs() < 1e-9, "{power}");
        }
    }

    #[test]
    fn scattered_points_give_the_least_squares() {
        // Between (1, 1), (10, 100) and (100, 100): the logarithms are (0, 0), (1, 2), (2, 2), of slope 1.
        assert!((exponent([(1.0, 1.0), (10.0, 100.0), (100.0, 100.0)]).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_point_says_nothing() {
        assert_eq!(exponent([]), None);
        assert_eq!(exponent([(5.0, 1.0)]), None);
        assert_eq!(exponent([(5.0, 1.0), (5.0, 2.0)]), None);
        assert_eq!(exponent([(5.0, 1.0), (6.0, 0.0)]), None);
    }
}
