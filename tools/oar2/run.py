"""One run: all scenarios in one batch, and all stories, under one scheduler."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import outcome
from .outcome import Outcome, Seen
from .scenarios import Expected, Job, Scenario
from .server import Server, ServerError
from .story import Ending, Story, Telling

# Seconds until a round, or all scenarios, are given up. Far more than they take.
ROUND_PATIENCE = 60
PATIENCE = 180

JOBS = """
    SELECT j.job_id AS id, j.state, j.message, j.start_time, j.exit_code,
        (SELECT min(p.start_time) FROM gantt_jobs_predictions_visu p
            JOIN moldable_job_descriptions m ON m.moldable_id = p.moldable_job_id WHERE m.moldable_job_id = j.job_id) AS predicted,
        (SELECT coalesce(string_agg(network_address || ': ' || cores || CASE cpus WHEN 1 THEN ' on a cpu' ELSE '' END, ', ' ORDER BY network_address), '')
            FROM (SELECT network_address, count(*) AS cores, count(DISTINCT cpu) AS cpus FROM assigned_resources JOIN resources USING (resource_id)
                WHERE moldable_job_id = j.assigned_moldable_job GROUP BY network_address) AS nodes) AS where
    FROM jobs j
"""
# Row 0 of the published predictions is the time of the round.
ROUND = "SELECT coalesce(max(start_time), 0) AS now FROM gantt_jobs_predictions_visu WHERE moldable_job_id = 0"
PLACED = re.compile(r"^R=\d+,W=\d+:\d+:\d+,J=B\b")


class Batch:
    """The jobs of a scenario on the server."""

    def __init__(self, scenario: Scenario, server: Server, expected: Expected) -> None:
        self.scenario = scenario
        self.server = server
        self.expected = expected
        self.ids: dict[str, int] = {}
        self.refused: set[str] = set()
        self.faults: list[str] = []
        self.first: dict[str, Seen] = {}
        self.now = 0
        self.jobs: dict[str, Seen] = {}
        self.steps = list(scenario.steps)
        self.outcome: Outcome | None = None

    def submit(self, job: Job) -> None:
        done = self.server.attempt(*job.words(self.ids), user=job.user)
        ids = [int(number) for number in re.findall(r"^OAR_JOB_ID=(\d+)$", done.stdout, re.MULTILINE)]
        if job.refused:
            self.refused.add(job.name)
            if ids or not re.search(job.refused, done.stdout):
                self.faults.append(f"oarsub should have refused {job.name} with {job.refused!r}:\n{done.stdout}")
        elif not ids:
            raise ServerError(f"{self.scenario.name}: oarsub of {job.name}:\n{done.stdout}")
        elif len(ids) == 1:
            self.ids[job.name] = ids[0]
        else:
            self.ids |= {f"{job.name} {index}": number for index, number in enumerate(ids, 1)}

    def reserve(self) -> None:
        """Submits the advance reservation of the scenario, and waits until it is accepted."""
        job = self.scenario.reservation
        oarsub = self.server.start(*job.words(self.ids), user=job.user)
        deadline = time.monotonic() + ROUND_PATIENCE
        while oarsub.poll() is None:
            if time.monotonic() > deadline:
                oarsub.terminate()
            self.server.nudge()
            time.sleep(0.2)
        printed = oarsub.stdout.read()
        if oarsub.returncode != 0:
            raise ServerError(f"{self.scenario.name}: oarsub of {job.name}:\n{printed}")
        self.ids[job.name] = int(re.search(r"^OAR_JOB_ID=(\d+)$", printed, re.MULTILINE)[1])

    def prepare(self) -> None:
        for job in self.scenario.jobs:
            self.submit(job)
        if self.scenario.before:
            self.scenario.before(self)

    def hold(self, name: str) -> None:
        self.server.command("oarhold", str(self.ids[name]))

    def resume(self, name: str) -> None:
        self.server.command("oarresume", str(self.ids[name]))

    def ask_for_blocks(self, name: str, count: int) -> None:
        """Changes what a job asks for, behind the back of oarsub."""
        self.server.sql(
            f"UPDATE job_resource_descriptions SET res_job_value = {count} FROM job_resource_groups, moldable_job_descriptions"
            " WHERE res_group_id = res_job_group_id AND moldable_id = res_group_moldable_id"
            f" AND moldable_job_id = {self.ids[name]} AND res_job_order = 0"
        )

    def ask_for_property(self, name: str, properties: str) -> None:
        quoted = properties.replace("'", "''")
        self.server.sql(f"UPDATE jobs SET properties = '{quoted}' WHERE job_id = {self.ids[name]}")

    def account(self, user: str, core_seconds: int) -> None:
        """What a user had of the machine on the day before."""
        self.server.sql(
            "INSERT INTO accounting(window_start, window_stop, accounting_user, accounting_project, queue_name, consumption_type, consumption)"
            f" SELECT now - 86400, now - 1, '{user}', 'default', 'default', type, {core_seconds}"
            " FROM (SELECT extract(epoch FROM now())::int AS now) AS clock, (VALUES ('ASKED'), ('USED')) AS types(type)"
        )

    def has_event(self, name: str, event: str) -> bool:
        return bool(self.server.rows(f"SELECT 1 FROM event_logs WHERE job_id = {self.ids[name]} AND type = '{event}'"))

    def look_at(self, name: str) -> Seen:
        return Seen(**self.server.rows(f"{JOBS} WHERE j.job_id = {self.ids[name]}")[0])

    def see(self, jobs: dict[int, Seen]) -> None:
        """Takes over what is new, and does the steps that are due."""
        if self.outcome:
            return
        self.jobs = {name: jobs[number] for name, number in self.ids.items()}
        if self.steps:
            if self.jobs[self.steps[0].job].state == self.steps[0].state:
                self.steps.pop(0).then(self)
        elif outcome.states(self.jobs, self.refused) == self.expected.states:
            self.finish()

    def see_first_round(self, jobs: dict[int, Seen], now: int) -> None:
        self.first = {name: jobs[number] for name, number in self.ids.items()}
        self.now = now

    def finish(self) -> None:
        names = {number: name for name, number in self.ids.items()}
        self.outcome = Outcome(
            plan=outcome.plan(self.first, self.now),
            states=outcome.states(self.jobs, self.refused),
            order=self.order(),
            where=outcome.where(self.jobs),
            messages={name: outcome.plain(job.message, names) for name, job in self.first.items()},
        )
        self.faults += self.outcome.faults(self.expected) + self.faults_of_the_first_round()
        if self.scenario.check:
            self.faults += self.scenario.check(self)

    def order(self) -> str:
        chains = self.scenario.chains or (tuple(self.jobs),)
        return "; ".join(outcome.order({name: self.jobs[name] for name in chain if name in self.jobs}) for chain in chains)

    def faults_of_the_first_round(self) -> list[str]:
        faults = []
        for name, job in self.first.items():
            if self.scenario.reservation and name == self.scenario.reservation.name:
                continue
            if job.predicted is not None and not PLACED.match(job.message):
                faults.append(f"message of {name}, which has a place: {job.message!r}")
            if job.state == "Waiting" and job.start_time:
                faults.append(f"{name} waits, and has a start_time")
        return faults


@dataclass(frozen=True)
class Cast:
    """Who decides in a run: which of the expectations are theirs."""

    name: str
    scenario: Callable[[Scenario], Expected]
    # Without one, no stories are told: these are about meta-schedulers.
    story: Callable[[Story], Ending] | None


class Run:
    """All scenarios and stories under one scheduler, on a server without jobs."""

    def __init__(self, server: Server, cast: Cast, scenarios: list[Scenario], stories: list[Story]) -> None:
        self.server = server
        self.batches = [Batch(scenario, server, cast.scenario(scenario)) for scenario in scenarios]
        self.tellings = [Telling(story, server, cast.story(story)) for story in stories] if cast.story else []

    def faults(self) -> list[str]:
        of_scenarios = [f"{batch.scenario.name}: {fault}" for batch in self.batches for fault in batch.faults]
        return of_scenarios + [f"{telling.story.name}: {fault}" for telling in self.tellings for fault in telling.faults]

    def play(self) -> None:
        for batch in self.batches:
            if batch.scenario.reservation:
                batch.reserve()
        self.server.command("oarnotify", "-D")
        for batch in self.batches:
            batch.prepare()
        # Without Almighty there is no round between the release and the first look.
        self.server.up("stop")
        before = self.time_of_round()
        self.server.command("oarnotify", "-E")
        self.server.up("start")
        now = self.wait_for_a_round(after=before)
        jobs = self.look()
        for batch in self.batches:
            batch.see_first_round(jobs, now)
        self.watch()

    def watch(self) -> None:
        """Until all scenarios and stories are over."""
        deadline = time.monotonic() + PATIENCE
        while not all(batch.outcome for batch in self.batches) or not all(telling.ending for telling in self.tellings):
            if time.monotonic() > deadline and all(telling.ending for telling in self.tellings):
                break
            self.server.nudge()
            time.sleep(0.5)
            jobs = self.look()
            for batch in self.batches:
                batch.see(jobs)
            for telling in self.tellings:
                telling.see(jobs)
        for batch in self.batches:
            if not batch.outcome:
                batch.finish()
                batch.faults.append(f"not over after {PATIENCE} s")

    def time_of_round(self) -> int:
        return self.server.rows(ROUND)[0]["now"]

    def wait_for_a_round(self, after: int) -> int:
        deadline = time.monotonic() + ROUND_PATIENCE
        while (now := self.time_of_round()) <= after:
            if time.monotonic() > deadline:
                raise ServerError(f"no round in {ROUND_PATIENCE} s")
            self.server.nudge()
            time.sleep(0.2)
        return now

    def look(self) -> dict[int, Seen]:
        return {row["id"]: Seen(**row) for row in self.server.rows(JOBS)}
