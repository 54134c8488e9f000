"""Places the waiting jobs of a snapshot with OAR3's own functions.

    python driver.py SNAPSHOT RESULT

SNAPSHOT is a file in the format `oar-scheduler-snapshot/1` with nothing but resources, waiting jobs and perhaps quotas
without a calendar. RESULT is written as JSON: OAR3's version, the CPU time of its scheduling function alone, the peak of
this process's memory, and where and when each job is. Exit status 3: OAR3 cannot be imported.
"""

import json
import logging
import resource
import sys
import time

try:
    import oar
    from oar.kao.quotas import Quotas
    from oar.kao.scheduling import schedule_id_jobs_ct
    from oar.kao.slot import Slot, SlotSet
    from oar.lib.job_handling import JobPseudo
    from oar.lib.resource import ResourceSet
    from procset import ProcSet
except Exception as problem:
    print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
    sys.exit(3)


def resource_set(text):
    """A resource set such as `1-8 12`."""
    return ProcSet.from_str(text, insep="-", outsep=" ")


def waiting_job(job, default_resources):
    """A job as OAR3 has it after reading its database."""
    alternatives = [
        (
            alternative["id"],
            alternative["walltime"],
            [
                (
                    [tuple(level) for level in request["levels"]],
                    resource_set(request["filter"]) if request.get("filter") else default_resources,
                )
                for request in alternative["requests"]
            ],
        )
        for alternative in job["moldables"]
    ]
    return JobPseudo(
        id=job["id"],
        user=job.get("user", ""),
        project=job.get("project", ""),
        queue_name=job.get("queue", "default"),
        name=job.get("name", ""),
        types=job.get("types") or {},
        deps=[(needed["job"], needed["state"], needed.get("exit_code")) for needed in job.get("dependencies") or []],
        mld_res_rqts=alternatives,
        # As `oar.lib.job_handling.set_jobs_cache_keys` makes them.
        key_cache={number: str(walltime) + str(requests) for number, walltime, requests in alternatives},
    )


def enable_quotas(rules, default_resources):
    """Turns quotas on, as `Quotas.enable` does for a site whose resources are all usable."""
    Quotas.enabled = True
    Quotas.default_rules = Quotas.quotas_rules_fromJson(rules.get("quotas", {}), len(default_resources))
    Quotas.job_types = ["*"] + rules.get("job_types", [])


def main(snapshot_file, result_file):
    with open(snapshot_file) as file:
        snapshot = json.load(file)
    default_resources = resource_set(snapshot["resources"]["default"])
    ResourceSet.default_itvs = default_resources
    if snapshot.get("quotas"):
        enable_quotas(snapshot["quotas"], default_resources)
    levels = snapshot["resources"]["hierarchy"]
    hierarchy = {level: [resource_set(block) for block in blocks] for level, blocks in levels.items()}
    slot = Slot(1, 0, 0, default_resources, snapshot["now"], snapshot["max_time"])
    slot_sets = {"default": SlotSet(slot)}
    jobs = {job["id"]: waiting_job(job, default_resources) for job in snapshot["waiting_jobs"]}

    # What it logs is not part of what it decides.
    logging.disable(logging.CRITICAL)
    began = time.process_time()
    schedule_id_jobs_ct(slot_sets, jobs, hierarchy, list(jobs), snapshot["security_time"])
    seconds = time.process_time() - began

    places = [
        {"job": job.id, "start": job.start_time, "resources": format(job.res_set, "- ")}
        for job in jobs.values()
        if getattr(job, "start_time", -1) >= 0
    ]
    result = {
        "version": getattr(oar, "__version__", "unknown"),
        "seconds": seconds,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "places": places,
    }
    with open(result_file, "w") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
