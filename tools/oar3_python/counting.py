"""A pytest plugin, loaded into OAR 3's own tests: which scheduler they use, how each ended, and how often it entered the Python module.

By the environment: OAR3_PYTHON_REDOX, `yes` or `no`: the value of REDOX_SCHEDULER; OAR3_PYTHON_REPORT: the file to write; OAR_TEST_POSTGRES_PORT: where
PostgreSQL listens, as OAR 3's tests know only one port.
"""

import functools
import json
import os
from pathlib import Path

import pytest

FUNCTIONS = ("schedule_cycle_external", "build_redox_platform", "build_redox_slot_sets", "schedule_cycle_internal", "check_reservation_jobs")

tests = {}
running = []


def pytest_configure():
    from oar.lib.configuration import Configuration

    Configuration.DEFAULT_CONFIG["REDOX_SCHEDULER"] = os.environ["OAR3_PYTHON_REDOX"]
    port = os.environ.get("OAR_TEST_POSTGRES_PORT")
    if port:
        uri_of = Configuration.get_sqlalchemy_uri
        Configuration.get_sqlalchemy_uri = lambda *args, **kwargs: uri_of(*args, **kwargs).replace(":5432/", f":{port}/")
    if os.environ["OAR3_PYTHON_REDOX"] == "yes":
        import oar_scheduler_redox

        for name in FUNCTIONS:
            setattr(oar_scheduler_redox, name, counting(getattr(oar_scheduler_redox, name)))


def counting(function):
    @functools.wraps(function)
    def counted(*args):
        if running:
            entered = tests[running[-1]]["entered"]
            entered[function.__name__] = entered.get(function.__name__, 0) + 1
        return function(*args)

    return counted


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    tests[item.nodeid] = {"outcome": "passed", "entered": {}, "why": ""}
    running.append(item.nodeid)
    try:
        return (yield)
    finally:
        running.pop()


def pytest_runtest_logreport(report):
    test = tests[report.nodeid]
    if report.outcome != "passed" and test["outcome"] == "passed":
        test["outcome"] = report.outcome
        test["why"] = str(report.longreprtext).strip().splitlines()[-1:] if report.failed else ""


def pytest_sessionfinish():
    Path(os.environ["OAR3_PYTHON_REPORT"]).write_text(json.dumps(tests, indent=1))
