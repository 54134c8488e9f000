"""Calls of commands that do not answer."""

import asyncio
import time

import pytest

from pydra.workers.oar import commands
from pydra.workers.oar.commands import CommandError, UnusableError


def test_what_a_command_prints_and_its_status():
    words = ["sh", "-c", "echo told; echo wrong >&2; exit 3"]
    assert asyncio.run(commands.call(words)) == commands.call_now(words) == commands.Printed(3, "told\n", "wrong\n")


@pytest.mark.parametrize("killable", [True, False])
def test_a_command_that_does_not_answer_is_an_error_in_time(monkeypatch, killable, request):
    monkeypatch.setattr(commands, "PATIENCE", 0.2)
    if not killable:
        request.getfixturevalue("unkillable")
    began = time.monotonic()
    with pytest.raises(CommandError, match="sleep has not answered for") as raised:
        asyncio.run(commands.call(["sleep", "3"]))
    assert not isinstance(raised.value, UnusableError)
    with pytest.raises(CommandError, match="sleep has not answered for") as raised:
        commands.call_now(["sleep", "3"])
    assert not isinstance(raised.value, UnusableError)
    assert time.monotonic() - began < 2


def test_waiting_for_a_command_that_cannot_be_killed_can_be_cancelled(unkillable):
    async def cancel():
        waiting = asyncio.ensure_future(commands.call(["sleep", "3"]))
        await asyncio.sleep(0.3)
        waiting.cancel()
        await asyncio.wait([waiting])
        return waiting.cancelled()

    began = time.monotonic()
    assert asyncio.run(cancel())
    assert time.monotonic() - began < 2


def test_a_call_that_makes_a_job_has_all_the_time_that_it_takes(monkeypatch):
    monkeypatch.setattr(commands, "PATIENCE", 0.1)
    assert commands.call_now(["sh", "-c", "sleep 0.5; echo OAR_JOB_ID=1"], limited=False).stdout == "OAR_JOB_ID=1\n"
