//! Which resources answer a request.

use std::collections::BTreeMap;

use super::set::Set;
use super::snapshot::{Moldable, Request};

/// Level name to its blocks, in order.
pub type Hierarchy = BTreeMap<String, Vec<Set>>;

const ALL: i64 = -1;
const BEST: i64 = -2;
const HALF_BEST: i64 = -3;

/// Whether the alternative could be placed at all.
pub fn is_valid(moldable: &Moldable, hierarchy: &Hierarchy) -> bool {
    let level_is_valid =
        |(name, count): &(String, i64)| hierarchy.contains_key(name) && *count >= HALF_BEST && *count != 0;
    moldable.walltime > 0
        && !moldable.requests.is_empty()
        && moldable
            .requests
            .iter()
            .all(|request| !request.levels.is_empty() && request.levels.iter().all(level_is_valid))
}

/// The resources that a valid alternative takes among the available ones; none when a group finds nothing.
pub fn find(moldable: &Moldable, hierarchy: &Hierarchy, available: &Set) -> Option<Set> {
    let mut taken = Set::default();
    for request in &moldable.requests {
        let free = available.and(&request.filter).minus(&taken);
        let found = below(None, request, 0, hierarchy, &free)?;
        if found.is_empty() {
            return None;
        }
        taken = taken.or(&found);
    }
    Some(taken)
}

/// What the levels from `depth` on find within `parent` (none: the root).
fn below(parent: Option<&Set>, request: &Request, depth: usize, hierarchy: &Hierarchy, free: &Set) -> Option<Set> {
    let (level, count) = &request.levels[depth];
    let is_last = depth + 1 == request.levels.len();
    let blocks = &hierarchy[level];
    let children: Vec<Set> = match parent {
        None => blocks.clone(),
        Some(parent) if is_last => {
            blocks.iter().map(|block| block.and(parent)).filter(|piece| !piece.is_empty()).collect()
        }
        Some(parent) => blocks.iter().filter(|block| block.within(parent)).cloned().collect(),
    };
    let result_of = |child: &Set| {
        if is_last {
            child.within(free).then(|| child.clone())
        } else {
            below(Some(child), request, depth + 1, hierarchy, free)
        }
    };
    let satisfying: Vec<Set> = children.iter().filter_map(result_of).collect();
    let chosen = match *count {
        ALL => {
            let concerned: Vec<&Set> = children.iter().filter(|child| child.meets(&request.filter)).collect();
            let results: Vec<Set> = concerned.iter().filter_map(|child| result_of(child)).collect();
            (!concerned.is_empty() && results.len() == concerned.len()).then_some(results)?
        }
        BEST => (!satisfying.is_empty()).then_some(satisfying)?,
        HALF_BEST => (satisfying.len() >= 2).then(|| satisfying[..satisfying.len() / 2].to_vec())?,
        count => satisfying.get(..usize::try_from(count).ok()?)?.to_vec(),
    };
    Some(chosen.iter().fold(Set::default(), |union, result| union.or(result)))
}
