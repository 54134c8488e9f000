"""A command of a user in a terminal of its own: one that waits for an answer, or that the user types into."""

import os
import pty
import re
import select
import shlex
import subprocess

# What tells a terminal how to look, and the user nothing.
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07]*\x07|\r")


class Terminal:
    def __init__(self, words: list[str], user: str) -> None:
        self.master, slave = pty.openpty()
        self.text = ""
        self.typed: list[str] = []
        # A session of its own, so that the terminal is the one that it controls.
        self.process = subprocess.Popen(
            ["su", "-", user, "-c", shlex.join(words)], stdin=slave, stdout=slave, stderr=slave, start_new_session=True, close_fds=True
        )
        os.close(slave)

    def read(self) -> str:
        """All that was printed so far."""
        while select.select([self.master], [], [], 0)[0]:
            try:
                piece = os.read(self.master, 65536)
            # The last one who had the other end is gone.
            except OSError:
                break
            if not piece:
                break
            self.text += piece.decode(errors="replace")
        self.text = CONTROLS.sub("", self.text)
        return self.text

    def lines(self) -> list[str]:
        """What was printed, without the echo of what was typed."""
        lines = [line.strip() for line in self.text.splitlines()]
        return [line for line in lines if line and not any(line.endswith(typed) for typed in self.typed)]

    def type(self, line: str) -> None:
        self.typed.append(line)
        os.write(self.master, f"{line}\n".encode())

    def has_ended(self) -> bool:
        self.read()
        return self.process.poll() is not None

    def close(self) -> None:
        """Ends the command, if need be."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        self.read()
        os.close(self.master)
