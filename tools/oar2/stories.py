"""The stories: what a meta-scheduler does, beyond choosing places for jobs that wait.

As with the scenarios, the nodes are a story's own, and jobs without a command are of type noop. A user may have two reservations that wait at once.
"""

import time
from collections.abc import Iterator

from .scenarios import Job, date, on
from .settings import SLEEP_LOG, SUSPEND_LOG
from .story import Ending, Story, Telling, Until

USER = "carol"
# Seconds ahead that a reservation is made for that is to begin in the story.
SOON = 30
# Seconds that reservations wait for nodes that are not there.
PATIENCE_OF_RESERVATIONS = 10

# What many of the stories come to.
LAUNCHED = "Waiting → toLaunch → Launching → Running"
RESERVED = f"Waiting → toAckReservation → {LAUNCHED}"
ACCEPTED = "Reservation mode: waiting validation... / Reservation valid --> OK"
CONNECTED = (
    "Starting... / Connect to OAR job session via the node node-34 / on node-34 / logout / Connection to node-34 closed. / Disconnected from OAR job session."
)


def job(name: str, requests: str, where: str = "", command: str = "", types: tuple[str, ...] = (), more: tuple[str, ...] = ()) -> Job:
    return Job(name, requests, where, command, USER, types, more)


def reservation(name: str, requests: str, where: str, start: float, user: str = USER) -> Job:
    return Job(name, requests, where, user=user, more=("-r", date(start)))


def maintenance(play: Telling, node: int, switch: str) -> None:
    """Takes a node out of use, or back into use, as an administrator does."""
    play.root("oarnodesetting", "-h", f"node-{node}", "-m", switch)


def refused_reservation(play: Telling) -> Iterator[Until]:
    start = time.time() + 3600
    yield play.reserve(reservation("first", "/nodes=1,walltime=1:0:0", on(23), start))
    yield play.reserve(reservation("second", "/nodes=1,walltime=1:0:0", on(23), start + 600, "erin"))
    yield play.is_in("second", "Error")


REFUSED_RESERVATION = Story(
    name="reservations accepted and refused",
    about="`first` reserves a node for an hour, in an hour. `second` wants it ten minutes later.",
    tell=refused_reservation,
    perl=Ending(
        course="first Waiting → toAckReservation → Waiting; second Waiting → toError → Error",
        told=f"first: {ACCEPTED}; second: Reservation mode: waiting validation... / Reservation not valid --> KO (This reservation could run at DATE) (exit code 10)",
    ),
)


def punctual_reservation(play: Telling) -> Iterator[Until]:
    start = int(time.time()) + SOON
    yield play.reserve(reservation("reserved", "/nodes=1,walltime=0:5:0", on(24), start))
    yield play.is_past(start)
    play.ask_for_a_round()
    yield play.is_in("reserved", "Running")
    late = play.jobs["reserved"].start_time - start
    play.remark("in time" if 0 <= late <= 15 else f"{late} s late")


PUNCTUAL_RESERVATION = Story(
    name="a reservation begins",
    about=f"A node is reserved for in {SOON} seconds.",
    tell=punctual_reservation,
    perl=Ending(
        course=f"reserved {RESERVED}",
        told=f"reserved: {ACCEPTED}",
        where="reserved on node-24: 8",
        seen="in time",
    ),
)


def late_reservation(play: Telling) -> Iterator[Until]:
    start = int(time.time()) + SOON
    yield play.reserve(reservation("late", "/nodes=1,walltime=0:5:0", on(25), start, "dave"))
    maintenance(play, 25, "on")
    yield play.is_past(start + 4)
    play.ask_for_a_round()
    yield play.is_past(start + 8)
    play.remark(f"{play.jobs['late'].state} as long as the node is away")
    maintenance(play, 25, "off")
    yield play.is_in("late", "Running")
    job = play.jobs["late"]
    play.remark("the delay is taken off its walltime" if play.walltime("late") == 300 - (job.start_time - start) else "its walltime stays")


LATE_RESERVATION = Story(
    name="a late reservation",
    about="Its only node is away when it should begin, and comes back some seconds later.",
    tell=late_reservation,
    perl=Ending(
        course=f"late {RESERVED}",
        told=f"late: {ACCEPTED}",
        where="late on node-25: 8",
        seen="Waiting as long as the node is away; the delay is taken off its walltime",
    ),
)


