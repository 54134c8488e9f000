//! Requests of running jobs for other walltimes (`oarwalltime`): the table `walltime_change`.

use std::collections::BTreeMap;

use oar_scheduler_core::{Job, JobId, MoldableId, Seconds, Time};

use super::bulk::Rows;
use super::decisions::storable;
use super::rows::Row;
use super::{Connection, Database, DbError, Transaction};

/// All requests that there are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WalltimeRequests {
    /// Now, on the database's clock unless it was given.
    pub now: Time,
    /// Whether the table has the columns of OAR 2.5.10: `whole`, `granted_with_whole`, `timeout`.
    pub has_whole: bool,
    /// The requests, by job.
    pub requests: Vec<WalltimeRequest>,
}

/// A running job that is to get another walltime.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WalltimeRequest {
    /// The job.
    pub job: Job,
    /// The alternative that runs.
    pub moldable: MoldableId,
    /// When it began.
    pub start: Time,
    /// Its walltime, without the security time.
    pub walltime: Seconds,
    /// How long it was suspended, which does not count.
    pub suspended: Seconds,
    /// How much more it is to get, or less.
    pub pending: Seconds,
    /// How much it has got so far.
    pub granted: Seconds,
    /// Whether it gets that at once, and not in pieces.
    pub is_forced: bool,
    /// Whether waiting jobs that are no reservations give way.
    pub delays_others: bool,
    /// Whether it is to get all of it or nothing.
    pub is_whole: bool,
    /// How long it may wait after `requested`; 0: for ever.
    pub timeout: Seconds,
    /// When it was asked for, if that is known.
    pub requested: Option<Time>,
    /// The jobs that have their places after it on its resources, in the gantt of the last round.
    pub next: Vec<NextJob>,
    /// The end of the container that it runs in.
    pub container_end: Option<Time>,
}

impl WalltimeRequest {
    /// When the job ends.
    #[must_use]
    pub fn end(&self) -> Time {
        self.start + self.walltime + self.suspended
    }
}

/// A job that has its place after another one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NextJob {
    /// The job.
    pub job: Job,
    /// Its start.
    pub start: Time,
    /// Whether it is a reservation.
    pub is_reservation: bool,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalltimeAnswer {
    /// The job.
    pub job: JobId,
    /// The alternative that runs.
    pub moldable: MoldableId,
    /// How much more it gets, or less; `None`: it gets nothing, and the request is taken back.
    pub granted: Option<Seconds>,
    /// What is noted.
    pub note: String,
}

const PURPOSE: &str = "changing the walltimes of running jobs";

impl Database {
    /// Reads all requests and writes what `answer` makes of them, in one transaction: nobody else changes a request meanwhile.
    ///
    /// # Errors
    /// When the database refuses it; then nothing has changed.
    pub async fn answer_walltime_requests(
        &mut self,
        security_time: Seconds,
        now: Option<Time>,
        answer: impl FnOnce(&WalltimeRequests) -> Vec<WalltimeAnswer>,
    ) -> Result<Vec<WalltimeAnswer>, DbError> {
        self.transaction(Transaction::Begin).await?;
        let answered = self.read_and_answer(security_time, now, answer).await;
        self.end(answered).await
    }

    async fn read_and_answer(
        &mut self,
        security_time: Seconds,
        now: Option<Time>,
        answer: impl FnOnce(&WalltimeRequests) -> Vec<WalltimeAnswer>,
    ) -> Result<Vec<WalltimeAnswer>, DbError> {
        let mut read = self.walltime_requests(now).await?;
        if read.requests.is_empty() {
            return Ok(Vec::new());
        }
        self.read_additions(&mut read).await?;
        self.read_surroundings(&mut read, security_time).await?;
        let answers = answer(&read);
        self.write_answers(&answers, read.has_whole).await?;
        Ok(answers)
    }

