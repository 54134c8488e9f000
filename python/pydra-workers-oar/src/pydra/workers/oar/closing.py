"""The end of jobs that nobody waits for any more, where no loop runs that could do it."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence

from pydra.workers.oar import answers, commands, questions
from pydra.workers.oar.answers import AnswerError
from pydra.workers.oar.commands import CommandError, UnusableError

logger = logging.getLogger("pydra.worker")

# Seconds that closing takes at most: for submissions under way, and for deleted jobs to end.
CLOSING_PATIENCE = 20.0

Freed = Callable[[], None]


def delete_now(jobs: Mapping[int, Freed]) -> None:
    """Deletes jobs and those as which OAR submits them again, and frees what those held that have ended."""
    alive = dict(jobs)
    told = oardel_now(list(alive))
    deadline = time.monotonic() + CLOSING_PATIENCE
    while alive and time.monotonic() < deadline:
        time.sleep(0.5)
        try:
            states = questions.ask_now(questions.states(sorted(alive)))
            ended = [number for number in alive if states.get(number) in answers.ENDED]
            known, successors = questions.ask_now(questions.endings(ended))
        except (CommandError, AnswerError) as error:
            told = str(error)
            if isinstance(error, UnusableError):
                break
            continue
        again = {successors[number]: alive[number] for number in known if number in successors}
        for number in known:
            freed = alive.pop(number)
            if number not in successors:
                freed()
        if again:
            logger.info("OAR jobs were submitted again, and are deleted: %s", sorted(again))
            alive |= again
            told = oardel_now(list(again)) or told
    if alive:
        logger.error("OAR jobs %s may still be there%s", sorted(alive), f": {told}" if told else "")


def oardel_now(jobs: Sequence[int]) -> str:
    """What oardel says against it. It also does so if one of the jobs has ended in the meantime: what counts is their state."""
    told = []
    for chunk in commands.chunks(jobs):
        try:
            commands.call_now(commands.oardel(chunk)).or_error("oardel")
        except CommandError as error:
            logger.info("deleting OAR jobs %s: %s", chunk, error)
            told.append(str(error))
    return "; ".join(told)
