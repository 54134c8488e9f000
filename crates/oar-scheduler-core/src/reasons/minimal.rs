//! Minimal sets of causes.

/// The most obstacles for which a question that is not monotone is answered one by one.
const ONE_BY_ONE_MAX: usize = 64;

/// The smallest changes that are enough: indices of `0..count` such that `works` with just these removed, and with any one of them kept no longer.
/// Low indices are preferred. `None` when not even removing everything works.
///
/// The questions get, for each index, whether it is removed. A guess is a question that stands for `works` and is, most often, monotone (removing more never
/// hurts): then its set is found by repeated bisection, with about `size × log count` questions, as in Junker's QuickXplain (AAAI 2004). The first such set that is
/// right for `works` is the answer. When none is, indices are tried one by one; with very many, a set is given that is enough but may not be minimal.
pub(super) fn minimal_removal<G: FnMut(&[bool]) -> bool>(
    count: usize,
    guesses: impl IntoIterator<Item = G>,
    mut works: impl FnMut(&[bool]) -> bool,
) -> Option<Vec<usize>> {
    if !works(&vec![true; count]) {
        return None;
    }
    let mut enough = None;
    for mut guess in guesses {
        let found = by_bisection(count, &mut guess);
        if is_minimal(count, &found, &mut works) {
            return Some(found);
        }
        if enough.is_none() && works(&flags(count, 0, &found)) {
            enough = Some(found);
        }
    }
    if count <= ONE_BY_ONE_MAX {
        return Some(one_by_one(count, &mut works));
    }
    Some(enough.unwrap_or_else(|| (0..count).collect()))
}

fn flags(count: usize, prefix: usize, chosen: &[usize]) -> Vec<bool> {
    (0..count).map(|index| index < prefix || chosen.contains(&index)).collect()
}

fn by_bisection(count: usize, works: &mut impl FnMut(&[bool]) -> bool) -> Vec<usize> {
    let mut chosen = Vec::new();
    let mut bound = count;
    loop {
        // The shortest prefix that, with what is chosen, is enough; its last element cannot be kept.
        let (mut enough, mut too_short) = (bound, None);
        while too_short.is_none_or(|too_short| too_short + 1 < enough) && enough > 0 {
            let middle = too_short.map_or(0, |too_short: usize| usize::midpoint(too_short + 1, enough - 1));
            if works(&flags(count, middle, &chosen)) {
                enough = middle;
            } else {
                too_short = Some(middle);
            }
        }
        let Some(last) = enough.checked_sub(1) else { return chosen };
        chosen.push(last);
        bound = last;
    }
}

fn is_minimal(count: usize, chosen: &[usize], works: &mut impl FnMut(&[bool]) -> bool) -> bool {
    if !works(&flags(count, 0, chosen)) {
        return false;
    }
    chosen.iter().all(|&kept| {
        let others: Vec<usize> = chosen.iter().copied().filter(|&index| index != kept).collect();
        !works(&flags(count, 0, &others))
    })
}

/// Keeps whatever can be kept, the last first, until nothing more can.
fn one_by_one(count: usize, works: &mut impl FnMut(&[bool]) -> bool) -> Vec<usize> {
    let mut removed = vec![true; count];
    loop {
        let mut changed = false;
        for index in (0..count).rev() {
            let mut with_it = removed.clone();
            match with_it.get_mut(index) {
                Some(flag) if *flag => *flag = false,
                _ => continue,
            }
            if works(&with_it) {
                removed = with_it;
                changed = true;
            }
        }
        if !changed {
            return (0..count).filter(|&index| removed.get(index) == Some(&true)).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_minimal_for_any_monotone_question() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..3000 {
            let count = random.usize(0..9);
            // Works when one of these sets is removed entirely.
            let enough: Vec<u32> = (0..random.usize(1..4)).map(|_| random.u32(0..1 << count)).collect();
            let works = |removed: &[bool]| {
                let removed =
                    removed.iter().enumerate().fold(0, |bits, (index, flag)| bits | u32::from(*flag) << index);
                enough.iter().any(|set| set & removed == *set)
            };
            let found = minimal_removal(count, [works], works).unwrap();
            assert!(is_minimal(count, &found, &mut { works }), "{enough:?} {found:?}");
        }
    }

    #[test]
    fn low_indices_are_preferred() {
        let works = |removed: &[bool]| removed.iter().filter(|flag| **flag).count() >= 2;
        let mut found = minimal_removal(5, [works], works).unwrap();
        found.sort_unstable();
        assert_eq!(found, [0, 1]);
    }

    #[test]
    fn a_question_that_is_not_monotone_still_gets_a_minimal_set() {
        // Removing 0 and 2 together spoils it again, unless all are removed.
        let works = |removed: &[bool]| removed == [true, true, true] || removed == [true, true, false];
        assert_eq!(minimal_removal(3, [works], works), Some(vec![1, 0]));
        assert_eq!(minimal_removal(1, [|_: &[bool]| false], |_| false), None);
        assert_eq!(minimal_removal(2, [|_: &[bool]| true], |_| true), Some(vec![]));
    }
}