    /// The requests as every table has them.
    async fn walltime_requests(&mut self, now: Option<Time>) -> Result<WalltimeRequests, DbError> {
        // SQLite lets nobody else write meanwhile.
        let lock =
            if matches!(self.connection, Connection::Postgres(_)) { "FOR UPDATE OF walltime_change" } else { "" };
        let query = format!(
            "SELECT {}, CAST(jobs.job_id AS bigint), CAST(job_user AS text), CAST(project AS text), \
             CAST(queue_name AS text), CAST(job_name AS text), CAST(moldable_id AS bigint), \
             CAST(jobs.start_time AS bigint), CAST(moldable_walltime AS bigint), CAST(pending AS bigint), \
             CAST(granted AS bigint), CAST(force AS text), CAST(delay_next_jobs AS text), CAST(suspended AS text) \
             FROM walltime_change JOIN jobs ON jobs.job_id = walltime_change.job_id \
             JOIN moldable_job_descriptions ON moldable_id = jobs.assigned_moldable_job \
             WHERE jobs.state = 'Running' AND pending <> 0 ORDER BY jobs.job_id {lock}",
            self.clock()
        );
        let rows = self.rows("reading requests for other walltimes", &query, read_request).await?;
        let clock = rows.first().map(|(clock, ..)| *clock).unwrap_or_default();
        let now = now.unwrap_or(clock);
        let suspended =
            rows.iter().filter(|(_, _, was_suspended)| *was_suspended).map(|(_, request, _)| request.job.id).collect();
        let suspensions = self.suspensions(suspended, now).await?;
        let requests = rows.into_iter().map(|(_, mut request, _)| {
            request.suspended = suspensions.get(&request.job.id).copied().unwrap_or_default();
            request
        });
        Ok(WalltimeRequests { now, has_whole: false, requests: requests.collect() })
    }

    /// What OAR 2.5.10 has besides.
    async fn read_additions(&mut self, read: &mut WalltimeRequests) -> Result<(), DbError> {
        read.has_whole = self.columns_of("walltime_change").await?.iter().any(|column| column == "whole");
        if !read.has_whole {
            return Ok(());
        }
        let statement = "SELECT CAST(job_id AS bigint), CAST(whole AS text), CAST(timeout AS bigint), \
                         (SELECT CAST(MAX(date) AS bigint) FROM event_logs \
                         WHERE event_logs.job_id = walltime_change.job_id AND event_logs.type = 'WALLTIME_REQUEST') \
                         FROM walltime_change WHERE job_id IN (SELECT a FROM (ROWS) AS asked)";
        let rows = Rows::Keys(read.requests.iter().map(|request| request.job.id.0).collect());
        let additions = self
            .change_with(PURPOSE, statement, rows, |row| {
                let is_whole = row.text(1)?.as_deref() == Some("YES");
                let timeout = Seconds(row.number(2)?.unwrap_or_default());
                Ok((JobId(row.number(0)?.unwrap_or_default()), (is_whole, timeout, row.number(3)?.map(Time))))
            })
            .await?;
        let mut additions: BTreeMap<_, _> = additions.into_iter().collect();
        for request in &mut read.requests {
            if let Some((is_whole, timeout, requested)) = additions.remove(&request.job.id) {
                (request.is_whole, request.timeout, request.requested) = (is_whole, timeout, requested);
            }
        }
        Ok(())
    }

