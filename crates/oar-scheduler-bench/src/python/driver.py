"""Has the waiting jobs of a snapshot placed by the Python module, and measures its parts.

    python driver.py SNAPSHOT RESULT REPEAT

SNAPSHOT is a file in the format `oar-scheduler-snapshot/1` with nothing but resources and waiting jobs. RESULT is written as JSON: the version of the module and of
Python; for each round how long reading the jobs' objects, placing and writing took, in seconds; how long it takes Python to get the same attributes; how many jobs
have a place. Exit status 3: the module cannot be imported.
"""

import copy
import json
import logging
import platform
import sys
import time

try:
    import oar_scheduler_redox
    from procset import ProcSet
except Exception as problem:
    print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
    sys.exit(3)

ATTRIBUTES = (
    *("name", "user", "project", "queue_name", "types", "ts", "ph", "no_quotas", "assign", "find", "id"),
    *("submission_time", "deps", "mld_res_rqts"),
)


class Job:
    """A job, with the attributes that OAR 3's have once their requests and types were read."""

    def __init__(self, job, default_resources):
        self.id = job["id"]
        self.name = job.get("name")
        self.user = job.get("user", "")
        self.project = job.get("project", "")
        self.queue_name = job.get("queue", "default")
        self.submission_time = job.get("submission_time", 0)
        self.types = dict(job.get("types") or {})
        self.deps = [(needed["job"], needed["state"], needed.get("exit_code")) for needed in job.get("dependencies") or []]
        self.ts, self.ph, self.no_quotas, self.assign, self.find = False, 0, False, False, False
        self.mld_res_rqts = [
            (
                alternative["id"],
                alternative["walltime"],
                [
                    # OAR 3 copies the set of default resources for each.
                    ([tuple(level) for level in request["levels"]], resource_set(request["filter"]) if request.get("filter") else copy.copy(default_resources))
                    for request in alternative["requests"]
                ],
            )
            for alternative in job["moldables"]
        ]


class ResourceSet:
    def __init__(self, resources):
        self.roid_itvs = self.default_itvs = resource_set(resources["default"])
        self.available_upto = {}
        self.hierarchy = {level: [resource_set(block) for block in blocks] for level, blocks in resources["hierarchy"].items()}


class Platform:
    def __init__(self, snapshot):
        self.resources = ResourceSet(snapshot["resources"])
        self.jobs = {job["id"]: Job(job, self.resources.roid_itvs) for job in snapshot["waiting_jobs"]}
        self.placed = 0

    def resource_set(self, **_):
        return self.resources

    def get_scheduled_jobs(self, *_):
        return []

    def get_waiting_jobs(self, *_, **__):
        return self.jobs, list(self.jobs), len(self.jobs)

    def get_data_jobs(self, *_):
        pass

    def save_assigns(self, _, jobs, __):
        self.placed = len(jobs)


class Parts(logging.Handler):
    """Keeps what the module logs of the time that it took."""

    def __init__(self):
        super().__init__()
        self.rounds = []

    def emit(self, record):
        _, _, reading, placing, writing = record.args
        self.rounds.append({"reading": reading, "placing": placing, "writing": writing})


def resource_set(text):
    return ProcSet.from_str(text)


def access(jobs):
    """How long it takes to get the attributes of all jobs, in seconds."""
    began = time.perf_counter()
    for job in jobs:
        for attribute in ATTRIBUTES:
            getattr(job, attribute)
    return time.perf_counter() - began


def main(snapshot_file, result_file, repeat):
    with open(snapshot_file) as file:
        snapshot = json.load(file)
    parts = Parts()
    logger = logging.getLogger("oar.redox")
    logger.addHandler(parts)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    config = {"SCHEDULER_JOB_SECURITY_TIME": snapshot["security_time"]}
    accesses = []
    for _ in range(int(repeat)):
        plain = Platform(snapshot)
        accesses.append(access(plain.jobs.values()))
        oar_scheduler_redox.schedule_cycle_external(None, config, plain, snapshot["now"], ["default"])
    result = {
        "version": oar_scheduler_redox.version(),
        "python": platform.python_version(),
        "rounds": parts.rounds,
        "access": accesses,
        "placed": plain.placed,
    }
    with open(result_file, "w") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
