"""The scenarios: what is submitted, what is done to it, and what each scheduler makes of it.

The nodes are a scenario's own, so that none is in the way of another. Jobs without a command are of type noop: OAR launches nothing, and ends them when
their walltime is over, which is long after the scenario. A user has at most 30 jobs at once: the Perl scheduler looks at no more of a user's in a round.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .run import Batch


# In seconds from now. The deadline must not pass before the scenarios are over.
DATES = {"an_hour_ago": -3600, "in_three_minutes": 180, "in_an_hour": 3600}


@dataclass(frozen=True)
class Job:
    """A call of oarsub. In `types` and `more`, {NAME} stands for the id of another job of the scenario, or for one of DATES."""

    name: str
    requests: tuple[str, ...] | str
    where: str = ""
    command: str = ""
    user: str = "alice"
    types: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    # What oarsub says when it refuses the job, as a regular expression.
    refused: str = ""

    def words(self, ids: dict[str, int]) -> list[str]:
        requests = (self.requests,) if isinstance(self.requests, str) else self.requests
        is_interactive = "-I" in self.more
        types = self.types if self.command or is_interactive else (*self.types, "noop")
        names = ids | {name: date(time.time() + seconds) for name, seconds in DATES.items()}
        words = ["oarsub"]
        for request in requests:
            words += ["-l", request]
        if self.where:
            words += ["-p", self.where]
        for kind in types:
            words += ["-t", kind.format(**names)]
        words += [word.format(**names) for word in self.more]
        return words if is_interactive else [*words, self.command or "true"]


def date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


@dataclass(frozen=True)
class Step:
    """Once `job` is in `state`: `then`."""

    job: str
    state: str
    then: Callable


@dataclass(frozen=True)
class Expected:
    """What a scenario comes to, in the words of outcome.py. The scenario is over when the states are these."""

    # The first round, in which all jobs of the batch are new: when each would start.
    plan: str
    states: str
    # Who started before whom.
    order: str
    where: str
    # Regular expressions of what the first round said about a job.
    messages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    name: str
    jobs: tuple[Job, ...]
    perl: Expected
    kamelot: Expected
    about: str
    # Where it is not what kamelot makes of it.
    kao: Expected | None = None
    # Why the schedulers differ.
    note: str = ""
    # An advance reservation for in an hour, accepted before the batch is submitted.
    reservation: Job | None = None
    # Who is compared in the order of starts; one chain of all jobs if empty.
    chains: tuple[tuple[str, ...], ...] = ()
    # After the submission, before any scheduler sees the batch.
    before: Callable | None = None
    steps: tuple[Step, ...] = ()
    # A check of its own: takes the batch, gives the faults.
    check: Callable | None = None


def on(*nodes: int) -> str:
    names = ", ".join(f"'node-{node}'" for node in nodes)
    return f"network_address IN ({names})"


def fault_if(wrong: bool, fault: str) -> list[str]:
    return [fault] if wrong else []


def begins_after_the_reservation(batch: Batch) -> list[str]:
    long, reserved = batch.first["long"].predicted, batch.first["reserved"].predicted
    if long is None or reserved is None:
        return ["without a place"]
    gap = long - (reserved + 3600)
    return fault_if(not 5 <= gap <= 6, f"long begins {gap} s after the reservation is over")


def oarstat_shows_the_prediction(batch: Batch) -> list[str]:
    """The message, and when the job would start."""
    # Not while a round writes another one.
    for _ in range(5):
        whole = batch.look_at("whole")
        shown = batch.server.command("oarstat", "-f", "-j", str(whole.id))
        listed = batch.server.command("oarstat", "-j", str(whole.id))
        if batch.look_at("whole") == whole:
            break
    start = date(whole.predicted)
    return (
        fault_if(f"    scheduledStart = {start}\n" not in shown, f"oarstat -f does not say {start}:\n{shown}")
        + fault_if(f"    message = {whole.message}\n" not in shown, f"oarstat -f does not say {whole.message!r}:\n{shown}")
        + fault_if(whole.message not in listed, f"oarstat does not say {whole.message!r}:\n{listed}")
    )


SIMPLE = Scenario(
    name="simple job",
    about="Two cores of a node.",
    jobs=(Job("job", "/core=2,walltime=0:5:0", on(1), command="sleep 2"),),
    perl=Expected(plan="job now", states="job Terminated", order="job", where="job on node-1: 2 on a cpu"),
    kamelot=Expected(plan="job now", states="job Terminated", order="job", where="job on node-1: 2 on a cpu"),
)

BACKFILLING = Scenario(
    name="backfilling",
    about="`half` takes half of a node, `whole` waits for all of it. `short` fits before `whole`, `long` does not.",
    note="Perl adds a second to what a job takes: 300 s of walltime and 5 s of security time are 306 s. kamelot says what the job waits for.",
    jobs=(
        Job("half", "/core=4,walltime=0:5:0", on(2)),
        Job("whole", "/core=8,walltime=0:5:0", on(2)),
        Job("short", "/core=4,walltime=0:4:0", on(2)),
        Job("long", "/core=4,walltime=0:10:0", on(2)),
    ),
    perl=Expected(
        plan="half, short now; whole after 306 s; long after 612 s",
        states="half, short Running; whole, long Waiting",
        order="half = short",
        where="half, short on node-2: 4 on a cpu",
        messages={"whole": r"^R=8,W=0:5:0,J=B"},
    ),
    kamelot=Expected(
        plan="half, short now; whole after 305 s; long after 610 s",
        states="half, short Running; whole, long Waiting",
        order="half = short",
        where="half, short on node-2: 4 on a cpu",
        messages={"whole": r"^R=8,W=0:5:0,J=B.*: starts at DATE: .*job half holds"},
    ),
    check=oarstat_shows_the_prediction,
)

RESERVATION = Scenario(
    name="advance reservation",
    about="A node is reserved for an hour, in an hour. `short` fits before that, `long` does not.",
    reservation=Job("reserved", "/nodes=1,walltime=1:0:0", on(19), more=("-r", "{in_an_hour}")),
    jobs=(Job("long", "/nodes=1,walltime=2:0:0", on(19)), Job("short", "/nodes=1,walltime=0:30:0", on(19))),
    perl=Expected(plan="reserved, long later; short now", states="reserved, long Waiting; short Running", order="short", where="short on node-19: 8"),
    kamelot=Expected(plan="reserved, long later; short now", states="reserved, long Waiting; short Running", order="short", where="short on node-19: 8"),
    check=begins_after_the_reservation,
)

MOLDABLE = Scenario(
    name="moldable job",
    about="Eight cores for four minutes or four cores for two: both could begin at once, the second ends first.",
    jobs=(Job("job", ("/core=8,walltime=0:4:0", "/core=4,walltime=0:2:0"), on(3)),),
    perl=Expected(plan="job now", states="job Running", order="job", where="job on node-3: 4 on a cpu"),
    kamelot=Expected(plan="job now", states="job Running", order="job", where="job on node-3: 4 on a cpu"),
)

HIERARCHY = Scenario(
    name="hierarchical request",
    about="Two cores of one cpu on each of two nodes.",
    jobs=(Job("job", "/nodes=2/cpu=1/core=2,walltime=0:5:0", on(4, 5)),),
    perl=Expected(plan="job now", states="job Running", order="job", where="job on node-4: 2 on a cpu, node-5: 2 on a cpu"),
    kamelot=Expected(plan="job now", states="job Running", order="job", where="job on node-4: 2 on a cpu, node-5: 2 on a cpu"),
)

PROPERTY = Scenario(
    name="property",
    about="`-p \"gpu_model='a100'\"`, which one node has.",
    jobs=(Job("job", "/nodes=1,walltime=0:5:0", "gpu_model='a100'"),),
    perl=Expected(plan="job now", states="job Running", order="job", where="job on node-6: 8"),
    kamelot=Expected(plan="job now", states="job Running", order="job", where="job on node-6: 8"),
)

HALF_A_NODE = Scenario(
    name="half a node",
    about="A condition (`-p`) that one of a node's two cpus meets: `node` asks for one node, `cores` for four cores on the other cpu.",
    note="To Perl a node is what the condition leaves of it. To kamelot a node is a whole node, and half of one is none.",
    jobs=(
        Job("node", "/nodes=1,walltime=0:5:0", f"{on(20)} AND cpu % 2 = 1"),
        Job("cores", "/core=4,walltime=0:5:0", f"{on(20)} AND cpu % 2 = 0"),
    ),
    perl=Expected(plan="node, cores now", states="node, cores Running", order="node = cores", where="node, cores on node-20: 4 on a cpu"),
    kamelot=Expected(
        plan="node never; cores now",
        states="node Waiting; cores Running",
        order="cores",
        where="cores on node-20: 4 on a cpu",
        messages={"node": "W=0:5:0,J=B.*can never run"},
    ),
)

ARRAY = Scenario(
    name="array job",
    about="Three parts of four cores each, on eight cores.",
    note="The second of *backfilling*.",
    jobs=(Job("part", "/core=4,walltime=0:5:0", on(7), command="sleep 3", user="bob", more=("--array", "3")),),
    perl=Expected(
        plan="part 1, part 2 now; part 3 after 306 s",
        states="part 1, part 2, part 3 Terminated",
        order="part 1 = part 2 < part 3",
        where="part 1, part 2, part 3 on node-7: 4 on a cpu",
    ),
    kamelot=Expected(
        plan="part 1, part 2 now; part 3 after 305 s",
        states="part 1, part 2, part 3 Terminated",
        order="part 1 = part 2 < part 3",
        where="part 1, part 2, part 3 on node-7: 4 on a cpu",
    ),
)

BESTEFFORT = Scenario(
    name="besteffort job",
    about="Once the besteffort job runs, a normal one asks for its node.",
    jobs=(Job("besteffort", "/nodes=1,walltime=0:10:0", on(8), command="sleep 600", types=("besteffort",)),),
    steps=(Step("besteffort", "Running", lambda batch: batch.submit(Job("normal", "/nodes=1,walltime=0:5:0", on(8)))),),
    perl=Expected(plan="besteffort now", states="besteffort Error; normal Running", order="besteffort < normal", where="besteffort, normal on node-8: 8"),
    kamelot=Expected(plan="besteffort now", states="besteffort Error; normal Running", order="besteffort < normal", where="besteffort, normal on node-8: 8"),
    check=lambda batch: fault_if(not batch.has_event("besteffort", "BESTEFFORT_KILL"), "besteffort was not killed for another"),
)

CONTAINER = Scenario(
    name="container",
    about="Two jobs of six cores follow each other in a container (`outer`) of eight; a third is longer than the container.",
    note="The second of *backfilling*. kamelot says that the container is the reason.",
    chains=(("first", "second"),),
    jobs=(
        Job("outer", "/nodes=1,walltime=0:10:0", on(9), types=("container",)),
        Job("first", "/core=6,walltime=0:2:0", on(9), command="sleep 2", types=("inner={outer}",)),
        Job("second", "/core=6,walltime=0:2:0", on(9), command="sleep 1", types=("inner={outer}",)),
        Job("too long", "/core=1,walltime=0:20:0", on(9), types=("inner={outer}",)),
    ),
    perl=Expected(
        plan="outer, first now; second after 126 s; too long never",
        states="outer Running; first, second Terminated; too long Waiting",
        order="first < second",
        where="outer on node-9: 8; first, second on node-9: 6",
        messages={"too long": "no_matching_slot"},
    ),
    kamelot=Expected(
        plan="outer, first now; second after 125 s; too long never",
        states="outer Running; first, second Terminated; too long Waiting",
        order="first < second",
        where="outer on node-9: 8; first, second on node-9: 6",
        messages={"too long": "W=0:20:0,J=B.*: container"},
    ),
)

DATED = Scenario(
    name="dates",
    about="Types `postpone`, `expire` and `deadline`: each with a date that the job meets, or one that keeps it from running.",
    note="Perl keeps `too late` waiting, without a word, until its deadline has passed; kamelot ends it as soon as it cannot be met. kamelot says why jobs wait.",
    jobs=(
        Job("postponed", "/core=1,walltime=0:5:0", on(21), user="bob", types=("postpone={in_an_hour}",)),
        Job("not postponed", "/core=1,walltime=0:5:0", on(21), user="bob", types=("postpone={an_hour_ago}",)),
        Job("expired", "/core=1,walltime=0:5:0", on(21), user="bob", types=("expire={an_hour_ago}",)),
        Job("not expired", "/core=1,walltime=0:5:0", on(21), user="bob", types=("expire={in_an_hour}",)),
        Job("too late", "/core=1,walltime=0:5:0", on(21), user="bob", types=("deadline={in_three_minutes}",)),
        Job("in time", "/core=1,walltime=0:5:0", on(21), user="bob", types=("deadline={in_an_hour}",)),
    ),
    perl=Expected(
        plan="postponed later; not postponed, not expired, in time now; expired, too late never",
        states="postponed, too late Waiting; not postponed, not expired, in time Running; expired Error",
        order="not postponed = not expired = in time",
        where="not postponed, not expired, in time on node-21: 1 on a cpu",
        messages={"postponed": r"^R=1,W=0:5:0,J=B", "expired": r"Job will never run \(expire=DATE\)", "too late": r"^R=1,W=0:5:0,J=B"},
    ),
    kamelot=Expected(
        plan="postponed later; not postponed, not expired, in time now; expired, too late never",
        states="postponed Waiting; not postponed, not expired, in time Running; expired, too late Error",
        order="not postponed = not expired = in time",
        where="not postponed, not expired, in time on node-21: 1 on a cpu",
        messages={
            "postponed": r"^R=1,W=0:5:0,J=B.*: starts at DATE: .*postponed until DATE",
            "expired": r"^R=1,W=0:5:0,J=B.*DATE.*never run",
            "too late": r"^R=1,W=0:5:0,J=B.*DATE.*never run",
        },
    ),
)

TOKENS = Scenario(
    name="tokens",
    about="A script says that two tokens are left. `pair` takes both in the first round, so that `single` has to wait for the next; `three` asks for more.",
    note="The same in other words.",
    jobs=(
        Job("pair", "/core=1,walltime=0:5:0", on(22), user="bob", types=("token:licence=2",)),
        Job("single", "/core=1,walltime=0:5:0", on(22), user="bob", types=("token:licence=1",)),
        Job("three", "/core=1,walltime=0:5:0", on(22), user="bob", types=("token:licence=3",)),
    ),
    perl=Expected(
        plan="pair now; single, three never",
        states="pair, single Running; three Waiting",
        order="pair < single",
        where="pair, single on node-22: 1 on a cpu",
        messages={"single": r"No enough Tokens: licence", "three": r"No enough Tokens: licence"},
    ),
    kamelot=Expected(
        plan="pair now; single, three never",
        states="pair, single Running; three Waiting",
        order="pair < single",
        where="pair, single on node-22: 1 on a cpu",
        messages={
            "single": r"^R=1,W=0:5:0,J=B.*: it asks for 1 of token licence, 0 left",
            "three": r"^R=1,W=0:5:0,J=B.*: it asks for 3 of token licence, 0 left",
        },
    ),
)

DEPENDENCIES = Scenario(
    name="dependencies",
    about="`-a` on a job that succeeds, and on one that ends with exit code 1.",
    note="Perl adds twice the security time behind a dependency, kamelot adds it once. Both start `after bad`: OAR 2 does not ask how a dependency ended.",
    chains=(("good", "after good"), ("bad", "after bad")),
    jobs=(
        Job("good", "/core=1,walltime=0:5:0", on(10), command="sleep 1"),
        Job("after good", "/core=1,walltime=0:5:0", on(10), command="true", more=("-a", "{good}")),
        Job("bad", "/core=1,walltime=0:5:0", on(10), command="sleep 1; exit 1"),
        Job("after bad", "/core=1,walltime=0:5:0", on(10), command="true", more=("-a", "{bad}")),
    ),
    perl=Expected(
        plan="good, bad now; after good, after bad after 310 s",
        states="good, after good, after bad Terminated; bad Terminated (exit code 1)",
        order="good < after good; bad < after bad",
        where="good, after good, bad, after bad on node-10: 1 on a cpu",
        messages={"after good": r"^R=1,W=0:5:0,J=B"},
    ),
    kamelot=Expected(
        plan="good, bad now; after good, after bad after 305 s",
        states="good, after good, after bad Terminated; bad Terminated (exit code 1)",
        order="good < after good; bad < after bad",
        where="good, after good, bad, after bad on node-10: 1 on a cpu",
        messages={"after good": r"^R=1,W=0:5:0,J=B.*: starts at DATE: .*depends on job good"},
    ),
)

TIMESHARING = Scenario(
    name="timesharing",
    about="`one` and `other` share node-11 (`*,*`). On node-12 jobs of one user and name do, and another user's has to wait (`user,name`).",
    note="The second of *backfilling*. kamelot names the jobs that hold the node.",
    jobs=(
        Job("one", "/nodes=1,walltime=0:5:0", on(11), types=("timesharing=*,*",)),
        Job("other", "/nodes=1,walltime=0:5:0", on(11), user="bob", types=("timesharing=*,*",)),
        Job("twin 1", "/nodes=1,walltime=0:5:0", on(12), user="bob", types=("timesharing=user,name",), more=("-n", "twin")),
        Job("twin 2", "/nodes=1,walltime=0:5:0", on(12), user="bob", types=("timesharing=user,name",), more=("-n", "twin")),
        Job("stranger", "/nodes=1,walltime=0:5:0", on(12), types=("timesharing=user,name",), more=("-n", "twin")),
    ),
    perl=Expected(
        plan="one, other, twin 1, twin 2 now; stranger after 306 s",
        states="one, other, twin 1, twin 2 Running; stranger Waiting",
        order="one = other = twin 1 = twin 2",
        where="one, other on node-11: 8; twin 1, twin 2 on node-12: 8",
        messages={"stranger": r"^R=8,W=0:5:0,J=B,N=twin"},
    ),
    kamelot=Expected(
        plan="one, other, twin 1, twin 2 now; stranger after 305 s",
        states="one, other, twin 1, twin 2 Running; stranger Waiting",
        order="one = other = twin 1 = twin 2",
        where="one, other on node-11: 8; twin 1, twin 2 on node-12: 8",
        messages={"stranger": r"^R=8,W=0:5:0,J=B,N=twin.*: starts at DATE: .*job twin 1 holds"},
    ),
)

PLACEHOLDER = Scenario(
    name="placeholder",
    about="A job of type `allowed=spare`, while one of type `placeholder=spare` holds the node.",
    note="The packaged scheduler ignores both types, which two others of OAR know (`…_placeholder`): to it `allowed` is a job like any other.",
    jobs=(
        Job("placeholder", "/nodes=1,walltime=0:5:0", on(13), types=("placeholder=spare",)),
        Job("allowed", "/nodes=1,walltime=0:5:0", on(13), types=("allowed=spare",)),
    ),
    perl=Expected(
        plan="placeholder now; allowed after 306 s",
        states="placeholder Running; allowed Waiting",
        order="placeholder",
        where="placeholder on node-13: 8",
        messages={"allowed": r"^R=8,W=0:5:0,J=B"},
    ),
    kamelot=Expected(
        plan="placeholder, allowed now",
        states="placeholder, allowed Running",
        order="placeholder = allowed",
        where="placeholder, allowed on node-13: 8",
    ),
)

HOLD = Scenario(
    name="hold and resume",
    about="`held` is put on hold while it waits, and resumed once the job after it is over.",
    jobs=(
        Job("held", "/nodes=1,walltime=0:5:0", on(14), command="true"),
        Job("next", "/nodes=1,walltime=0:5:0", on(14), command="sleep 1"),
    ),
    before=lambda batch: batch.hold("held"),
    steps=(Step("next", "Terminated", lambda batch: batch.resume("held")),),
    perl=Expected(plan="next now", states="held, next Terminated", order="next < held", where="held, next on node-14: 8"),
    kamelot=Expected(plan="next now", states="held, next Terminated", order="next < held", where="held, next on node-14: 8"),
)

NEVER = Scenario(
    name="more than there is",
    about="`nodes=99`: oarsub refuses it. A job that got past oarsub all the same, and one that depends on it.",
    note="kamelot tells how much there is, and that the job can never run.",
    jobs=(
        Job("submitted", "/nodes=99,walltime=0:5:0", refused="not enough resources"),
        Job("too wide", "/nodes=2,walltime=0:5:0"),
        Job("after", "/core=1,walltime=0:5:0", more=("-a", "{too wide}")),
    ),
    before=lambda batch: batch.ask_for_blocks("too wide", 99),
    perl=Expected(
        plan="too wide, after never",
        states="too wide, after Waiting; submitted refused by oarsub",
        order="",
        where="",
        messages={"too wide": "no_matching_slot", "after": "dependency with the job too wide"},
    ),
    kamelot=Expected(
        plan="too wide, after never",
        states="too wide, after Waiting; submitted refused by oarsub",
        order="",
        where="",
        messages={"too wide": "W=0:5:0,J=B.*can never run.*99", "after": "W=0:5:0,J=B.*too wide"},
    ),
)

MISSPELT = Scenario(
    name="misspelt property",
    about="`-p \"gpu_modle='x'\"`: oarsub refuses it. A job that got past oarsub all the same, and one that is in order.",
    note="Both leave the job and schedule the others. Perl tells the user as little as in *more than there is*, kamelot what is wrong.",
    jobs=(
        Job("submitted", "/core=1,walltime=0:5:0", "gpu_modle='x'", refused='column "gpu_modle" does not exist'),
        Job("misspelt", "/core=1,walltime=0:5:0", on(18)),
        Job("good", "/core=1,walltime=0:5:0", on(18)),
    ),
    before=lambda batch: batch.ask_for_property("misspelt", "gpu_modle='x'"),
    perl=Expected(
        plan="misspelt never; good now",
        states="misspelt Waiting; good Running; submitted refused by oarsub",
        order="good",
        where="good on node-18: 1 on a cpu",
        messages={"misspelt": "no_matching_slot"},
    ),
    kamelot=Expected(
        plan="misspelt never; good now",
        states="misspelt Waiting; good Running; submitted refused by oarsub",
        order="good",
        where="good on node-18: 1 on a cpu",
        messages={"misspelt": "R=1,W=0:5:0,J=B.*gpu_modle"},
    ),
)

QUOTAS = Scenario(
    name="quotas",
    about="bob may have eight cores at once in project `limited`: the third job of four cores waits on a machine that has room for it.",
    note="The second of *backfilling*. Perl waits for the quota, too, but then says `quota_ok`; kamelot names the rule.",
    jobs=tuple(
        Job(name, "/core=4,walltime=0:5:0", on(15, 16), command="sleep 4", user="bob", more=("--project", "limited")) for name in ("first", "second", "third")
    ),
    perl=Expected(
        plan="first, second now; third after 306 s",
        states="first, second, third Terminated",
        order="first = second < third",
        where="first, second, third on node-15: 4 on a cpu",
        messages={"third": r"^R=4,W=0:5:0,J=B"},
    ),
    kamelot=Expected(
        plan="first, second now; third after 305 s",
        states="first, second, third Terminated",
        order="first = second < third",
        where="first, second, third on node-15: 4 on a cpu",
        messages={"third": r"^R=4,W=0:5:0,J=B.*: starts at DATE: quota .*limited.*8"},
    ),
)

KARMA = Scenario(
    name="fair sharing",
    about="alice submits first, but has used the machine a lot of late.",
    note="The second of *backfilling*. The karmas are the same.",
    jobs=(
        Job("alice's", "/nodes=1,walltime=0:5:0", on(17), command="sleep 1"),
        Job("bob's", "/nodes=1,walltime=0:5:0", on(17), command="sleep 1", user="bob"),
    ),
    before=lambda batch: batch.account("alice", 1_000_000),
    perl=Expected(
        plan="alice's after 306 s; bob's now",
        states="alice's, bob's Terminated",
        order="bob's < alice's",
        where="alice's, bob's on node-17: 8",
        messages={"alice's": r"Karma=", "bob's": r"Karma="},
    ),
    kamelot=Expected(
        plan="alice's after 305 s; bob's now",
        states="alice's, bob's Terminated",
        order="bob's < alice's",
        where="alice's, bob's on node-17: 8",
        messages={"alice's": r"Karma=", "bob's": r"Karma="},
    ),
)

SCENARIOS = [
    SIMPLE,
    BACKFILLING,
    RESERVATION,
    MOLDABLE,
    HIERARCHY,
    PROPERTY,
    HALF_A_NODE,
    ARRAY,
    BESTEFFORT,
    CONTAINER,
    DATED,
    TOKENS,
    DEPENDENCIES,
    TIMESHARING,
    PLACEHOLDER,
    HOLD,
    NEVER,
    MISSPELT,
    QUOTAS,
    KARMA,
]
