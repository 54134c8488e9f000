"""Rounds in which the plugins published for OAR 3, as they are, are called by the engine. Prints what they chose, as JSON.

To be run by a Python that has OAR 3 and `oar-plugins` installed; `test_published.py` does.
"""

from __future__ import annotations

import functools
import json
import logging
import sys
import types
from typing import Any, Callable

import oar_scheduler_redox as redox
from plain import CONFIG, Platform, ResourceSet, Session, place, procset, scheduled, waiting

Request = tuple[list[tuple[str, int]], str]


def nodes() -> ResourceSet:
    return ResourceSet("1-62", {"node": ["1-8", "9-16", "17-24", "25-32"], "resource_id": [str(number) for number in range(1, 63)]})


def placed(*requests: Request, busy: tuple[Any, ...] = (), **named: str) -> list[tuple[int, str] | None]:
    """The places of jobs of 60 s, one for each request, that name these plugins as types."""
    jobs = []
    for number, (levels, constraints) in enumerate(requests, 1):
        count = 2 if "one_time_find_mld" in named.values() else 1
        alternatives = [(number * 10 + more, 60, [(levels, procset(constraints))]) for more in range(count)]
        jobs.append(waiting(number, types=dict(named), mld_res_rqts=alternatives))
    redox.schedule_cycle_external(Session(), dict(CONFIG), Platform(jobs, list(busy), nodes()), 1000, ["default"])
    return [place(job) for job in jobs]


def coorm() -> dict[str, Any]:
    """`coorm` with an application of its own at the other end: one that does what OAR itself does."""
    import pickle

    import oar.kao.scheduling
    import src.custom_scheduling
    from oar.kao.slot import SlotSet

    calls: list[Any] = []

    class Client:
        def __init__(self, timeout: int | None = None) -> None:
            calls.append(timeout)

        def connect(self, address: str) -> None:
            calls.append(address)

        def find_resource_hierarchies(self, itvs: Any, requests: Any, hy: Any) -> Any:
            return oar.kao.scheduling.find_resource_hierarchies_job(itvs, requests, hy)

        def assign_resources(self, pickled: bytes, fields: dict[str, Any], hy: Any, min_start_time: int) -> Any:
            slots_set = pickle.loads(pickled)
            calls.append(type(slots_set) is SlotSet)
            job = types.SimpleNamespace(**{"ts": False, "ph": 0, "find": False, "no_quotas": True, "types": {}, **fields})
            left, right, _ = oar.kao.scheduling.assign_resources_mld_job_split_slots(slots_set, job, hy, min_start_time)
            return left, right, vars(job)

    src.custom_scheduling.zerorpc = types.SimpleNamespace(Client=Client)
    src.custom_scheduling.config["COORM_DEFAULT_TIMEOUT"] = 5
    request: Request = ([("node", 2)], "1-32")
    places = [placed(request, assign="coorm:tcp:10.0.0.1:4242:timeout=9"), placed(request, find="coorm:tcp:10.0.0.1:4242")]
    return {"places": places, "calls": calls}


@functools.cache
def database() -> Any:
    """OAR 3's own tables, in memory."""
    from oar.kao.platform import Platform as OarPlatform
    from oar.lib.globals import init_config, init_oar
    from oar.lib.models import DeferredReflectionModel, Model
    from sqlalchemy.orm import sessionmaker

    config = init_config()
    config.update(DB_TYPE="sqlite", DB_BASE_FILE=":memory:", LOG_FILE="")
    config.update(HIERARCHY_LABELS="resource_id,network_address", SCHEDULER_RESOURCE_ORDER="resource_id ASC")
    config.update(QUOTAS="no", QUOTAS_ALL_NB_RESOURCES_MODE="default_not_dead", SCHEDULER_JOB_SECURITY_TIME=60)
    config, engine = init_oar(config=config, no_reflect=True)
    Model.metadata.create_all(bind=engine)
    DeferredReflectionModel.prepare(engine)
    return config, sessionmaker(bind=engine)(), OarPlatform()


def on_database(jobs: list[dict[str, Any]], now: int = 1_700_000_000, **settings: str) -> list[int]:
    """The jobs that have places after a round on OAR's own tables, in order of their starts."""
    from oar.lib.job_handling import insert_job
    from oar.lib.models import GanttJobsPrediction, Model, MoldableJobDescription, Queue, Resource

    config, session, platform = database()
    config = dict(config, **settings)
    for table in reversed(Model.metadata.sorted_tables):
        session.execute(table.delete())
    Queue.create(session, name="default", priority=3, scheduler_policy="kamelot", state="Active")
    for _ in range(5):
        Resource.create(session, network_address="localhost")
    for job in jobs:
        insert_job(session, **job)
    session.commit()
    handle = redox.build_redox_platform(session, config, platform, now, [])
    redox.schedule_cycle_internal(handle, redox.build_redox_slot_sets(handle), ["default"])
    rows = session.query(GanttJobsPrediction, MoldableJobDescription).filter(MoldableJobDescription.id == GanttJobsPrediction.moldable_id)
    return [moldable.job_id for _, moldable in sorted(rows.all(), key=lambda row: row[0].start_time)]


def logged(run: Callable[[], Any]) -> Any:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    for name in ("oar-plugins.custom_extra_metasched", "oar.redox"):
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.INFO)
    return run(), lines


def main() -> None:
    busy = (scheduled(9, 900, 110, "10-20", state="Waiting"),)
    row = ([("resource_id", 16)], "1-32")
    some = [{"res": [(60, [("resource_id=4", "")])], "types": [f"priority={number}"], "submission_time": 1} for number in (1, 2, 3)]
    wishes = [{"res": [(60, [("resource_id=1", "")])], "properties": properties} for properties in ("deploy='YES'", "deploy='FOO'", "")]
    found = {
        "find default": placed(([("node", 2)], "1-32"), find="default"),
        "assign default": placed(([("node", 2)], "1-32"), assign="default"),
        "contiguous_1h": placed(([("resource_id", 10)], "1-8 17-32"), find="contiguous_1h"),
        "contiguous_sorted_1h": placed(([("resource_id", 5)], "1-2 4-12 14-22 24-29"), find="contiguous_sorted_1h"),
        "local": placed(([("node", 1), ("resource_id", 4)], "6-32"), find="local"),
        "local, one node in part": placed(([("node", 1), ("resource_id", 4)], "1-12 15-32"), find="local"),
        "begin": placed(([("resource_id", 32)], "1-62"), ([("resource_id", 32)], "1-62"), find="begin"),
        "find_even_or_odd": placed(([("resource_id", 3)], "1-32"), find="find_even_or_odd:odd"),
        "find_even_or_odd, even": placed(([("resource_id", 3)], "1-32"), find="find_even_or_odd:even"),
        "one_time_find": placed(row, busy=busy, assign="one_time_find", find="contiguous_1h"),
        "one_time_find_mld": placed(row, busy=busy, assign="one_time_find_mld", find="contiguous_1h"),
        "one_time_find of default": placed(([("node", 2)], "1-32"), assign="one_time_find", find="default"),
        "coorm": coorm(),
        "simple_priority": on_database(some, JOB_PRIORITY="CUSTOM", CUSTOM_JOB_SORTING="simple_priority", CUSTOM_JOB_SORTING_CONFIG="{}"),
        "foo": on_database(wishes, EXTRA_METASCHED="foo"),
        "logger": logged(lambda: on_database(some[:1], EXTRA_METASCHED="logger")),
    }  # fmt: skip
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
