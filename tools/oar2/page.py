"""The blocks of commands of docs/installation.md, run as an administrator runs them."""

import os
import subprocess
from pathlib import Path

from doc_commands import blocks

from .server import PORT, ServerError

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "installation.md"
# For a server of OAR 3, while this one is of OAR 2; and for systemd, which this one does without.
NOT_RUN = {"activate-oar3", "activate-oar3-default", "deactivate-oar3", "restart"}
# With these a `make` inside another one, as of a test, prints more.
OF_MAKE = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}


class Page:
    """Remembers which blocks have been run."""

    def __init__(self) -> None:
        self.blocks = blocks(PAGE.read_text())
        self.left = set(self.blocks) - NOT_RUN

    def run(self, name: str, folder: Path, **variables: str) -> str:
        """Runs a block in a folder: what it printed, or an error if it fails. The page assumes that the database is the one where PostgreSQL looks first."""
        environment = {key: value for key, value in os.environ.items() if key not in OF_MAKE}
        environment |= {"DEBIAN_FRONTEND": "noninteractive", "PGPORT": str(PORT)} | variables
        done = subprocess.run(
            ["sh", "-e", "-c", self.blocks[name]],
            check=False,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            raise ServerError(f"{PAGE.name}, {name}: ended with {done.returncode}:\n{self.blocks[name]}{done.stdout}")
        self.left.discard(name)
        return done.stdout

    def build(self) -> Path:
        """Makes the package, with the command of the page. Its last line is the file."""
        *_, file = self.run("build", ROOT).splitlines()
        return ROOT / file
