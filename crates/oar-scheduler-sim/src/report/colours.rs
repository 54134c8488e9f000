//! The colours of users.

use std::collections::{BTreeMap, HashMap};

use super::work;
use crate::picture::style::COLOURS;
use crate::workload::Workload;

/// The colour of all other users.
pub(super) const OTHERS: &str = "#9aa1ab";

/// Which user has which colour. It depends on the workload alone, so that pictures of several policies agree.
#[derive(Debug, Clone)]
pub(super) struct Colours<'a> {
    /// The users with a colour of their own, the one with the most work first.
    pub users: Vec<&'a str>,
    /// How many users have none.
    pub others: usize,
    ranks: HashMap<&'a str, usize>,
}

impl<'a> Colours<'a> {
    pub fn of(workload: &'a Workload) -> Self {
        let mut works: BTreeMap<&str, f64> = BTreeMap::new();
        for job in &workload.jobs {
            *works.entry(job.user.as_str()).or_default() += work(job);
        }
        let mut users: Vec<(&str, f64)> = works.into_iter().collect();
        users.sort_by(|a, b| b.1.total_cmp(&a.1));
        let others = users.len().saturating_sub(COLOURS.len());
        let users: Vec<&str> = users.into_iter().take(COLOURS.len()).map(|(user, _)| user).collect();
        let ranks = users.iter().enumerate().map(|(rank, user)| (*user, rank)).collect();
        Self { users, others, ranks }
    }

    /// The rank of a user's colour; the last one, for all who have none, is the number of users with one.
    pub fn rank(&self, user: &str) -> usize {
        self.ranks.get(user).copied().unwrap_or(self.users.len())
    }

    /// The colour of a rank.
    pub fn colour(&self, rank: usize) -> &'static str {
        if rank < self.users.len() { COLOURS.get(rank).copied().unwrap_or(OTHERS) } else { OTHERS }
    }
}

#[cfg(test)]
mod tests {
    use super::super::artificial::Example;
    use super::*;

    #[test]
    fn users_with_much_work_have_their_own_colours_and_the_others_one() {
        let mut example = Example::empty(4, 2, 1);
        for user in 0..20 {
            example.submit(&format!("user {user}"), 0, 0, 100 + user, 1);
        }
        let colours = Colours::of(&example.workload);
        assert_eq!((colours.users.len(), colours.others), (12, 8));
        let colour = |user: &str| colours.colour(colours.rank(user));
        assert_eq!((colour("user 19"), colour("user 18")), (COLOURS[0], COLOURS[1]));
        assert_eq!((colour("user 7"), colour("nobody")), (OTHERS, OTHERS));
    }
}
