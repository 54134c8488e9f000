"""The jobs of a worker in OAR, all of them: submitted with care, asked after together, and deleted when nobody waits for them any more."""

import asyncio
import contextlib
import logging
import os
import shlex
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydra.workers.oar import answers, closing, commands, locks, questions
from pydra.workers.oar.answers import AnswerError, Details
from pydra.workers.oar.closing import Freed
from pydra.workers.oar.commands import CommandError, Printed, UnusableError
from pydra.workers.oar.polling import pause

logger = logging.getLogger("pydra.worker")

SUBMISSIONS_AT_ONCE = 4
# Seconds in which OAR may yet submit a job again that has ended.
RESUBMISSION_PATIENCE = 5.0
# Seconds until a job is given up that oarstat does not know.
UNKNOWN_PATIENCE = 60.0
# Seconds of failing answers until all jobs are given up.
FAILURE_PATIENCE = 3600.0
# Seconds until a deleted job that has not ended is deleted again, and how often.
DELETION_PATIENCE = 30.0
DELETIONS = 3

# What was interrupted stays: when the coroutines of a workflow are thrown away, Pydra keeps a result without outputs, which passes for good.
interrupted: list[set[asyncio.Task[Any]]] = []


@dataclass
class Watched:
    """A job that somebody waits for."""

    number: int
    future: asyncio.Future[Details]
    freed: Freed
    # Since when oarstat does not know it, and when it was first seen to have ended.
    unknown: float | None = None
    failed: float | None = None


@dataclass
class Left:
    """A job that nobody waits for, until it has ended."""

    freed: Freed
    deletions: int = 0
    deleted: float = 0.0
    # When it was first seen to have ended.
    failed: float | None = None


@dataclass(eq=False)
class Submission:
    """A call of oarsub."""

    words: Sequence[str]
    ended: threading.Event = field(default_factory=threading.Event)


