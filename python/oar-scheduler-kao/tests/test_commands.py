"""The commands, as a server starts them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import distribution
from pathlib import Path

import pytest
from oar_scheduler_redox import version

from oar_scheduler_kao.testing import NOW, Server

HERE = Path(__file__).parents[1]
COMMANDS = Path(sys.executable).parent
NODE = {"network_address": 1}


def plugins(folder: Path, **plugins: str) -> dict[str, str]:
    """The environment in which a package has these plugins: group_name and the body of the function."""
    info = folder / "ours-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ours\nVersion: 1.0\n")
    groups = {"find": "find_func", "assign": "assign_func", "sort": "jobs_sorting_func", "extra": "extra_metasched_func"}
    (info / "entry_points.txt").write_text("\n".join(f"[oar.{groups[name]}]\nmine = ours:{name}" for name in plugins))
    functions = [f"def {name}(*args, **kwargs):\n    {body}\n" for name, body in plugins.items()]
    (folder / "ours.py").write_text("import logging, time\nfrom procset import ProcSet\n" + "\n".join(functions))
    return {"PYTHONPATH": str(folder)}


def run(server: Server, command: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OARCONFFILE": str(server.oar_conf), **environment}
    return subprocess.run([str(COMMANDS / command), *arguments], env=environment, check=False, capture_output=True, text=True, timeout=60)


def test_both_distributions_are_of_one_version() -> None:
    project = (HERE / "pyproject.toml").read_text()
    assert re.search(r'^version = "(.*)"$', project, re.MULTILINE)[1] == version()  # type: ignore[index]
    assert f'"oar-scheduler-redox =={version()}"' in project


@pytest.mark.parametrize("command", ["kao", "kamelot"])
def test_the_command_line_is_that_of_the_programs(command: str) -> None:
    def ran(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run([str(COMMANDS / command), *arguments], check=False, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    assert ran("--version") == (0, f"{command} {version()}\n", "")
    code, help_text, _ = ran("--help")
    assert code == 0
    assert f"Usage: {command}" in help_text
    code, output, problem = ran("--moon")
    assert (code, output) == (0 if command == "kao" else 1, "")
    assert "unexpected argument '--moon'" in problem


def test_a_configuration_that_is_wrong_is_told(tmp_path: Path) -> None:
    environment = {**os.environ, "OARCONFFILE": str(tmp_path / "none")}
    for command, code in [("kao", 0), ("kamelot", 1)]:
        arguments = ["default"] if command == "kamelot" else []
        done = subprocess.run([str(COMMANDS / command), *arguments], env=environment, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == code
        assert "[error]" in done.stderr


def test_kamelot_asks_plugins(server: Server, tmp_path: Path) -> None:
    jobs = [server.submit(NODE, types=types) for types in (["find=mine"], [], ["assign=mine"], ["find=contiguous_1h"], ["find=moon"])]
    environment = plugins(
        tmp_path,
        find="logging.getLogger('ours').warning('asked: %s', args[0]); return ProcSet((5, 6)) & args[0]",
        assign="raise SystemExit('no tea')",
    )
    ran = run(server, "kamelot", "default", str(NOW), **environment)
    assert ran.returncode == 0, ran.stderr
    assert [server.place(job) for job in jobs] == [(NOW, [5, 6]), (NOW, [1, 2]), None, None, None]
    assert "plugin assign=mine: it raised SystemExit: no tea" in server.message(jobs[2])
    assert server.message(jobs[4]).endswith("plugin find=moon: there is no such plugin")
    assert "[warn]" in ran.stderr
    assert "ours: asked: 1-8" in ran.stderr
    assert "Traceback" in ran.stderr


def test_kao_asks_plugins(server: Server, tmp_path: Path) -> None:
    environment = plugins(
        tmp_path,
        sort="return sorted(args[2], reverse=True)",
        extra="args[4]['default'].slots[1].itvs -= ProcSet((1, 4)); assert args[0] is None and args[2] is None",
    )
    server.configure(JOB_PRIORITY="CUSTOM", CUSTOM_JOB_SORTING="mine", EXTRA_METASCHED="mine")
    jobs = [server.submit(NODE) for _ in range(3)]
    ran = run(server, "kao", **environment)
    assert ran.returncode in (0, 1), ran.stderr
    places = [server.place(job) for job in jobs]
    assert [place and place[1] for place in places[1:]] == [[7, 8], [5, 6]]
    assert places[0] is None or places[0][0] > places[1][0]  # type: ignore[index]
    assert "EXTRA_METASCHED" not in ran.stderr


def test_properties_of_resources_are_changed_by_kao(server: Server, tmp_path: Path) -> None:
    body = "from oar_scheduler_redox.plugins import PropertyChange; return [PropertyChange(ProcSet(1), 'deploy', 'YES')] if args[1] is None else None"
    server.configure(EXTRA_METASCHED="mine")
    server.submit(NODE)
    ran = run(server, "kao", **plugins(tmp_path, extra=body))
    assert server.database.rows("SELECT resource_id FROM resources WHERE deploy = 'YES'") == [("1",)], ran.stderr


@pytest.mark.parametrize("is_heeded", [True, False])
def test_ctrl_c_ends_it_at_once_unless_it_is_to_be_ignored(is_heeded: bool, server: Server, tmp_path: Path) -> None:
    server.submit(NODE, types=["find=mine"])
    started, sent = tmp_path / "started", tmp_path / "sent"
    wait = f"open({str(started)!r}, 'w').close()\n    while not __import__('os').path.exists({str(sent)!r}): time.sleep(0.01)\n    return ProcSet()"
    environment = {**os.environ, "OARCONFFILE": str(server.oar_conf), **plugins(tmp_path, find=wait)}
    # It begins with what its parent ignores.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL if is_heeded else signal.SIG_IGN)
    process = subprocess.Popen([str(COMMANDS / "kamelot"), "default"], env=environment, stderr=subprocess.DEVNULL)
    signal.signal(signal.SIGINT, before)
    deadline = time.monotonic() + 30
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    if not is_heeded:
        # Long enough for it to end.
        time.sleep(0.5)
        sent.touch()
    assert process.wait(30) == (-signal.SIGINT if is_heeded else 0)


def test_what_cannot_be_imported_does_not_start_it_again(server: Server, tmp_path: Path) -> None:
    """The server starts `kao` again when it ends with 1; OAR 2 does so every five seconds."""
    folder = tmp_path / "upgraded by half"
    folder.mkdir()
    (folder / "oar_scheduler_redox.py").write_text("raise ImportError('no such symbol: fopen64')")
    for command, code in [("kao", 0), ("kamelot", 1)]:
        ran = run(server, command, "default", PYTHONPATH=str(folder))
        assert (ran.returncode, ran.stdout) == (code, "")
        assert ran.stderr.splitlines()[-1] == f"{command} cannot be run: ImportError: no such symbol: fopen64"
        assert "Traceback" in ran.stderr


def test_threads_that_plugins_leave_behind_do_not_keep_it(server: Server, tmp_path: Path) -> None:
    server.submit(NODE, types=["find=mine"])
    body = "import threading; threading.Thread(target=time.sleep, args=(300,)).start(); print('thread'); return ProcSet()"
    ran = run(server, "kamelot", "default", **plugins(tmp_path, find=body))
    assert (ran.returncode, ran.stdout) == (0, "thread\n"), ran.stderr


def test_what_plugins_print_need_not_be_read(server: Server, tmp_path: Path) -> None:
    server.submit(NODE, types=["find=mine"])
    found = plugins(tmp_path, find="print('tea'); return ProcSet()")
    environment = {**os.environ, "OARCONFFILE": str(server.oar_conf), "PYTHONUNBUFFERED": "", **found}
    with open("/dev/full", "w") as full:
        ran = subprocess.run([str(COMMANDS / "kamelot"), "default"], env=environment, check=False, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("disposition", [signal.SIG_DFL, signal.SIG_IGN])
@pytest.mark.parametrize("command", ["kao", "kamelot"])
def test_an_interrupt_in_a_plugin_ends_it_as_ctrl_c_does(command: str, disposition: signal.Handlers, server: Server, tmp_path: Path) -> None:
    """It is none of the round's plugins that failed, and no other one is called. So it is where Ctrl-C itself would be ignored."""
    jobs = [server.submit(NODE, types=["find=mine"]) for _ in range(2)]
    environment = plugins(tmp_path, find="print('asked', flush=True); raise KeyboardInterrupt")
    before = signal.signal(signal.SIGINT, disposition)
    ran = run(server, command, *(["default"] if command == "kamelot" else []), **environment)
    signal.signal(signal.SIGINT, before)
    assert (ran.returncode, ran.stdout) == (-signal.SIGINT, "asked\n"), ran.stderr
    assert "a plugin is interrupted" in ran.stderr
    assert [server.place(job) for job in jobs] == [None, None]


def test_its_licence_is_installed() -> None:
    assert distribution("oar-scheduler-kao").metadata["License-File"] == "LICENSE"
