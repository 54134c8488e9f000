"""What would more nodes, or another order, do to a round? The engine from Python, without OAR; with a picture where matplotlib is installed.

python what_if.py [PICTURE.svg]
"""

from __future__ import annotations

import copy
import sys
from typing import Any

import oar_scheduler_redox as redox

HOUR = 3600


def cluster(nodes: int, cores: int = 8) -> dict[str, Any]:
    """The resources of so many nodes, numbered from 1."""
    blocks = [f"{node * cores + 1}-{(node + 1) * cores}" for node in range(nodes)]
    everything = f"1-{nodes * cores}"
    singles = [str(core) for core in range(1, nodes * cores + 1)]
    return {"default": everything, "hierarchy": {"node": blocks, "core": singles}}


def job(number: int, user: str, hours: float, *levels: tuple[str, int]) -> dict[str, Any]:
    request = {"levels": [list(level) for level in levels]}
    return {"id": number, "user": user, "moldables": [{"id": number, "walltime": int(hours * HOUR), "requests": [request]}]}


SNAPSHOT: dict[str, Any] = {
    "format": "oar-scheduler-snapshot/1",
    "now": 1_800_000_000,
    "time_zone": "Europe/Paris",
    "resources": cluster(4),
    "scheduled_jobs": [{"id": 1, "user": "dana", "start": 1_800_000_000 - HOUR, "walltime": 3 * HOUR, "resources": "1-16", "state": "Running"}],
    "waiting_jobs": [
        job(11, "alice", 2, ("node", 3)),
        job(12, "bob", 1, ("node", 1), ("core", 4)),
        job(13, "carol", 4, ("core", 12)),
        job(14, "bob", 6, ("node", 2)),
        job(15, "alice", 0.5, ("node", 4)),
    ],
}


def mean_wait(plan: dict[str, Any]) -> float:
    """How long the jobs wait on average, in hours."""
    waits = [place["start"] - plan["now"] for place in plan["assignments"]]
    return sum(waits) / len(waits) / HOUR


def variants() -> dict[str, dict[str, Any]]:
    """The round as it is, and as it could be."""
    larger, shortest_first = copy.deepcopy(SNAPSHOT), copy.deepcopy(SNAPSHOT)
    larger["resources"] = cluster(6)
    shortest_first["waiting_jobs"].sort(key=lambda job: job["moldables"][0]["walltime"])
    return {"as it is": SNAPSHOT, "two nodes more": larger, "shortest first": shortest_first}


def ranges(resources: str) -> list[tuple[int, int]]:
    """`1-8 12` as pairs."""
    pairs = [part.partition("-") for part in resources.split()]
    return [(int(first), int(last or first)) for first, _, last in pairs]


def draw(plans: dict[str, dict[str, Any]], path: str) -> None:
    """One chart for each plan: time to the right, resources upwards."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(plans), 1, sharex=True, figsize=(9, 2.6 * len(plans)), constrained_layout=True)
    for axis, (name, plan) in zip(axes, plans.items()):
        for place in plan["assignments"]:
            begin = (place["start"] - plan["now"]) / HOUR
            for first, last in ranges(place["resources"]):
                axis.broken_barh(
                    [(begin, place["walltime"] / HOUR)], (first - 0.5, last - first + 1), facecolor=f"C{place['job'] % 10}", edgecolor="white"
                )
            axis.text(begin + 0.05, ranges(place["resources"])[0][0], str(place["job"]), va="bottom")
        axis.set_title(f"{name}: {mean_wait(plan):.1f} h of waiting on average", loc="left")
        axis.set_ylabel("cores")
    axes[-1].set_xlabel("hours from now")
    figure.savefig(path)


def main(*arguments: str) -> None:
    plans = {name: redox.plan(snapshot) for name, snapshot in variants().items()}
    print(redox.explain(SNAPSHOT))
    for name, plan in plans.items():
        print(f"{name}: {mean_wait(plan):.2f} h of waiting on average")
    if arguments:
        draw(plans, arguments[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