@dataclass(eq=False)
class Jobs:
    """Belongs to one event loop. `freed` of a job is called when it has ended and nobody has waited for that."""

    loop: asyncio.AbstractEventLoop
    poll_delay: float
    watched: dict[int, Watched] = field(default_factory=dict)
    left: dict[int, Left] = field(default_factory=dict)
    # Submitted, and not yet watched.
    new: dict[int, Freed] = field(default_factory=dict)
    caches: dict[Path, asyncio.Task[None]] = field(default_factory=dict)
    submissions: set[Submission] = field(default_factory=set)
    # Who waits for them.
    submitters: set[asyncio.Task[int]] = field(default_factory=set)
    poller: asyncio.Task[None] | None = None
    closing: bool = False
    closed: bool = False

    def __post_init__(self) -> None:
        self.process = os.getpid()
        self.turn = asyncio.Semaphore(SUBMISSIONS_AT_ONCE)
        self.changed = asyncio.Event()
        self.never = self.loop.create_future()
        self.last_change = self.last_question = time.monotonic()
        self.took = 0.0
        self.failures = 0
        self.failing_since: float | None = None

    async def free_dead(self, cache_root: Path) -> None:
        """Frees the locks of jobs that have ended without anybody to see it. Once for a cache is enough."""
        if cache_root not in self.caches:
            self.caches[cache_root] = self.loop.create_task(self.look_for_dead(cache_root))
        await asyncio.shield(self.caches[cache_root])

    async def look_for_dead(self, cache_root: Path) -> None:
        try:
            holders = locks.holders(cache_root)
            for chunk in commands.chunks(sorted(holders), commands.JOBS_IN_A_FULL_CALL):
                printed = (await commands.call(commands.oarstat_details(chunk))).or_error("oarstat")
                for number, known in answers.details(printed).items():
                    # Another server may have jobs of the same numbers, and OAR may have submitted this one again.
                    uid = holders[number]
                    if known.state in answers.ENDED and f"batchscript_{uid}.sh" in known.command and locks.holder(cache_root, uid) == number:
                        locks.free(cache_root, uid)
        except (CommandError, AnswerError, OSError) as error:
            logger.warning("locks in %s may be those of jobs that have ended: %s", cache_root, error)

    async def submit(self, words: Sequence[str], freed: Freed) -> int:
        """The number of the new job. Raises RuntimeError with what oarsub says against it."""
        async with self.turn:
            if self.closing and not self.closed:
                await self.never
            if self.closed:
                raise RuntimeError("The worker was closed before the task was submitted to OAR")
            # Once it has begun, nobody interrupts it: there may be a job, whose number would be lost.
            submitter = self.loop.create_task(self.call_oarsub(words, freed))
            self.submitters.add(submitter)
            submitter.add_done_callback(self.submitters.discard)
            try:
                return await asyncio.shield(submitter)
            except asyncio.CancelledError:
                submitter.add_done_callback(self.leave_submitted)
                raise

    async def call_oarsub(self, words: Sequence[str], freed: Freed) -> int:
        submission = Submission(words)
        self.submissions.add(submission)
        try:
            printed, numbers = await commands.in_thread(partial(self.call_oarsub_now, submission, freed))
        except CommandError as error:
            raise RuntimeError(str(error)) from error
        if printed.status != 0 or len(numbers) != 1:
            for number in numbers:
                self.leave(number)
            told = printed.stderr.strip() or printed.stdout.strip() or f"exit status {printed.status}"
            raise RuntimeError(f"Error returned from oarsub: {told}")
        return numbers[0]

    def call_oarsub_now(self, submission: Submission, freed: Freed) -> tuple[Printed, list[int]]:
        """In a thread of its own: Ctrl-C interrupts the main one, wherever it is."""
        try:
            printed = commands.call_now(submission.words, limited=False)
            numbers = answers.submitted(printed.stdout)
            self.new |= dict.fromkeys(numbers, freed)
            return printed, numbers
        finally:
            self.submissions.discard(submission)
            submission.ended.set()

    def leave_submitted(self, submitter: asyncio.Task[int]) -> None:
        if not submitter.cancelled() and submitter.exception() is None:
            self.leave(submitter.result())

    async def end(self, number: int) -> Details:
        """Waits for the end of a job, or of those as which OAR submits it again. Who stops waiting leaves it to be deleted. Raises RuntimeError if
        nothing is known of it any more, or if this is closed."""
        if self.closed:
            self.leave(number)
            raise deleted(number)
        watched = Watched(number, self.loop.create_future(), self.new[number])
        self.watched[number] = watched
        del self.new[number]
        self.last_change = time.monotonic()
        self.ask_on()
        try:
            return await watched.future
        except BaseException:
            if self.watched.pop(watched.number, None):
                self.new[watched.number] = watched.freed
                self.leave(watched.number)
            raise

    def leave(self, number: int) -> None:
        """Lets a job be deleted that nobody waits for."""
        freed = self.new.pop(number)
        if not self.closed:
            self.left[number] = Left(freed)
            self.ask_on()
        elif number not in self.left:
            self.left[number] = Left(freed)
            if told := closing.oardel_now([number]):
                logger.error("OAR job %d may still be there: %s", number, told)

    def ask_on(self) -> None:
        """There is one poller, as long as there are jobs."""
        self.changed.set()
        if not self.closing and not self.loop.is_closed() and (self.poller is None or self.poller.done()):
            self.poller = self.loop.create_task(self.poll())

    async def poll(self) -> None:
        while self.watched or self.left:
            await self.rest()
            began = time.monotonic()
            try:
                await self.delete_left()
                await self.ask()
            except (CommandError, AnswerError) as error:
                self.failed(error)
            except Exception as error:  # whatever it is, nobody may wait for ever
                logger.exception("the OAR jobs are given up")
                self.give_up(error)
            else:
                self.failures, self.failing_since = 0, None
            self.last_question = time.monotonic()
            self.took = self.last_question - began

    async def rest(self) -> None:
        """Until it is time to ask again, which may change in the meantime."""
        while True:
            now = time.monotonic()
            wanted = pause(self.poll_delay, now - self.last_change, self.took, self.failures)
            rest = self.last_question + wanted - now
            if rest <= 0 or (not self.failures and any(not left.deletions for left in self.left.values())):
                return
            self.changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self.changed.wait()

    def failed(self, error: CommandError | AnswerError) -> None:
        """One failure is no news; where it cannot or does not get better, nobody waits any longer."""
        now = time.monotonic()
        self.failures += 1
        for watched in self.watched.values():
            watched.unknown = None
        self.failing_since = now if self.failing_since is None else self.failing_since
        if not isinstance(error, UnusableError) and now - self.failing_since < FAILURE_PATIENCE:
            level = logging.WARNING if self.failures in (3, 30, 300) else logging.INFO
            logger.log(level, "OAR has failed to answer %d times, and is asked again: %s", self.failures, error)
        else:
            self.give_up(error)

    def give_up(self, error: Exception) -> None:
        if self.left:
            logger.error("OAR jobs %s may still be there: %s", sorted(self.left), error)
        self.left.clear()
        for watched in list(self.watched.values()):
            self.settle(watched, RuntimeError(f"OAR does not tell about job {watched.number}: {error}"))

    async def delete_left(self) -> None:
        now = time.monotonic()
        due = {number: left for number, left in self.left.items() if not left.deletions or now - left.deleted > DELETION_PATIENCE}
        for number, left in due.items():
            left.deletions += 1
            left.deleted = now
            if left.deletions > DELETIONS:
                logger.error("OAR job %d has been deleted %d times, and has not ended", number, DELETIONS)
                del self.left[number]
        for chunk in commands.chunks([number for number in due if number in self.left]):
            logger.info("deleting OAR jobs %s", chunk)
            # It fails as well if one of them has ended in the meantime: what counts is their state.
            await commands.call(commands.oardel(chunk))

    async def ask(self) -> None:
        numbers = sorted({*self.watched, *self.left})
        states = await questions.ask(questions.states(numbers))
        if numbers and not states:
            # As OAR 2 answers when its database does not.
            raise AnswerError(f"expected the state of one of {len(numbers)} jobs at least, found none")
        now = time.monotonic()
        ended = [number for number in numbers if states.get(number) in answers.ENDED]
        for watched in list(self.watched.values()):
            if watched.number in states:
                watched.unknown = watched.unknown if watched.number in ended else None
            elif watched.number in numbers:
                self.unknown(watched, now)
        await self.ask_about(ended)

    def unknown(self, watched: Watched, now: float) -> None:
        """OAR may leave out a job when its database is in trouble."""
        watched.unknown = now if watched.unknown is None else watched.unknown
        if now - watched.unknown > UNKNOWN_PATIENCE:
            self.settle(watched, RuntimeError(f"OAR does not know job {watched.number} any more"))

    async def ask_about(self, ended: Sequence[int]) -> None:
        """Who has waited for these jobs gets to know how they ended, or waits for those as which they were submitted again. Of the jobs that nobody
        waits for, those are deleted too."""
        details, successors = await questions.ask(questions.endings(ended))
        now = time.monotonic()
        for number in ended:
            # It may have been left in the meantime.
            job = self.watched.get(number) or self.left.get(number)
            known = details.get(number)
            if job is None:
                continue
            if known is None:
                if isinstance(job, Watched):
                    self.unknown(job, now)
                continue
            if job.failed is None:
                self.last_change = job.failed = now
            if successor := successors.get(number):
                self.follow(number, successor, now)
            elif known.succeeded or not known.may_be_resubmitted or now - job.failed > RESUBMISSION_PATIENCE:
                if isinstance(job, Watched):
                    self.settle(job, known)
                else:
                    del self.left[number]
                    job.freed()

    def follow(self, number: int, successor: int, now: float) -> None:
        logger.info("OAR job %d was submitted again as %d", number, successor)
        self.last_change = now
        if watched := self.watched.pop(number, None):
            watched.number, watched.failed = successor, None
            self.watched[successor] = watched
        else:
            self.new[successor] = self.left.pop(number).freed
            self.leave(successor)

    def settle(self, watched: Watched, outcome: Details | Exception) -> None:
        """Tells who waits. A job of which nothing is known is left to be deleted."""
        self.last_change = time.monotonic()
        if watched.future.done():
            return
        if isinstance(outcome, Details):
            del self.watched[watched.number]
            watched.future.set_result(outcome)
        else:
            watched.future.set_exception(outcome)

    def close(self) -> None:
        """Deletes all jobs that are left, and waits a little until they have ended."""
        # A copy of the process has a copy of this, but the jobs are not its own.
        if self.closed or os.getpid() != self.process:
            return
        self.closing = True
        self.finish_submissions()
        jobs = self.new | {number: watched.freed for number, watched in self.watched.items()}
        jobs |= {number: left.freed for number, left in self.left.items()}
        # A loop has weak references only.
        if not self.loop.is_running() and (tasks := asyncio.all_tasks(self.loop)):
            interrupted.append(tasks)
        if jobs:
            logger.warning("deleting %d OAR jobs that nobody waits for", len(jobs))
            closing.delete_now(jobs)
        self.left = {number: Left(freed) for number, freed in jobs.items()}
        self.closed = True
        if self.loop.is_running():
            # Who waits goes on, unlike where the loop stands still.
            if self.poller:
                self.poller.cancel()
            for watched in list(self.watched.values()):
                self.settle(watched, deleted(watched.number))

    def finish_submissions(self) -> None:
        """Where the loop stands still, lets what OAR is being asked come to an end."""
        if self.loop.is_closed() or self.loop.is_running():
            return
        deadline = time.monotonic() + closing.CLOSING_PATIENCE
        if self.poller and not self.poller.done():
            self.poller.cancel()
            self.loop.run_until_complete(asyncio.wait([self.poller], timeout=closing.CLOSING_PATIENCE))
        for submission in list(self.submissions):
            if not submission.ended.wait(max(0, deadline - time.monotonic())):
                logger.error("oarsub has not ended, and may yet make a job that nobody waits for: %s", shlex.join(submission.words))


def deleted(number: int) -> RuntimeError:
    return RuntimeError(f"OAR job {number} was deleted: the worker was closed while it ran")
