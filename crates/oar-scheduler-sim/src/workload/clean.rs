//! From the records of a log to the jobs that are simulated.

use jiff::tz::TimeZone;
use oar_scheduler_core::{JobId, Seconds, Time};

use super::{Dropped, Job, Workload};
use crate::swf::{Log, Record};

/// How the records of a log become jobs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cleaning {
    /// How many processors the machine has.
    pub processors: u64,
    /// The times between submissions are divided by this. Finite and above 0; anything else counts as 1.
    pub speed_up: f64,
    /// The instant from which submissions are counted; `None`: the one that the log tells, else the epoch.
    pub start: Option<Time>,
}

impl Workload {
    /// The jobs of a log that can be simulated, ascending by submission.
    ///
    /// The rules are those of Gaussier, Glesser, Reis, Trystram, SC'15, so that published figures can be compared. A
    /// job's size is the number of processors that it asked for, or got when it did not say. It runs no longer than its
    /// walltime. Records are left out as [`Dropped`] says; their status does not matter.
    pub fn of(log: &Log, cleaning: &Cleaning) -> Self {
        let start = cleaning.start.or(log.header.unix_start_time).unwrap_or_default();
        let mut records: Vec<&Record> = log.records.iter().collect();
        records.sort_by_key(|record| record.submit);
        let mut workload = Self { name: log.name.clone(), time_zone: time_zone(log), ..Self::default() };
        if log.unusable > 0 {
            workload.dropped.insert(Dropped::Unusable, log.unusable);
        }
        for (id, record) in (1..).map(JobId).zip(records) {
            match job(id, record, start, cleaning.processors) {
                Ok(job) => workload.jobs.push(job),
                Err(cause) => *workload.dropped.entry(cause).or_default() += 1,
            }
        }
        workload.speed_up(cleaning.speed_up);
        workload
    }

    /// Divides the times from the first submission to the others, rounding down.
    fn speed_up(&mut self, factor: f64) {
        let Some(first) = self.jobs.first().map(|job| job.submit) else { return };
        // Dividing by 1 would still round beyond 2^53.
        if !factor.is_finite() || factor <= 0.0 || factor == 1.0 {
            return;
        }
        for job in &mut self.jobs {
            let since = (job.submit - first).0 as f64 / factor;
            job.submit = first + Seconds(since.floor() as i64);
        }
    }
}

fn job(id: JobId, record: &Record, start: Time, processors: u64) -> Result<Job, Dropped> {
    if record.submit < Seconds(0) {
        return Err(Dropped::NegativeSubmission);
    }
    if record.run <= Seconds(0) {
        return Err(Dropped::NoRunTime);
    }
    if record.walltime <= Seconds(0) {
        return Err(Dropped::NoRequestedTime);
    }
    let size = if record.requested > 0 { record.requested } else { record.allocated };
    if size <= 0 {
        return Err(Dropped::NoProcessors);
    }
    let is_too_large = |count: i64| u64::try_from(count).is_ok_and(|count| count > processors);
    if is_too_large(size) || is_too_large(record.allocated) {
        return Err(Dropped::TooLarge);
    }
    Ok(Job {
        number: record.number,
        id,
        submit: start + record.submit,
        run: record.run.min(record.walltime),
        requested: record.walltime,
        size: u32::try_from(size).map_err(|_| Dropped::TooLarge)?,
        user: name(record.user),
        project: name(record.group),
        queue: record.queue,
    })
}

/// The number of a user or a group as text.
fn name(number: i64) -> String {
    if number == -1 { "unknown".to_owned() } else { number.to_string() }
}

