//! What OAR's table `accounting` would hold: who used, and asked for, how much of the machine on which day.

use std::collections::BTreeMap;

use oar_scheduler_core::{Accounting, Seconds, Sums, Time};

use crate::workload::Job;

/// `ACCOUNTING_WINDOW`: consumption is added up by days of UTC.
const WINDOW: i64 = 86_400;

/// Consumption by window, user and project; resources × seconds, used and asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Consumption {
    windows: BTreeMap<i64, BTreeMap<(String, String), [f64; 2]>>,
    /// The sums over the windows from the first of these to before the second.
    known: Option<(i64, i64, Accounting)>,
}

impl Consumption {
    /// Adds a job that has ended: what it used, and what it would have used by its walltime.
    pub fn add(&mut self, job: &Job, start: Time, end: Time, resources: u64) {
        self.add_span(job, start, end, resources, 0);
        self.add_span(job, start, start + job.requested, resources, 1);
    }

    fn add_span(&mut self, job: &Job, start: Time, end: Time, resources: u64, kind: usize) {
        let mut from = start.0;
        while from < end.0 {
            let window = from.div_euclid(WINDOW);
            let to = end.0.min((window + 1).saturating_mul(WINDOW));
            let row =
                self.windows.entry(window).or_default().entry((job.user.clone(), job.project.clone())).or_default();
            if let Some(sum) = row.get_mut(kind) {
                *sum += (to - from) as f64 * resources as f64;
            }
            if self.known.as_ref().is_some_and(|(first, last, _)| (*first..*last).contains(&window)) {
                self.known = None;
            }
            from = to;
        }
    }

    /// The sums over the windows that began within `span` before `now` and are over.
    pub fn sums(&mut self, now: Time, span: Seconds) -> Accounting {
        let (first, last) = ((now - span).0.div_euclid(WINDOW), now.0.div_euclid(WINDOW));
        let first = if (now - span).0.rem_euclid(WINDOW) == 0 { first } else { first + 1 };
        if let Some((_, _, sums)) = self.known.as_ref().filter(|(from, to, _)| (*from, *to) == (first, last)) {
            return sums.clone();
        }
        let mut sums = Accounting::default();
        for (_, rows) in self.windows.range(first..last.max(first)) {
            for ((user, project), [used, asked]) in rows {
                add(&mut sums.used, user, project, *used);
                add(&mut sums.asked, user, project, *asked);
            }
        }
        self.known = Some((first, last, sums.clone()));
        sums
    }
}

fn add(sums: &mut Sums, user: &str, project: &str, amount: f64) {
    sums.total += amount;
    *sums.users.entry(user.to_owned()).or_default() += amount;
    *sums.projects.entry(project.to_owned()).or_default() += amount;
}

#[cfg(test)]
mod tests {
    use oar_scheduler_core::JobId;

    use super::*;

    #[test]
    fn consumption_is_cut_at_days_and_counts_once_they_are_over() {
        let job = Job {
            number: 1,
            id: JobId(1),
            submit: Time(0),
            run: Seconds(100),
            requested: Seconds(WINDOW),
            size: 2,
            user: "alice".to_owned(),
            project: "p".to_owned(),
            queue: 1,
        };
        let mut consumption = Consumption::default();
        let noon = WINDOW / 2;
        assert_eq!(consumption.sums(Time(noon), Seconds(10 * WINDOW)), Accounting::default());
        consumption.add(&job, Time(noon), Time(noon + 100), 2);
        assert_eq!(consumption.sums(Time(noon + 100), Seconds(10 * WINDOW)), Accounting::default());
        let after_one_day = consumption.sums(Time(WINDOW), Seconds(10 * WINDOW));
        assert_eq!((after_one_day.used.total, after_one_day.asked.total), (200.0, (2 * noon) as f64));
        let after_two = consumption.sums(Time(2 * WINDOW), Seconds(10 * WINDOW));
        assert_eq!((after_two.used.users["alice"], after_two.asked.projects["p"]), (200.0, (2 * WINDOW) as f64));
        assert_eq!(consumption.sums(Time(2 * WINDOW), Seconds(WINDOW)).used.total, 0.0);
        consumption.add(&job, Time(noon), Time(noon + 100), 2);
        assert_eq!(consumption.sums(Time(2 * WINDOW), Seconds(10 * WINDOW)).used.total, 400.0);
    }
}
