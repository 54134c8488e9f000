"""What OAR is asked about many jobs. A question yields the calls that it takes and gets what they print, so that it can be asked with and without a
loop."""

from collections.abc import Generator, Sequence
from typing import TypeVar

from pydra.workers.oar import answers, commands
from pydra.workers.oar.answers import Details

T = TypeVar("T")
Question = Generator[list[str], str, T]


def states(jobs: Sequence[int]) -> Question[dict[int, str]]:
    found: dict[int, str] = {}
    for chunk in commands.chunks(jobs):
        found |= answers.states((yield commands.oarstat_states(chunk)))
    return found


def endings(jobs: Sequence[int]) -> Question[tuple[dict[int, Details], dict[int, int]]]:
    """How jobs have ended, and as which OAR, or the user, has submitted them again."""
    found: dict[int, Details] = {}
    for chunk in commands.chunks(jobs, commands.JOBS_IN_A_FULL_CALL):
        found |= answers.details((yield commands.oarstat_details(chunk)))
    failed = [known for known in found.values() if not known.succeeded]
    again: dict[int, int] = {}
    for chunk in commands.chunks([known.job for known in failed], commands.JOBS_IN_A_FULL_CALL):
        new = answers.details((yield commands.oarstat_resubmissions(chunk)))
        again |= {known.resubmission_of: number for number, known in new.items()}
    # OAR 3 tells nothing there of jobs that have ended, as the new one may have by now.
    for chunk in commands.chunks([known.job for known in failed if known.may_be_resubmitted and known.job not in again]):
        again |= answers.successors((yield commands.oarstat_events(chunk)))
    return found, again


async def ask(question: Question[T]) -> T:
    """The answer. Raises CommandError and AnswerError."""
    try:
        words = next(question)
        while True:
            words = question.send((await commands.call(words)).or_error(words[0]))
    except StopIteration as end:
        answer: T = end.value
        return answer


def ask_now(question: Question[T]) -> T:
    """The same where no loop runs."""
    try:
        words = next(question)
        while True:
            words = question.send(commands.call_now(words).or_error(words[0]))
    except StopIteration as end:
        answer: T = end.value
        return answer