/// The time zone that the log tells, if there is one of that name. Some add words to the name.
fn time_zone(log: &Log) -> Option<String> {
    let told = log.header.time_zone.as_deref()?;
    let first_word = told.split_ascii_whitespace().next();
    [Some(told), first_word].into_iter().flatten().find(|name| TimeZone::get(name).is_ok()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::output::Output;
    use crate::swf::read_text;

    fn cleaned(text: &str, cleaning: Cleaning) -> Workload {
        Workload::of(&read_text(text).0, &cleaning)
    }

    fn on(processors: u64) -> Cleaning {
        Cleaning { processors, speed_up: 1.0, start: None }
    }

    /// A line of a log: number, submission, run time, allocated and requested processors, requested time.
    fn line([number, submit, run, allocated, requested, walltime]: [i64; 6]) -> String {
        format!("{number} {submit} -1 {run} {allocated} -1 -1 {requested} {walltime} -1 0 3 4 -1 5 -1 -1 -1\n")
    }

    fn causes(workload: &Workload) -> Vec<(Dropped, u64)> {
        workload.dropped.iter().map(|(&cause, &count)| (cause, count)).collect()
    }

    #[test]
    fn a_job_is_what_its_record_says() {
        let workload = cleaned(&line([7, 30, 100, 3, 4, 90]), on(4));
        let job = Job {
            number: 7,
            id: JobId(1),
            submit: Time(30),
            run: Seconds(90),
            requested: Seconds(90),
            size: 4,
            user: "3".to_owned(),
            project: "4".to_owned(),
            queue: 5,
        };
        assert_eq!(workload.jobs, [job]);
        assert!(workload.dropped.is_empty());
    }

    #[test]
    fn records_are_dropped_by_their_first_cause() {
        let cases = [
            ([1, -1, 0, 0, 0, 0], Dropped::NegativeSubmission),
            ([1, 0, 0, 1, 1, 9], Dropped::NoRunTime),
            ([1, 0, -1, 9, 9, 9], Dropped::NoRunTime),
            ([1, 0, 5, 1, 1, -1], Dropped::NoRequestedTime),
            ([1, 0, 5, 1, 1, 0], Dropped::NoRequestedTime),
            ([1, 0, 5, -1, 0, 9], Dropped::NoProcessors),
            ([1, 0, 5, 0, -1, 9], Dropped::NoProcessors),
            ([1, 0, 5, 4, 5, 9], Dropped::TooLarge),
            ([1, 0, 5, 5, 4, 9], Dropped::TooLarge),
            ([1, 0, 5, 5, -1, 9], Dropped::TooLarge),
        ];
        for (fields, cause) in cases {
            let workload = cleaned(&line(fields), on(4));
            assert_eq!((workload.jobs.len(), causes(&workload)), (0, vec![(cause, 1)]), "{fields:?}");
        }
        let huge = cleaned(&line([1, 0, 5, -1, 5_000_000_000, 9]), on(u64::MAX));
        assert_eq!(causes(&huge), [(Dropped::TooLarge, 1)]);
    }

    #[test]
    fn allocated_processors_count_when_none_were_requested() {
        for requested in [0, -1] {
            assert_eq!(cleaned(&line([1, 0, 5, 4, requested, 9]), on(4)).jobs[0].size, 4);
        }
        assert_eq!(cleaned(&line([1, 0, 5, 4, 2, 9]), on(4)).jobs[0].size, 2);
    }

    #[test]
    fn ids_are_ranks_by_submission_among_all_records() {
        let text =
            [[10, 50, 5, 1, 1, 9], [11, 20, 0, 1, 1, 9], [12, 20, 5, 1, 1, 9], [13, 50, 5, 1, 1, 9]].map(line).concat();
        let workload = cleaned(&text, on(4));
        let ids: Vec<_> = workload.jobs.iter().map(|job| (job.id.0, job.number)).collect();
        assert_eq!(ids, [(2, 12), (3, 10), (4, 13)]);
        assert_eq!(causes(&workload), [(Dropped::NoRunTime, 1)]);
    }

    #[test]
    fn lines_that_cannot_be_used_are_counted() {
        let text = format!("1 2 3\n{0}{0}", line([1, 0, 5, 1, 1, 9]));
        let workload = cleaned(&text, on(4));
        assert_eq!((workload.jobs.len(), causes(&workload)), (1, vec![(Dropped::Unusable, 2)]));
    }

    #[test]
    fn submissions_are_counted_from_the_start() {
        let text = line([1, 30, 5, 1, 1, 9]);
        let dated = format!("; UnixStartTime: 1000\n{text}");
        let submit = |text: &str, start| cleaned(text, Cleaning { start, ..on(4) }).jobs[0].submit;
        assert_eq!(submit(&text, None), Time(30));
        assert_eq!(submit(&dated, None), Time(1030));
        assert_eq!(submit(&dated, Some(Time(0))), Time(30));
    }

    #[test]
    fn a_speed_up_divides_the_time_since_the_first_job_that_is_kept() {
        let text =
            [[1, 5, 0, 1, 1, 9], [2, 100, 5, 1, 1, 9], [3, 103, 5, 1, 1, 9], [4, 110, 5, 1, 1, 9]].map(line).concat();
        let submits = |speed_up| -> Vec<i64> {
            let workload = cleaned(&text, Cleaning { speed_up, ..on(4) });
            workload.jobs.iter().map(|job| job.submit.0).collect()
        };
        assert_eq!(submits(2.0), [100, 101, 105]);
        assert_eq!(submits(0.5), [100, 106, 120]);
        for nonsense in [1.0, 0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(submits(nonsense), [100, 103, 110], "{nonsense}");
        }
        assert_eq!(submits(f64::MIN_POSITIVE)[1], i64::MAX);
    }

    #[test]
    fn users_and_projects_may_be_unknown() {
        let text = line([1, 0, 5, 1, 1, 9]).replace(" 3 4 -1 5", " -1 -1 -1 -1");
        let workload = cleaned(&text, on(4));
        assert_eq!((workload.jobs[0].user.as_str(), workload.jobs[0].project.as_str()), ("unknown", "unknown"));
        assert_eq!(workload.jobs[0].queue, -1);
    }

    #[test]
    fn the_time_zone_is_told_if_it_exists() {
        for (told, expected) in [
            ("; TimeZoneString: Europe/Stockholm\n", Some("Europe/Stockholm")),
            ("; TimeZoneString: US/Pacific (summer time too)\n", Some("US/Pacific")),
            ("; TimeZoneString: Middle/Earth\n", None),
            ("", None),
        ] {
            let text = format!("{told}{}", line([1, 0, 5, 1, 1, 9]));
            assert_eq!(cleaned(&text, on(4)).time_zone.as_deref(), expected, "{told}");
        }
    }

    #[test]
    fn real_logs_keep_the_jobs_that_others_kept() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/traces");
        let cases = [
            ("KTH-SP2-1996-2.swf.gz", 100, 28_489, 28_481, "Europe/Stockholm", 843_480_031),
            ("UniLu-Gaia-2014-1.swf.gz", 2004, 51_987, 51_859, "Europe/Luxembourg", 1_400_749_079),
        ];
        for (name, processors, records, kept, zone, first) in cases {
            let file = folder.join(name);
            if !file.exists() {
                eprintln!("skipped: there is no ../shared/traces/{name} beside the project");
                continue;
            }
            let log = Log::read(&file, true, &mut Output::new("oar-sim")).unwrap();
            assert_eq!((log.records.len(), log.unusable, log.name.as_str()), (records, 0, name));
            assert_eq!(log.header.max_procs, Some(processors));
            let workload = Workload::of(&log, &on(processors));
            assert_eq!(workload.jobs.len(), kept);
            assert_eq!(workload.dropped.values().sum::<u64>(), (records - kept) as u64);
            assert_eq!((workload.time_zone.as_deref(), workload.jobs[0].submit), (Some(zone), Time(first)));
        }
    }
}
