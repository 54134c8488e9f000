"""The plugins, called by the schedulers."""

from __future__ import annotations

import pytest
from oar_scheduler_kao.testing import NOW, Server

NODE = {"network_address": 1}


def test_a_job_avoids_resources(server: Server) -> None:
    one, other = server.submit(NODE, types=["find=avoid:1-4"]), server.submit(NODE)
    server.kamelot()
    assert server.place(one) == (NOW, [5, 6])
    assert server.place(other) == (NOW, [1, 2])


def test_a_job_starts_when_a_minute_begins(server: Server) -> None:
    every = {job_type: server.submit(NODE, types=[job_type]) for job_type in ("assign=on_the_minute", "assign=on_the_minute:every=300")}
    server.kamelot(now=NOW + 1)
    starts = [place[0] for job in every.values() if (place := server.place(job))]
    assert starts == [NOW + 1 + -(NOW + 1) % 60, NOW + 1 + -(NOW + 1) % 300]


@pytest.mark.parametrize(
    ("job_type", "message"),
    [
        ("find=avoid", "plugin find=avoid: it raised TypeError: avoid() missing 1 required positional argument: 'avoided'"),
        ("assign=on_the_minute:every=0", "plugin assign=on_the_minute: it raised ValueError: expected every=SECONDS, a positive number, found '0'"),
    ],
)
def test_a_job_with_wrong_arguments_waits_and_says_why(server: Server, job_type: str, message: str) -> None:
    wrong, right = server.submit(NODE, types=[job_type]), server.submit(NODE)
    server.kamelot()
    assert server.place(wrong) is None
    assert message in server.message(wrong)
    assert server.place(right) == (NOW, [1, 2])


def test_favourites_come_first(server: Server) -> None:
    server.configure(JOB_PRIORITY="CUSTOM", CUSTOM_JOB_SORTING="favourites", CUSTOM_JOB_SORTING_CONFIG="carol bob")
    jobs = [server.submit({"network_address": 4}, walltime=40, user=user) for user in ("alice", "bob", "carol")]
    server.kamelot()
    starts = [place[0] - NOW for job in jobs if (place := server.place(job))]
    assert starts == [200, 0, 100]


def test_resources_are_kept_for_the_first_group_of_queues(server: Server) -> None:
    server.configure(EXTRA_METASCHED="keep_free", EXTRA_METASCHED_CONFIG="1-6")
    first, second = server.submit(NODE, queue="admin"), server.submit(NODE)
    server.kao()
    places = [server.place(job) for job in (first, second)]
    assert [place and place[1] for place in places] == [[1, 2], [7, 8]]
