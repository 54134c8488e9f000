//! What is told of a waiting job: `jobs.message`.

use std::fmt::Write;

use oar_scheduler_core::{Moldable, Resources, Seconds, WaitingJob};
use oar_scheduler_db::{JobDetails, MESSAGE_MAX};

/// What a message tells. Its first part has the form that OAR 2 writes and reads: `R=4,W=1:0:0,J=B,N=name,Q=queue,P=project,T=types (Karma=0.250)`.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The job.
    pub job: &'a WaitingJob,
    /// What else is known of it.
    pub details: &'a JobDetails,
    /// How many resources it gets, or asks for; none: not known beforehand.
    pub resources: Option<u64>,
    /// Without the security time; none: it asks for nothing.
    pub walltime: Option<Seconds>,
    /// Its karma, where that matters.
    pub karma: Option<f64>,
    /// What else there is to say; may be empty.
    pub text: &'a str,
}

impl Message<'_> {
    /// The message. When it would be too long, the job's types give way first.
    pub fn line(&self) -> String {
        let line = self.with_types(true);
        if line.len() <= MESSAGE_MAX { line } else { self.with_types(false) }
    }

    fn with_types(&self, with_types: bool) -> String {
        let job = &self.job.job;
        let mut parts = Vec::new();
        parts.extend(self.resources.map(|resources| format!("R={resources}")));
        parts.extend(self.walltime.map(|walltime| format!("W={}", hours(walltime))));
        let is_reservation = self.job.reservation_start.is_some();
        let kind = if is_reservation {
            "R"
        } else if self.details.is_interactive {
            "I"
        } else {
            "B"
        };
        parts.push(format!("J={kind}"));
        if !job.name.is_empty() {
            parts.push(format!("N={}", job.name));
        }
        if !["", "default", "besteffort"].contains(&job.queue.as_str()) {
            parts.push(format!("Q={}", job.queue));
        }
        if !["", "default"].contains(&job.project.as_str()) {
            parts.push(format!("P={}", job.project));
        }
        if with_types && !job.types.is_empty() {
            let types = job.types.iter().map(|(name, value)| match value.as_str() {
                "" => name.clone(),
                value => format!("{name}={value}"),
            });
            parts.push(format!("T={}", types.collect::<Vec<_>>().join("|")));
        }
        let mut line = parts.join(",");
        if let Some(karma) = self.karma {
            // Writing to a text does not fail.
            let _ = write!(line, " (Karma={karma:.3})");
        }
        if !self.text.is_empty() {
            let _ = write!(line, ": {}", self.text);
        }
        line
    }
}

/// A duration as OAR writes it: hours, minutes and seconds, without zeros in front.
pub fn hours(Seconds(seconds): Seconds) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let seconds = seconds.unsigned_abs();
    format!("{sign}{}:{}:{}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A message with another value of one of its first parts, such as `R` or `W`, if it has that part.
pub fn with_part(message: &str, name: &str, value: &str) -> String {
    let mut parts: Vec<String> = message.split(',').map(str::to_owned).collect();
    let is_it = |part: &&mut String| part.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
    if let Some(part) = parts.iter_mut().take(2).find(is_it) {
        *part = format!("{name}={value}");
    }
    parts.join(",")
}

/// How many resources an alternative asks for, as far as that is known beforehand.
pub fn asked(moldable: &Moldable, resources: &Resources) -> Option<u64> {
    let counts = moldable.requests.iter().flat_map(|request| &request.levels);
    let size = resources.hierarchy.size(moldable, &resources.default)?;
    counts.into_iter().all(|(_, count)| count.0 > 0).then_some(size.fewest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn job() -> WaitingJob {
        let mut job = WaitingJob::default();
        job.job.queue = "default".to_owned();
        job.job.project = "default".to_owned();
        job
    }

    fn line(job: &WaitingJob, is_interactive: bool, karma: Option<f64>, text: &str) -> String {
        let details = JobDetails { is_interactive, message: String::new() };
        Message { job, details: &details, resources: Some(4), walltime: Some(Seconds(3600)), karma, text }.line()
    }

    #[test]
    fn as_oar_2_writes_it() {
        assert_eq!(line(&job(), false, None, ""), "R=4,W=1:0:0,J=B");
        let mut named = job();
        named.job.name = "night".to_owned();
        named.job.queue = "admin".to_owned();
        named.job.project = "p53".to_owned();
        named.job.types = [("besteffort", ""), ("inner", "12")].map(|(name, value)| (name.into(), value.into())).into();
        let expected = "R=4,W=1:0:0,J=I,N=night,Q=admin,P=p53,T=besteffort|inner=12 (Karma=0.250): waits";
        assert_eq!(line(&named, true, Some(0.25), "waits"), expected);
    }

    #[test]
    fn walltimes_have_no_zeros_in_front() {
        for (seconds, text) in [(0, "0:0:0"), (300, "0:5:0"), (90_061, "25:1:1"), (-61, "-0:1:1")] {
            assert_eq!(hours(Seconds(seconds)), text);
        }
    }

    #[test]
    fn parts_are_replaced() {
        let message = "R=4,W=1:0:0,J=R,N=W=3 (Karma=0.250): waits, R=5";
        assert_eq!(with_part(message, "R", "12"), "R=12,W=1:0:0,J=R,N=W=3 (Karma=0.250): waits, R=5");
        assert_eq!(with_part(message, "W", "0:5:0"), "R=4,W=0:5:0,J=R,N=W=3 (Karma=0.250): waits, R=5");
        assert_eq!(with_part("Renewed resources", "R", "3"), "Renewed resources");
    }

    #[test]
    fn types_give_way_to_what_matters_more() {
        let mut job = job();
        job.job.types = [("inner".to_owned(), "x".repeat(300))].into();
        assert_eq!(line(&job, false, None, "waits"), "R=4,W=1:0:0,J=B: waits");
    }
}
