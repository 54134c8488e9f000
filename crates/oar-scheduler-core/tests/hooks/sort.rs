//! `JOB_PRIORITY=CUSTOM`.

use std::cell::RefCell;

use oar_scheduler_core::{HookError, Hooks, JobId, NoHooks, Snapshot, SortRequest};
use serde_json::json;

use super::{line, places, plan, round};

/// Answers with these numbers.
struct Order(Result<Vec<i64>, HookError>);

impl Hooks for Order {
    fn sort(&self, _: &SortRequest<'_>) -> Result<Vec<JobId>, HookError> {
        self.0.clone().map(|ids| ids.into_iter().map(JobId).collect())
    }
}

fn custom() -> Snapshot {
    round(|snapshot| {
        snapshot["ordering"] = json!({ "policy": "CUSTOM", "custom": { "name": "mine", "config": "a: b" } });
        snapshot["waiting_jobs"].as_array_mut().unwrap().reverse();
    })
}

#[test]
fn the_plugin_chooses_the_order() {
    let plan = plan(&custom(), Order(Ok(vec![13, 11, 12])));
    assert_eq!(places(&plan), ["13@100: 2-3", "11@150: 1 4", "12@160: 2-3"]);
    assert!(plan.warnings.is_empty());
}

#[test]
fn unknown_and_repeated_numbers_are_ignored() {
    let plan = plan(&custom(), Order(Ok(vec![4711, 13, 1, 13, 11, i64::MIN, 12, 11])));
    assert_eq!(places(&plan), ["13@100: 2-3", "11@150: 1 4", "12@160: 2-3"]);
    assert!(plan.unscheduled.is_empty() && plan.warnings.is_empty());
}

#[test]
fn a_job_that_is_left_out_waits_and_says_so() {
    let plan = plan(&custom(), Order(Ok(vec![12])));
    assert_eq!(places(&plan), ["12@100: 2-3"]);
    assert_eq!(plan.unscheduled.iter().map(|job| job.job.0).collect::<Vec<_>>(), [11, 13]);
    for job in [11, 13] {
        assert!(line(&plan, job).contains("the sorting plugin mine left it out"), "{}", line(&plan, job));
        let causes = serde_json::to_value(&plan.reason(JobId(job)).unwrap().causes).unwrap();
        assert!(causes.to_string().contains("not_selected"), "{causes}");
    }
}

#[test]
fn without_an_answer_the_order_is_fifo_with_a_warning() {
    let fifo = plan(&round(|_| {}), NoHooks);
    for (hooks, words) in [
        (Order(Err(HookError::Unknown)), "CUSTOM_JOB_SORTING \"mine\": there is no such plugin; FIFO is used"),
        (
            Order(Err(HookError::Failed("out of tea".to_owned()))),
            "CUSTOM_JOB_SORTING \"mine\": out of tea; FIFO is used",
        ),
    ] {
        let plan = plan(&custom(), hooks);
        assert_eq!(plan.warnings, [words]);
        assert_eq!(plan.assignments, fifo.assignments);
    }
    assert_eq!(plan(&custom(), NoHooks).assignments, fifo.assignments);
}

#[test]
fn the_plugin_is_told_who_waits_and_what_its_configuration_is() {
    struct Listener(RefCell<Vec<String>>);
    impl Hooks for Listener {
        fn sort(&self, request: &SortRequest<'_>) -> Result<Vec<JobId>, HookError> {
            let ids: Vec<JobId> = request.jobs.iter().map(|job| job.job.id).collect();
            let SortRequest { name, config, queues, now, .. } = request;
            self.0.borrow_mut().push(format!("{name} {config:?} {queues:?} {now} {ids:?}"));
            Ok(ids)
        }
    }
    let listener = Listener(RefCell::default());
    plan(&custom(), &listener);
    assert_eq!(listener.0.into_inner(), ["mine \"a: b\" [\"default\"] 100 [JobId(11), JobId(12), JobId(13)]"]);
}

#[test]
fn reservations_and_limits_are_not_the_plugins() {
    let snapshot = round(|snapshot| {
        snapshot["ordering"] = json!({ "policy": "CUSTOM", "max_jobs": 1, "custom": { "name": "mine" } });
        snapshot["waiting_jobs"][2]["reservation_start"] = json!(500);
    });
    let plan = plan(&snapshot, Order(Ok(vec![12, 13, 11])));
    assert_eq!(places(&plan), ["12@100: 2-3", "13@500: 1-2"]);
    assert!(line(&plan, 11).contains("it is number 2"), "{}", line(&plan, 11));
}
