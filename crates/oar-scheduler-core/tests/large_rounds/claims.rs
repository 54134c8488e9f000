//! The rounds are as large and as full as they claim, and what makes them special matters.
//!
//! The engine is asked here, as it is fast: that it decides as it should, the other tests tell.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::engine::{by_job, decide};
use super::erasers::ERASERS;
use super::smaller::waiting;
use super::{alike, dense, filters, limited, missing, mixed, moldable, plain, shapes, shared};

const ROUNDS: u64 = 12;

/// What a regime claims. All but the first are means of the rounds.
#[derive(Debug, Default)]
struct Figures {
    /// The resources of the largest machine.
    resources: usize,
    jobs: usize,
    /// Jobs that start later than now.
    later: usize,
    /// Different starts.
    starts: usize,
    /// Different seconds from now on at which a job begins or has ended.
    instants: usize,
    /// The most jobs of a round with the same alternatives.
    equal: usize,
}

struct Regime {
    name: &'static str,
    round: fn(u64) -> Value,
    /// It has at least these.
    least: Figures,
}

const REGIMES: [Regime; 10] = [
    regime("plain", plain::round, [6000, 200, 130, 90, 180, 10]),
    regime("shapes", shapes::round, [65_537, 100, 80, 40, 100, 5]),
    regime("filters", filters::round, [350, 150, 90, 50, 100, 15]),
    regime("dense", dense::round, [350, 150, 120, 75, 400, 15]),
    regime("limited", limited::round, [200, 150, 100, 60, 100, 8]),
    regime("shared", shared::round, [300, 200, 130, 70, 140, 20]),
    regime("moldable", moldable::round, [300, 120, 100, 50, 100, 5]),
    regime("alike", alike::round, [250, 150, 110, 50, 100, 20]),
    regime("missing", missing::round, [350, 150, 90, 50, 100, 15]),
    regime("mixed", mixed::round, [400, 110, 60, 35, 150, 10]),
];

const fn regime(name: &'static str, round: fn(u64) -> Value, least: [usize; 6]) -> Regime {
    let [resources, jobs, later, starts, instants, equal] = least;
    Regime { name, round, least: Figures { resources, jobs, later, starts, instants, equal } }
}

impl Figures {
    /// Those of the rounds of a regime.
    fn of(round: fn(u64) -> Value) -> Figures {
        let mut sums = Figures::default();
        for snapshot in (0..ROUNDS).map(round) {
            let (plan, _) = decide(&snapshot).expect("a plan");
            let now = snapshot["now"].as_i64().expect("a time");
            let assignments = plan["assignments"].as_array().expect("assignments");
            let held = snapshot["scheduled_jobs"].as_array().expect("jobs");
            let start = |job: &Value| job["start"].as_i64().expect("a start");
            let end = |job: &Value| start(job) + job["walltime"].as_i64().expect("a walltime");
            let instants: BTreeSet<i64> = assignments
                .iter()
                .chain(held)
                .flat_map(|job| [start(job), end(job)])
                .filter(|second| *second >= now)
                .collect();
            let cores = &snapshot["resources"]["hierarchy"]["cores"];
            sums.resources = sums.resources.max(cores.as_array().map_or(0, Vec::len));
            sums.jobs += waiting(&snapshot).count();
            sums.later += assignments.iter().filter(|job| start(job) > now).count();
            sums.starts += assignments.iter().map(start).collect::<BTreeSet<_>>().len();
            sums.instants += instants.len();
            sums.equal += most_equal(&snapshot);
        }
        let rounds = ROUNDS as usize;
        Figures {
            resources: sums.resources,
            jobs: sums.jobs / rounds,
            later: sums.later / rounds,
            starts: sums.starts / rounds,
            instants: sums.instants / rounds,
            equal: sums.equal / rounds,
        }
    }

    fn all(&self) -> [usize; 6] {
        [self.resources, self.jobs, self.later, self.starts, self.instants, self.equal]
    }
}

/// The most jobs with the same alternatives.
fn most_equal(snapshot: &Value) -> usize {
    let alternative = |moldable: &Value| json!([moldable["requests"], moldable["walltime"]]).to_string();
    let alternatives = |job: &Value| job["moldables"].as_array().into_iter().flatten().map(alternative).collect();
    let mut requests: Vec<String> = waiting(snapshot).map(alternatives).collect();
    requests.sort_unstable();
    requests.chunk_by(|one, next| one == next).map(<[_]>::len).max().unwrap_or(0)
}

#[test]
fn rounds_are_large_and_full() {
    for Regime { name, round, least } in &REGIMES {
        let figures = Figures::of(*round);
        println!("{name}: {figures:?}");
        let is_enough = figures.all().iter().zip(least.all()).all(|(figure, least)| *figure >= least);
        assert!(is_enough, "{name}: {figures:?}, but at least {least:?} was claimed");
    }
}

#[test]
fn what_makes_them_special_matters() {
    for Regime { name, round, .. } in &REGIMES {
        let rounds = (0..ROUNDS).map(round);
        let decided = |snapshot: &Value| by_job(&decide(snapshot).expect("a plan").0);
        let rounds: Vec<_> = rounds.map(|snapshot| (decided(&snapshot), snapshot)).collect();
        for (_, what, erase) in ERASERS.iter().filter(|(regime, _, _)| regime == name) {
            let (mut moved, mut jobs) = (0, 0);
            for (places, snapshot) in &rounds {
                let mut without = snapshot.clone();
                erase(&mut without);
                if without != *snapshot {
                    let places_without = decided(&without);
                    moved += places.iter().filter(|(job, place)| places_without.get(job) != Some(place)).count();
                    jobs += places.len();
                }
            }
            println!("{name}: without {what} {moved} of {jobs} jobs have another place");
            assert!(moved > 0 && moved * 20 > jobs, "{name}: without {what} only {moved} of {jobs} have another place");
        }
    }
}
