//! TEMPORARY
use crate::output::Output;
use crate::workload::*;
use oar_scheduler_core::{JobId, Seconds, Time};
use std::path::Path;
pub(crate) struct Header {
    pub max_procs: Option<u64>,
}
pub(crate) struct Log {
    pub header: Header,
    pub records: Vec<Vec<i64>>,
}
pub(crate) fn read(path: &Path, _strict: bool, _output: &mut Output) -> Result<Log, String> {
    let lines = crate::input::Lines::open(path).map_err(|e| e.to_string())?;
    let mut records = vec![];
    for line in lines {
        let line = line.map_err(|e| e.to_string())?;
        let t = String::from_utf8_lossy(&line.text).into_owned();
        if t.starts_with(';') {
            continue;
        }
        records.push(t.split_whitespace().map(|f| f.parse::<f64>().unwrap_or(-1.0) as i64).collect());
    }
    Ok(Log { header: Header { max_procs: None }, records })
}
pub(crate) struct Cleaning {
    pub processors: u64,
    pub speed_up: f64,
    pub start: Option<Time>,
}
impl Workload {
    pub fn of(log: &Log, c: &Cleaning) -> Self {
        let mut w = Workload::default();
        for (i, r) in log.records.iter().enumerate() {
            let g = |i: usize| r.get(i).copied().unwrap_or(-1);
            let p = if g(7) > 0 { g(7) } else { g(4) };
            if p <= 0 || p as u64 > c.processors || g(3) <= 0 || g(8) <= 0 || g(1) < 0 {
                *w.dropped.entry(Dropped::Unusable).or_default() += 1;
                continue;
            }
            w.jobs.push(Job {
                number: g(0),
                id: JobId(i as i64 + 1),
                submit: Time((g(1) as f64 / c.speed_up) as i64),
                run: Seconds(g(3).min(g(8))),
                requested: Seconds(g(8)),
                size: p as u32,
                user: g(11).to_string(),
                project: g(12).to_string(),
                queue: g(14),
            });
        }
        w.jobs.sort_by_key(|j| j.submit);
        w
    }
}
