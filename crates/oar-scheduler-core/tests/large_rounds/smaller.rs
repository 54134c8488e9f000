//! A large round on which a test fails, made smaller in a reasonable time.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::reference;

/// How long to take jobs out.
const PATIENCE: Duration = Duration::from_secs(300);
/// From this size of the text on, more is of no use: every element of the document is tried.
const SMALL: usize = 4000;

/// The waiting jobs of all groups.
pub fn waiting(snapshot: &Value) -> impl Iterator<Item = &Value> {
    let groups = snapshot["queue_groups"].as_array().into_iter().flatten();
    groups.flat_map(|group| group["waiting_jobs"].as_array()).flatten()
}

/// Takes out jobs, many at once and then few, as long as the test fails; then everything else, if little is left.
pub fn shrink(mut snapshot: Value, fails: impl Fn(&Value) -> bool) -> Value {
    let begin = Instant::now();
    let groups = snapshot["queue_groups"].as_array().map_or(0, Vec::len);
    let mut lists: Vec<String> = (0..groups).map(|group| format!("/queue_groups/{group}/waiting_jobs")).collect();
    lists.push("/scheduled_jobs".to_owned());
    let length = |snapshot: &Value, list: &str| snapshot.pointer(list).and_then(Value::as_array).map_or(0, Vec::len);
    for _ in 0..2 {
        for list in &lists {
            let mut size = length(&snapshot, list).div_ceil(2);
            while size > 0 {
                // The last first: those after the job that differs do not matter.
                let mut end = length(&snapshot, list);
                while end > 0 && begin.elapsed() < PATIENCE {
                    let from = end.saturating_sub(size);
                    let mut candidate = snapshot.clone();
                    let jobs = candidate.pointer_mut(list).and_then(Value::as_array_mut).expect("jobs");
                    jobs.drain(from..end);
                    if fails(&candidate) {
                        snapshot = candidate;
                    }
                    end = from;
                }
                size /= 2;
            }
        }
    }
    let is_small = snapshot.to_string().len() < SMALL;
    if is_small { reference::shrink::shrink(snapshot, &mut |candidate| fails(candidate)) } else { snapshot }
}