    /// Types, containers, and who has a place after them.
    async fn read_surroundings(&mut self, read: &mut WalltimeRequests, security_time: Seconds) -> Result<(), DbError> {
        let growing = read.requests.iter().filter(|request| request.pending > Seconds(0));
        let until = |request: &WalltimeRequest| request.end() + request.pending + security_time;
        let growing = growing.map(|request| (request.job.id.0, until(request).0)).collect();
        let statement = "SELECT DISTINCT asked.a, CAST(jobs.job_id AS bigint), \
             CAST(gantt_jobs_predictions.start_time AS bigint), CAST(jobs.reservation AS text), \
             CAST(jobs.job_user AS text), CAST(jobs.job_name AS text) FROM (ROWS) AS asked \
             JOIN jobs AS growing ON growing.job_id = asked.a \
             JOIN assigned_resources ON assigned_resources.moldable_job_id = growing.assigned_moldable_job \
             AND assigned_resource_index = 'CURRENT' \
             JOIN gantt_jobs_resources ON gantt_jobs_resources.resource_id = assigned_resources.resource_id \
             JOIN gantt_jobs_predictions ON gantt_jobs_predictions.moldable_job_id = gantt_jobs_resources.moldable_job_id \
             JOIN moldable_job_descriptions ON moldable_id = gantt_jobs_predictions.moldable_job_id \
             JOIN jobs ON jobs.job_id = moldable_job_descriptions.moldable_job_id \
             WHERE jobs.job_id <> asked.a AND jobs.state NOT IN ('Terminated', 'Error', 'toError') \
             AND gantt_jobs_predictions.start_time > growing.start_time \
             AND gantt_jobs_predictions.start_time <= asked.b ORDER BY asked.a, 3, 2";
        let next = self.change_with(PURPOSE, statement, Rows::Numbers(growing), read_next).await?;
        let mut jobs: Vec<JobId> = next.iter().map(|(_, next)| next.job.id).collect();
        jobs.extend(read.requests.iter().map(|request| request.job.id));
        jobs.sort();
        jobs.dedup();
        let types = self.types_of(&jobs).await?;
        let types_of = |job: JobId| types.get(&job).cloned().unwrap_or_default();
        let mut by_job: BTreeMap<JobId, Vec<NextJob>> = BTreeMap::new();
        for (job, mut next) in next {
            next.job.types = types_of(next.job.id);
            by_job.entry(job).or_default().push(next);
        }
        for request in &mut read.requests {
            request.job.types = types_of(request.job.id);
            request.next = by_job.remove(&request.job.id).unwrap_or_default();
        }
        if read.requests.iter().any(|request| request.job.inner_of().is_some()) {
            let ends = self.container_ends().await?;
            for request in &mut read.requests {
                request.container_end = request.job.inner_of().and_then(|name| ends.get(name)).copied();
            }
        }
        Ok(())
    }

    /// When the containers that run end, by name.
    async fn container_ends(&mut self) -> Result<BTreeMap<String, Time>, DbError> {
        let query = "SELECT CAST(jobs.job_id AS bigint), CAST(job_types.type AS text), \
                     CAST(start_time AS bigint), CAST(moldable_walltime AS bigint) FROM jobs \
                     JOIN moldable_job_descriptions ON moldable_id = jobs.assigned_moldable_job \
                     JOIN job_types ON job_types.job_id = jobs.job_id \
                     AND (job_types.type = 'container' OR job_types.type LIKE 'container=%') \
                     WHERE jobs.state = 'Running' ORDER BY jobs.job_id";
        let ends = self
            .rows("reading the containers that run", query, |row| {
                let number = |column| Ok::<i64, sqlx::Error>(row.number(column)?.unwrap_or_default());
                let text = row.text(1)?.unwrap_or_default();
                let name = text.strip_prefix("container=").filter(|name| !name.is_empty());
                let name = name.map_or(number(0)?.to_string(), str::to_owned);
                Ok((name, Time(number(2)?) + Seconds(number(3)?)))
            })
            .await?;
        Ok(ends.into_iter().collect())
    }

