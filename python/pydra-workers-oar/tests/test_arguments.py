"""What oarsub is called with."""

from pathlib import Path

import pytest

from pydra.workers.oar.arguments import command_line, job_name, options, split

FOLDER = Path("/cache/oar_scripts/abc")
SCRIPT = FOLDER / "batchscript_abc.sh"


def call(oarsub_args: str, name: str = "main.abc", folder: Path = FOLDER) -> list[str]:
    return command_line(split(oarsub_args), name, folder, folder / "batchscript_abc.sh")


def test_a_call_without_options_of_the_user():
    logs = ["--stdout=/cache/oar_scripts/abc/oar-%jobid%.out", "--stderr=/cache/oar_scripts/abc/oar-%jobid%.err"]
    assert call("") == ["oarsub", "--name=main.abc", *logs, "--directory=/cache/oar_scripts/abc", str(SCRIPT)]


def test_options_are_split_as_in_a_shell():
    words = split("""-l "{cluster='a' AND mem > 64}/host=1/core=2,walltime=1:0:0" -l host=2 -t besteffort -p 'mem > 3'""")
    assert words == ["-l", "{cluster='a' AND mem > 64}/host=1/core=2,walltime=1:0:0", "-l", "host=2", "-t", "besteffort", "-p", "mem > 3"]
    assert call("-q long -l host=1")[:5] == ["oarsub", "-q", "long", "-l", "host=1"]


@pytest.mark.parametrize("written", ["-n X", "-nX", "--name X", "--name=X", "-kn X", "--nam=X"])
def test_the_users_name_is_respected(written):
    assert not any(word.startswith("--name=main") for word in call(written))


@pytest.mark.parametrize(
    ("written", "ours"),
    [("-O /log", "stdout"), ("--stdout=/log", "stdout"), ("-E /log", "stderr"), ("--stderr /log", "stderr"), ("-d /tmp", "directory")],
)
def test_the_users_files_and_directory_are_respected(written, ours):
    added = [word for word in call(written) if word.startswith("--") and word not in written.split()]
    assert len(added) == 3
    assert not any(word.startswith(f"--{ours}=") for word in added)


def test_values_are_not_taken_for_options():
    assert options(["-l", "-n", "-p", "--stdout=x", "--project", "-O"]) == {"resource", "property", "project"}
    assert options(["-lhost=1/core=n", "-tname"]) == {"resource", "type"}


@pytest.mark.parametrize("written", ["-I", "-C 12", "--array=3", "--array-param-file f", "--interactive", "--resubmit=3", "-q long --"])
def test_options_that_no_task_can_have_are_refused(written):
    with pytest.raises(ValueError, match="oarsub_args: expected the options of one job in the background, found --"):
        split(written)


def test_the_end_of_the_options_is_refused_by_its_name():
    with pytest.raises(ValueError, match="found -- in '-l host=1 -- '"):
        split("-l host=1 -- ")
    assert split("-n --") == ["-n", "--"]


def test_a_quote_that_is_left_open_is_refused():
    with pytest.raises(ValueError, match="expected options as in a shell, found"):
        split('-l "host=1')


def test_a_folder_whose_name_oar_refuses_for_logs_is_avoided():
    folder = Path("/cache+é/a b")
    words = call("", folder=folder)
    assert "--stdout=oar-%jobid%.out" in words
    assert "--directory=/cache+é/a b" in words
    assert words[-1] == "'/cache+é/a b/batchscript_abc.sh'"


def test_names_are_such_as_oar_takes():
    assert job_name("a task/1.abc") == "a_task_1.abc"
    assert job_name("t" * 90 + "." + "f" * 32) == "t" * 67 + "." + "f" * 32
