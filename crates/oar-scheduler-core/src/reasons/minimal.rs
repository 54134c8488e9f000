//! Minimal sets of causes.

/// The smallest changes that are enough: indices of `0..count` such that `works` with just these removed, and with any one of them kept no longer.
/// Low indices are preferred. `None` when not even removing everything works.
///
/// `works` gets, for each index, whether it is removed. Where it is monotone (removing more never hurts) the set is found by repeated bisection, with about
/// `size × log count` calls, as in Junker's QuickXplain (AAAI 2004); where it turns out not to be, one by one.
pub(super) fn minimal_removal(count: usize, mut works: impl FnMut(&[bool]) -> bool) -> Option<Vec<usize>> {
    if !works(&vec![true; count]) {
        return None;
    }
    let found = by_bisection(count, &mut works);
    Some(if is_minimal(count, &found, &mut works) { found } else { one_by_one(count, &mut works) })
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
            let found = minimal_removal(count, works).unwrap();
            assert!(is_minimal(count, &found, &mut { works }), "{enough:?} {found:?}");
        }
    }

    #[test]
    fn low_indices_are_preferred() {
        let works = |removed: &[bool]| removed.iter().filter(|flag| **flag).count() >= 2;
        let mut found = minimal_removal(5, works).unwrap();
        found.sort_unstable();
        assert_eq!(found, [0, 1]);
    }

    #[test]
    fn a_question_that_is_not_monotone_still_gets_a_minimal_set() {
        // Removing 0 and 2 together spoils it again, unless all are removed.
        let works = |removed: &[bool]| removed == [true, true, true] || removed == [true, true, false];
        assert_eq!(minimal_removal(3, works), Some(vec![1, 0]));
        assert_eq!(minimal_removal(1, |_| false), None);
        assert_eq!(minimal_removal(2, |_| true), Some(vec![]));
    }
}
