"""What oarsub is called with: the user's options, and ours where the user has not decided."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

# The options of OAR 2 and OAR 3 that take a value, with their letters.
WITH_VALUE = {
    "resource": "l", "queue": "q", "property": "p", "reservation": "r", "connect": "C", "type": "t", "directory": "d", "name": "n",
    "stdout": "O", "stderr": "E", "anterior": "a", "after": "a", "import-job-key-from-file": "i", "export-job-key-to-file": "e",
    "import-job-key-inline": "", "import-job-key-inline-priv": "", "stagein": "s", "stagein-md5sum": "", "array": "", "array-param-file": "",
    "project": "", "checkpoint": "", "signal": "", "notify": "", "resubmit": "",
}  # fmt: skip
WITHOUT_VALUE = {"interactive": "I", "hold": "", "scanscript": "S", "use-job-key": "k", "version": "V", "help": "h"}
LONG = {**WITH_VALUE, **WITHOUT_VALUE}
LETTERS = {letter: option for option, letter in LONG.items() if letter}
# With these there is no job, or more than one, or somebody must be at a terminal; after a mere `--` would come no more options, and ours do.
REFUSED = {"interactive", "connect", "array", "array-param-file", "resubmit", "version", "help", ""}

# As many as OAR's database has place for.
NAME_CHARACTERS = 100
# OAR takes no other characters in the names of a job's logs.
LOG_CHARACTERS = re.compile(r"[a-zA-Z0-9_./\-%\\ ]+")


def split(oarsub_args: str) -> list[str]:
    """The options as a shell would split them. Raises ValueError if a task cannot have them."""
    try:
        words = shlex.split(oarsub_args)
    except ValueError as error:
        raise ValueError(f"oarsub_args: expected options as in a shell, found {oarsub_args!r}: {error}") from error
    if refused := REFUSED.intersection(options(words)):
        raise ValueError(f"oarsub_args: expected the options of one job in the background, found --{min(refused)} in {oarsub_args!r}")
    return words


def options(words: Sequence[str]) -> set[str]:
    """The long names of the options among the words."""
    found = set()
    rest = iter(words)
    for word in rest:
        if word == "--":
            # What comes after it is the command.
            found.add("")
            break
        if word.startswith("--"):
            written, equals, _ = word[2:].partition("=")
            option = long_name(written)
            found.add(option)
            if option in WITH_VALUE and not equals:
                next(rest, None)
        elif word.startswith("-"):
            for position, letter in enumerate(word[1:], start=2):
                option = LETTERS.get(letter, letter)
                found.add(option)
                if option in WITH_VALUE:
                    # The rest of the word is the value, or else the next word.
                    if not word[position:]:
                        next(rest, None)
                    break
    return found


def long_name(written: str) -> str:
    """OAR 2 takes the beginning of a name too, where no other begins so."""
    meant = [option for option in LONG if option.startswith(written)]
    return meant[0] if written not in LONG and len(meant) == 1 else written


def command_line(words: Sequence[str], name: str, folder: Path, script: Path) -> list[str]:
    """The call of oarsub for the script of a task. The job's logs go into the folder, which is also where it starts."""
    given = options(words)
    # A name that OAR does not take can still be given relative to where the job starts.
    logs = folder if LOG_CHARACTERS.fullmatch(str(folder)) or "directory" in given else Path()
    ours = {
        "name": job_name(name),
        "stdout": logs / "oar-%jobid%.out",
        "stderr": logs / "oar-%jobid%.err",
        "directory": folder,
    }
    added = [f"--{option}={value}" for option, value in ours.items() if option not in given]
    # A shell runs what oarsub gets.
    return ["oarsub", *words, *added, shlex.quote(str(script))]


def job_name(name: str) -> str:
    """The name as all versions of OAR take it. Its end is what tells tasks apart."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)[-NAME_CHARACTERS:]