def reservation_with_a_lost_node(play: Telling) -> Iterator[Until]:
    start = int(time.time()) + SOON
    yield play.reserve(reservation("two nodes", "/nodes=2,walltime=0:5:0", on(26, 27), start, "dave"))
    maintenance(play, 27, "on")
    yield play.is_past(start + 2)
    play.ask_for_a_round()
    yield play.is_past(start + 5)
    play.remark(f"{play.jobs['two nodes'].state} after 5 s")
    yield play.is_past(start + PATIENCE_OF_RESERVATIONS + 1)
    play.ask_for_a_round()
    yield play.is_in("two nodes", "Running")
    play.remark(play.jobs["two nodes"].message.split(",", maxsplit=1)[0])
    maintenance(play, 27, "off")


LOST_NODE = Story(
    name="a reservation with a lost node",
    about=f"One of two reserved nodes is away when it should begin. `RESERVATION_WAITING_RESOURCES_TIMEOUT` is {PATIENCE_OF_RESERVATIONS} s.",
    tell=reservation_with_a_lost_node,
    perl=Ending(
        course=f"two nodes {RESERVED}",
        events="two nodes SCHEDULER_REDUCE_NB_NODES_FOR_RESERVATION",
        told=f"two nodes: {ACCEPTED}",
        where="two nodes on node-26: 8",
        seen="Waiting after 5 s; R=8",
    ),
)


def reservation_without_nodes(play: Telling) -> Iterator[Until]:
    start = int(time.time()) + SOON
    yield play.reserve(reservation("expired", "/nodes=1,walltime=0:0:10", on(28), start, "erin"))
    maintenance(play, 28, "on")
    yield play.is_past(start + 11)
    play.ask_for_a_round()
    yield play.is_in("expired", "Error")
    play.remark(play.jobs["expired"].message)
    maintenance(play, 28, "off")


NO_NODE = Story(
    name="a reservation without nodes",
    about="Its only node is away for all of its time.",
    tell=reservation_without_nodes,
    perl=Ending(
        course="expired Waiting → toAckReservation → Waiting → Error",
        told=f"expired: {ACCEPTED}",
        seen="Reservation expired and couldn't be started.",
    ),
)


def checkpoint(play: Telling) -> Iterator[Until]:
    play.submit(
        job("besteffort", "/nodes=1,walltime=0:10:0", on(29), "trap 'exit 0' USR2; while :; do sleep 1; done", ("besteffort",), ("--checkpoint", "120"))
    )
    yield play.is_in("besteffort", "Running")
    play.submit(job("normal", "/nodes=1,walltime=0:5:0", on(29)))
    yield play.is_in("normal", "Running")


CHECKPOINT = Story(
    name="besteffort job with a checkpoint",
    about="A normal job needs the node of a besteffort one that has asked for a signal two minutes before (`--checkpoint 120`), and ends when it gets it.",
    tell=checkpoint,
    perl=Ending(
        course=f"besteffort {LAUNCHED} → Finishing → Terminated; normal {LAUNCHED}",
        events="besteffort CHECKPOINT, CHECKPOINT_SUCCESSFULL",
        where="besteffort, normal on node-29: 8",
    ),
)


def deaf(play: Telling) -> Iterator[Until]:
    play.submit(job("besteffort", "/nodes=1,walltime=0:10:0", on(30), "trap '' USR2; while :; do sleep 1; done", ("besteffort",), ("--checkpoint", "5")))
    yield play.is_in("besteffort", "Running")
    play.submit(job("normal", "/nodes=1,walltime=0:5:0", on(30)))
    yield play.has_event("besteffort", "CHECKPOINT")
    yield play.is_past(time.time() + 7)
    play.ask_for_a_round()
    yield play.is_in("normal", "Running")
    yield play.is_in("besteffort", "Error", "Terminated")


DEAF = Story(
    name="besteffort job without an ear for the signal",
    about="The same with five seconds, which pass without an answer.",
    tell=deaf,
    perl=Ending(
        course=f"besteffort {LAUNCHED} → Finishing → Error; normal {LAUNCHED}",
        events="besteffort BESTEFFORT_KILL, CHECKPOINT, CHECKPOINT_SUCCESSFULL, CHECKPOINT_TIMEOUT, FRAG_JOB_REQUEST",
        where="besteffort, normal on node-30: 8",
    ),
)


def suspend(play: Telling, node: int, command: str) -> Iterator[Until]:
    play.submit(job("first", "/nodes=1,walltime=0:30:0", on(node), command))
    yield play.is_in("first", "Running")
    play.submit(job("second", "/nodes=1,walltime=0:5:0", on(node)))
    yield Until("second has a message", lambda: play.jobs["second"].message)
    play.root("oarhold", "-r", str(play.ids["first"]))
    yield play.is_in("first", "Suspended")
    yield play.is_in("second", "Running")
    play.root("oarresume", str(play.ids["first"]))
    yield play.is_in("first", "Resuming")
    moment = time.time() + 5
    play.ask_for_a_round()
    yield play.is_past(moment)
    play.remark(f"{play.jobs['first'].state} while the second one has the node")
    play.root("oardel", str(play.ids["second"]))
    yield play.is_in("first", "Running")
    suspended = play.row(f"SELECT count(*) FROM resources WHERE network_address = 'node-{node}' AND suspended_jobs = 'YES'")
    play.remark(f"{suspended['count']} resources with suspended jobs")


