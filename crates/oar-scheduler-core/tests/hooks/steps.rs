//! A round in steps, as a meta-scheduler drives it.

use oar_scheduler_core::{
    Access, Assignment, JobId, MoldableId, NoHooks, Plan, QueueGroup, Round, Seconds, Snapshot, Time, View,
};
use serde_json::json;

use super::{places, plan, reference, round, set};

fn started(snapshot: &Snapshot) -> Round<NoHooks> {
    Round::new(snapshot, NoHooks).unwrap()
}

#[test]
fn groups_placed_one_by_one_give_the_plan_of_the_whole() {
    for seed in 0..500 {
        let snapshot = Snapshot::from_json(reference::generate::snapshot(seed).to_string().as_bytes()).unwrap();
        let mut round = started(&snapshot);
        for group in &snapshot.groups {
            round.place_group(group);
        }
        let placed: Vec<Assignment> = round.assignments().cloned().collect();
        let found = round.finish();
        assert_eq!(found, plan(&snapshot, NoHooks), "seed {seed}");
        assert_eq!(found.assignments, placed, "seed {seed}");
    }
}

#[test]
fn scheduled_jobs_may_come_with_the_snapshot_or_after_it() {
    let mut compared = 0;
    for seed in 0..500 {
        let snapshot = Snapshot::from_json(reference::generate::snapshot(seed).to_string().as_bytes()).unwrap();
        let bare = Snapshot { scheduled_jobs: Vec::new(), ..snapshot.clone() };
        let mut round = started(&bare);
        round.hold(&snapshot.scheduled_jobs);
        snapshot.groups.iter().for_each(|group| round.place_group(group));
        assert_eq!(round.finish(), plan(&snapshot, NoHooks), "seed {seed}");
        compared += usize::from(!snapshot.scheduled_jobs.is_empty());
    }
    assert!(compared > 100);
}

#[test]
fn jobs_placed_one_by_one_give_the_plan_of_the_group() {
    let snapshot = round(|snapshot| {
        snapshot["waiting_jobs"][2]["reservation_start"] = json!(300);
        snapshot["waiting_jobs"][1]["moldables"][0]["walltime"] = json!(0);
    });
    let mut round = started(&snapshot);
    let jobs = &snapshot.groups[0].waiting_jobs;
    assert_eq!(round.place_job(&jobs[0]).map(|place| place.start), Some(Time(100)));
    assert_eq!(round.place_job(&jobs[1]), None);
    assert_eq!(round.place_reservation(&jobs[2]).map(|place| place.start), Some(Time(300)));
    assert_eq!(round.finish(), plan(&snapshot, NoHooks));
}

#[test]
fn a_place_decided_elsewhere_is_kept_free() {
    let snapshot = round(|_| {});
    let mut round = started(&snapshot);
    let jobs = &snapshot.groups[0].waiting_jobs;
    let decided = Assignment {
        job: JobId(12),
        moldable: MoldableId(120),
        start: Time(100),
        walltime: Seconds(60),
        resources: set("2-4"),
    };
    round.hold_placed(&jobs[1], &decided);
    assert_eq!(round.assignments().count(), 0);
    round.place_group(&snapshot.groups[0]);
    let plan: Plan = round.finish();
    assert_eq!(places(&plan), ["11@160: 1-2", "13@160: 3-4"]);
    assert!(plan.reason(JobId(11)).unwrap().line.contains("job 12 holds"));
    assert_eq!(plan.warnings, ["job 12 is left out: there is another one of that number"]);
}

#[test]
fn the_gantt_shows_what_is_held_so_far() {
    let snapshot = round(|_| {});
    let mut round = started(&snapshot);
    let holders = |round: &Round<NoHooks>| round.gantt().holds().iter().map(|hold| hold.job.id.0).collect::<Vec<_>>();
    assert_eq!(holders(&round), [1]);
    round.place_group(&snapshot.groups[0]);
    assert_eq!(holders(&round), [1, 11, 12, 13]);
    let gantt = round.gantt();
    assert_eq!((gantt.now(), gantt.end(), gantt.end_of(JobId(1))), (Time(100), Time(10_000), Some(Time(149))));
    assert_eq!(gantt.scheduled(JobId(1)).len(), 1);
    assert!(gantt.scheduled(JobId(11)).is_empty());
    let availability =
        gantt.availability(View { besteffort: false, container: None, missing: false }, &Access::Free).unwrap();
    let free: Vec<String> = availability.iter().map(|(begin, free)| format!("{begin}: {free}")).collect();
    assert_eq!(free, ["100: 4", "150: ", "160: ", "210: 1 4", "220: 1-4"]);
    assert!(!gantt.shows(View { besteffort: false, container: Some("box"), missing: false }));
}

#[test]
fn a_group_that_comes_twice_is_left_out_the_second_time() {
    let snapshot = round(|_| {});
    let mut round = started(&snapshot);
    round.place_group(&snapshot.groups[0]);
    round.place_group(&snapshot.groups[0]);
    round.place_group(&QueueGroup::default());
    let mut found = round.finish();
    assert_eq!(found.warnings.len(), 3);
    found.warnings.clear();
    assert_eq!(found, plan(&snapshot, NoHooks));
}

#[test]
fn a_round_that_cannot_begin_says_why() {
    for (key, value, words) in [("time_zone", json!("Mars/Olympus"), "time zone"), ("quotas", json!([]), "quotas file")]
    {
        let error = Round::new(&round(|snapshot| snapshot[key] = value), NoHooks).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let error = Round::new(&Snapshot { max_time: Time(99), ..round(|_| {}) }, NoHooks).unwrap_err().to_string();
    assert!(error.contains("max_time") && error.contains("99"), "{error}");
}