    async fn write_answers(&mut self, answers: &[WalltimeAnswer], has_whole: bool) -> Result<(), DbError> {
        let granted = |key: fn(&WalltimeAnswer) -> i64| {
            let rows = answers.iter().filter_map(|answer| Some((key(answer), answer.granted?.0)));
            Rows::Numbers(rows.collect())
        };
        let flags: &[(&str, &str)] = match has_whole {
            true => &[
                ("force", "granted_with_force"),
                ("delay_next_jobs", "granted_with_delay_next_jobs"),
                ("whole", "granted_with_whole"),
            ],
            false => &[("force", "granted_with_force"), ("delay_next_jobs", "granted_with_delay_next_jobs")],
        };
        // On the right of `=` all columns are as they were.
        let sums = flags.iter().map(|(flag, sum)| {
            format!(
                ", {sum} = {sum} + CASE WHEN {flag} = 'YES' AND new.b > 0 THEN new.b ELSE 0 END, \
                 {flag} = CASE WHEN pending = new.b THEN 'NO' ELSE {flag} END"
            )
        });
        let requests = format!(
            "UPDATE walltime_change SET pending = pending - new.b, granted = granted + new.b{} FROM (ROWS) AS new \
             WHERE walltime_change.job_id = new.a",
            sums.collect::<String>()
        );
        self.write(PURPOSE, &requests, granted(|answer| answer.job.0)).await?;
        let walltimes = "UPDATE moldable_job_descriptions SET moldable_walltime = moldable_walltime + new.b \
                         FROM (ROWS) AS new WHERE moldable_id = new.a";
        self.write(PURPOSE, walltimes, granted(|answer| answer.moldable.0)).await?;
        let no = flags.iter().map(|(flag, _)| format!(", {flag} = 'NO'")).collect::<String>();
        let taken_back =
            format!("UPDATE walltime_change SET pending = 0{no} WHERE job_id IN (SELECT a FROM (ROWS) AS taken)");
        let cancelled = answers.iter().filter(|answer| answer.granted.is_none());
        self.write(PURPOSE, &taken_back, Rows::Keys(cancelled.map(|answer| answer.job.0).collect())).await?;
        for (kind, is_granted) in [("WALLTIME", true), ("WALLTIME_REQUEST_CANCELLATION", false)] {
            let notes = answers.iter().filter(|answer| answer.granted.is_some() == is_granted);
            let notes = notes.map(|answer| (answer.job.0, storable(&answer.note))).collect();
            let statement = format!(
                "INSERT INTO event_logs (type, job_id, date, description, to_check) \
                 SELECT '{kind}', a, {}, b, 'NO' FROM (ROWS) AS new",
                self.clock()
            );
            self.write(PURPOSE, &statement, Rows::Texts(notes)).await?;
        }
        Ok(())
    }
}

/// The clock, the request, and whether the job was suspended.
fn read_request(row: &Row) -> Result<(Time, WalltimeRequest, bool), sqlx::Error> {
    let text = |column| Ok::<String, sqlx::Error>(row.text(column)?.unwrap_or_default());
    let number = |column| Ok::<i64, sqlx::Error>(row.number(column)?.unwrap_or_default());
    let job = row.job(1)?;
    let request = WalltimeRequest {
        job,
        moldable: MoldableId(number(6)?),
        start: Time(number(7)?),
        walltime: Seconds(number(8)?),
        pending: Seconds(number(9)?),
        granted: Seconds(number(10)?),
        is_forced: text(11)? == "YES",
        delays_others: text(12)? == "YES",
        ..WalltimeRequest::default()
    };
    Ok((Time(number(0)?), request, text(13)? == "YES"))
}

fn read_next(row: &Row) -> Result<(JobId, NextJob), sqlx::Error> {
    let text = |column| Ok::<String, sqlx::Error>(row.text(column)?.unwrap_or_default());
    let number = |column| Ok::<i64, sqlx::Error>(row.number(column)?.unwrap_or_default());
    let job = Job { id: JobId(number(1)?), user: text(4)?, name: text(5)?, ..Job::default() };
    let next = NextJob { job, start: Time(number(2)?), is_reservation: text(3)? != "None" };
    Ok((JobId(number(0)?), next))
}