SUSPEND_NOOP = Story(
    name="suspend and resume, noop",
    about="A job that runs is suspended (`oarhold -r`). Another one takes the node. The first is resumed, and has to wait until the second is over.",
    tell=lambda play: suspend(play, 31, ""),
    perl=Ending(
        course=f"first {LAUNCHED} → Suspended → Resuming → Running; second {LAUNCHED} → Terminated",
        events="first HOLD_RUNNING_JOB, RESUME_JOB; second FRAG_JOB_REQUEST",
        where="first, second on node-31: 8",
        seen="Resuming while the second one has the node; 0 resources with suspended jobs",
    ),
)


def suspend_processes(play: Telling) -> Iterator[Until]:
    SUSPEND_LOG.unlink(missing_ok=True)
    yield from suspend(play, 32, "sleep 600")
    name = f"carol_{play.ids['first']}"
    play.remark(", ".join(line.replace(name, "first") for line in SUSPEND_LOG.read_text().splitlines()))


SUSPEND = Story(
    name="suspend and resume",
    about="The same with processes: `SUSPEND_RESUME_FILE` is run on the node, with the word `suspend` or `resume`, and `JUST_BEFORE_RESUME_EXEC_FILE` before.",
    tell=suspend_processes,
    perl=Ending(
        course=f"first {LAUNCHED} → Suspended → Resuming → Running; second {LAUNCHED} → Terminated",
        events="first HOLD_RUNNING_JOB, RESUME_JOB; second FRAG_JOB_REQUEST",
        where="first, second on node-32: 8",
        seen="Resuming while the second one has the node; 0 resources with suspended jobs; suspend first, before resume, resume first",
    ),
)


def walltime_change(play: Telling) -> Iterator[Until]:
    play.submit(job("job", "/nodes=1,walltime=0:10:0", on(33)))
    yield play.is_in("job", "Running")
    start = play.jobs["job"].start_time
    play.submit(job("next", "/core=1,walltime=0:5:0", on(33), types=(f"postpone={date(start + 1200)}",)))
    yield Until("next has a place", lambda: play.jobs["next"].predicted)
    yield from changed(play, "+0:3:0")
    yield from changed(play, "+0:30:0")
    room = play.jobs["next"].predicted - start - play.walltime("job")
    play.remark(f"{room} s are left before the next job")
    yield from changed(play, "+0:30:0", "--delay-next-jobs")
    yield from changed(play, "-0:40:0")


def changed(play: Telling, change: str, *options: str) -> Iterator[Until]:
    """Asks for a change, and remarks what came of it."""
    before, number = play.walltime("job"), play.ids["job"]
    answer = play.server.command("oarwalltime", *options, str(number), change, user=USER).strip().splitlines()[-1]
    yield Until("the walltime changes", lambda: play.walltime("job") != before)
    pending = play.row(f"SELECT pending FROM walltime_change WHERE job_id = {number}")["pending"]
    asked = " ".join([change, *options])
    play.remark(f"`{asked}`: {answer.partition(':')[0]}, {play.walltime('job') - before:+} s, {pending} s pending")


WALLTIME = Story(
    name="walltime changes",
    about="A job of ten minutes, and `next`, which is to start 20 minutes after it (`postpone`) on the same node. The walltime is increased: by what fits,"
    " by more than fits, and by more with `--delay-next-jobs`. At last it is reduced.",
    tell=walltime_change,
    perl=Ending(
        course=f"job {LAUNCHED}; next Waiting",
        events="job WALLTIME",
        where="job on node-33: 8",
        seen="`+0:3:0`: Accepted, +180 s, 0 s pending; `+0:30:0`: Accepted, +414 s, 1386 s pending; 6 s are left before the next job; `+0:30:0 --delay-next-jobs`: Accepted, +1800 s, 0 s pending; `-0:40:0`: Accepted, -2400 s, 0 s pending",
    ),
)


def interactive(play: Telling) -> Iterator[Until]:
    play.submit(job("first", "/nodes=1,walltime=0:10:0", on(34)))
    yield play.is_in("first", "Running")
    yield play.submit_in_terminal(job("session", "/nodes=1,walltime=0:5:0", on(34), more=("-I",)))
    yield Until("the terminal shows when the session would begin", lambda: "Start prediction" in play.terminals["session"].read())
    play.root("oardel", str(play.ids["first"]))
    yield play.is_in("session", "Running")
    play.terminals["session"].type("echo on $(sort -u $OAR_NODE_FILE); exit")
    yield play.is_in("session", "Terminated", "Error")
    yield Until("the terminal is free again", lambda: play.terminals["session"].has_ended())


