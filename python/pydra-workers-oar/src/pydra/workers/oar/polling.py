"""When to ask OAR next. Without a clock of its own: all that matters is an argument."""

# Seconds between two questions, at most.
LONGEST_PAUSE = 30.0
LONGEST_PAUSE_AFTER_FAILURES = 60.0
# The pause is this part of the time in which nothing has happened: who waits for a job waits a twentieth longer at most.
PART_OF_QUIET = 0.05
# OAR rests for this many times as long as it took to answer.
REST = 3.0


def pause(poll_delay: float, quiet: float, took: float, failures: int) -> float:
    """Seconds from one question to the next.

    `quiet`: seconds since a job was submitted or has ended. `took`: seconds that the last answer took. `failures`: how often OAR has failed to
    answer since it last did.
    """
    wanted = max(poll_delay, min(PART_OF_QUIET * quiet, LONGEST_PAUSE), REST * took)
    if failures:
        wanted = max(wanted, min(max(poll_delay, 1.0) * 2.0 ** min(failures, 10), LONGEST_PAUSE_AFTER_FAILURES))
    return wanted
