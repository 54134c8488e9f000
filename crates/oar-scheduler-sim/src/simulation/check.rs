//! What must hold of every simulation, looked up in what happened, apart from how it came about.

use std::collections::HashMap;

use oar_scheduler_core::{Seconds, Time};

use super::trace::{Execution, Trace};
use crate::platform::Platform;
use crate::workload::{Job, Workload};

/// Checks that no resource is used twice, no job starts before it waits or runs longer than its walltime, and every job has run to its end once or is
/// left over.
///
/// # Errors
/// The first thing that does not hold.
pub(super) fn check(workload: &Workload, platform: &Platform, trace: &Trace) -> Result<(), String> {
    let mut accounted = vec![0_usize; workload.jobs.len()];
    let mut account = |job: usize| {
        if let Some(count) = accounted.get_mut(job) {
            *count += 1;
        }
    };
    // Until when each resource is used.
    let mut used_until: HashMap<u32, (Time, i64)> = HashMap::new();
    let mut waits_since: HashMap<usize, Time> = HashMap::new();
    let mut previous = Time(i64::MIN);
    for execution in &trace.executions {
        let job = workload.jobs.get(execution.job).ok_or("there is an execution of no job")?;
        if execution.start < previous {
            return Err(format!("job {} starts at {} in the past", job.number, execution.start));
        }
        previous = execution.start;
        check_execution(job, execution)?;
        if execution.start < waits_since.get(&execution.job).copied().unwrap_or(job.submit) {
            return Err(format!("job {} runs at {} before it ended or was submitted", job.number, execution.start));
        }
        waits_since.insert(execution.job, execution.end);
        if !execution.resources.is_subset(&platform.resources.default) {
            return Err(format!("job {} runs on {}, which is not all there", job.number, execution.resources));
        }
        for resource in execution.resources.iter() {
            let previous = used_until.insert(resource.0, (execution.end, job.number));
            if let Some((until, other)) = previous.filter(|(until, _)| *until > execution.start) {
                let (number, start) = (job.number, execution.start);
                return Err(format!(
                    "resource {resource} is used by job {number} from {start} and by job {other} until {until}"
                ));
            }
        }
        if !execution.killed {
            account(execution.job);
        }
    }
    trace.left.iter().for_each(|left| account(left.job));
    match workload.jobs.iter().zip(accounted).find(|(_, count)| *count != 1) {
        Some((job, count)) => Err(format!("job {} ends or is left over {count} times", job.number)),
        None => Ok(()),
    }
}

fn check_execution(job: &Job, execution: &Execution) -> Result<(), String> {
    let Execution { start, end, .. } = *execution;
    let ran = end - start;
    if execution.resources.is_empty() {
        return Err(format!("job {} runs on nothing", job.number));
    }
    let is_right = if execution.killed { (Seconds(0)..job.run).contains(&ran) } else { ran == job.run };
    if !is_right || ran > job.requested || start < job.submit {
        return Err(format!(
            "job {} was submitted at {}, runs for {} and asked for {}, and runs from {start} to {end}",
            job.number, job.submit, job.run, job.requested
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use oar_scheduler_core::JobId;

    use super::super::trace::Left;
    use super::*;

    fn job(number: i64, submit: i64, run: i64, size: u32) -> Job {
        Job {
            number,
            id: JobId(number),
            submit: Time(submit),
            run: Seconds(run),
            requested: Seconds(100),
            size,
            user: String::new(),
            project: String::new(),
            queue: 1,
        }
    }

    fn execution(job: usize, start: i64, end: i64, resources: &str) -> Execution {
        let resources = resources.parse().unwrap();
        Execution { job, queued: Time(0), start: Time(start), end: Time(end), resources, killed: false }
    }

    fn checked(executions: &[Execution], left: &[usize]) -> Result<(), String> {
        let workload = Workload { jobs: vec![job(1, 0, 10, 2), job(2, 5, 10, 1)], ..Workload::default() };
        let left = left.iter().map(|&job| Left { job, queued: Time(0) }).collect();
        check(
            &workload,
            &Platform::of_cores(4).unwrap(),
            &Trace { executions: executions.to_vec(), left, ..Trace::default() },
        )
    }

    #[test]
    fn what_a_scheduler_may_do_passes() {
        checked(&[execution(0, 0, 10, "1-2"), execution(1, 10, 20, "2")], &[]).unwrap();
        checked(&[execution(0, 0, 10, "1-2")], &[1]).unwrap();
        let killed = Execution { killed: true, ..execution(1, 5, 9, "3") };
        checked(&[execution(0, 3, 13, "1-2"), killed, execution(1, 9, 19, "4")], &[]).unwrap();
    }

    #[test]
    fn what_no_scheduler_may_do_is_found() {
        let first = execution(0, 0, 10, "1-2");
        let killed = Execution { killed: true, ..execution(1, 5, 9, "3") };
        for (executions, left, part) in [
            (
                &[first.clone(), execution(1, 9, 19, "2")][..],
                &[][..],
                "resource 2 is used by job 2 from 9 and by job 1 until 10",
            ),
            (&[execution(1, 4, 14, "1")], &[0], "was submitted at 5"),
            (&[execution(0, 0, 11, "1-2")], &[1], "runs from 0 to 11"),
            (&[execution(0, 0, 9, "1-2")], &[1], "runs from 0 to 9"),
            (&[execution(0, 0, 10, "")], &[1], "job 1 runs on nothing"),
            (&[execution(0, 0, 10, "4-5")], &[1], "not all there"),
            (std::slice::from_ref(&first), &[], "job 2 ends or is left over 0 times"),
            (&[first.clone(), execution(0, 20, 30, "1-2")], &[1], "job 1 ends or is left over 2 times"),
            (std::slice::from_ref(&first), &[0, 1], "job 1 ends or is left over 2 times"),
            (&[first.clone(), killed.clone()], &[], "job 2 ends or is left over 0 times"),
            (&[first.clone(), killed, execution(1, 8, 18, "4")], &[], "before it ended"),
            (&[execution(1, 20, 30, "1"), first.clone()], &[], "in the past"),
        ] {
            let problem = checked(executions, left).unwrap_err();
            assert!(problem.contains(part), "{part}: {problem}");
        }
    }
}