INTERACTIVE = Story(
    name="interactive job",
    about="It waits for a node, and begins when the job there is deleted. The user asks which nodes there are, and leaves.",
    tell=interactive,
    perl=Ending(
        course=f"first {LAUNCHED} → Terminated; session {LAUNCHED} → Finishing → Terminated",
        events="first FRAG_JOB_REQUEST",
        told=f"session: Interactive mode: waiting... / [DATE] Start prediction: DATE (R=8,W=0:5:0,J=I (Karma=0.000,quota_ok)) / {CONNECTED}",
        where="first, session on node-34: 8",
    ),
    kao=Ending(
        course=f"first {LAUNCHED} → Terminated; session {LAUNCHED} → Finishing → Terminated",
        events="first FRAG_JOB_REQUEST",
        told=f"session: Interactive mode: waiting... / [DATE] Start prediction: DATE (R=8,W=0:5:0,J=I (Karma=0.000): starts at DATE: it needs 1 of network_address, 0 free; job first holds … until DATE) / {CONNECTED}",
        where="first, session on node-34: 8",
    ),
    note="kao tells the user what the job waits for.",
)


def energy(play: Telling) -> Iterator[Until]:
    SLEEP_LOG.unlink(missing_ok=True)
    in_a_week = int(time.time()) + 7 * 86400
    # From now on it may be put to sleep.
    play.root("oarnodesetting", "-h", "node-35", "-p", f"available_upto={in_a_week}")
    state = "SELECT DISTINCT state FROM resources WHERE network_address = 'node-35'"
    moment = time.time() + 10
    yield play.is_past(moment)
    play.ask_for_a_round()
    yield Until("node-35 is Absent", lambda: play.row(state)["state"] == "Absent")
    play.submit(job("job", "/nodes=1,walltime=0:5:0", on(35)))
    yield play.is_in("job", "Running")
    # A node that comes back from maintenance is Absent for a moment, and may be woken up too.
    notes = [line for line in SLEEP_LOG.read_text().splitlines() if line.endswith("node-35")]
    play.remark(", ".join(dict.fromkeys(notes)))


ENERGY = Story(
    name="energy saving",
    about="Nobody uses a node: `SCHEDULER_NODE_MANAGER_SLEEP_CMD` is given its name. A job needs it: `SCHEDULER_NODE_MANAGER_WAKE_UP_CMD` is.",
    tell=energy,
    perl=Ending(
        course=f"job {LAUNCHED}",
        where="job on node-35: 8",
        seen="sleep node-35, wake up node-35",
    ),
)


def queue(play: Telling) -> Iterator[Until]:
    policy = play.row("SELECT scheduler_policy AS policy FROM queues WHERE queue_name = 'default'")["policy"]
    play.root("oarnotify", "--add-queue", f"night,1,{policy}")
    play.root("oarnotify", "-d", "night")
    play.submit(job("in the queue", "/nodes=1,walltime=0:5:0", on(36), more=("-q", "night")))
    play.submit(job("other", "/nodes=1,walltime=0:5:0", on(37)))
    yield play.is_in("other", "Running")
    play.remark(f"{play.jobs['in the queue'].state} while the queue is stopped")
    play.root("oarnotify", "-e", "night")
    play.ask_for_a_round()
    yield play.is_in("in the queue", "Running")
    play.root("oardel", str(play.ids["in the queue"]))
    yield play.is_in("in the queue", "Terminated", "Error")
    play.root("oarnotify", "--remove-queue", "night")


QUEUE = Story(
    name="a queue is stopped and started",
    about="A queue `night` is added and stopped (`oarnotify -d night`) before a job is submitted to it. Another queue goes on. Then it is opened again.",
    tell=queue,
    perl=Ending(
        course=f"in the queue {LAUNCHED} → Terminated; other {LAUNCHED}",
        events="in the queue FRAG_JOB_REQUEST",
        where="in the queue on node-36: 8; other on node-37: 8",
        seen="Waiting while the queue is stopped",
    ),
)

STORIES = [
    REFUSED_RESERVATION,
    PUNCTUAL_RESERVATION,
    LATE_RESERVATION,
    LOST_NODE,
    NO_NODE,
    CHECKPOINT,
    DEAF,
    SUSPEND_NOOP,
    SUSPEND,
    WALLTIME,
    INTERACTIVE,
    ENERGY,
    QUEUE,
]
