"""The commands `kao` and `kamelot`, with plugins written in Python."""

from __future__ import annotations

# Nothing else is imported here: what fails before a command runs could not say how it ends.
import os
import sys

__all__ = ["kamelot", "kao"]


def kao() -> None:
    """The command `kao`. It ends with 0 when it cannot be run: 1 means "run me again" to the server, which would do so for ever."""
    _run("kao", 0)


def kamelot() -> None:
    """The command `kamelot`. It ends with 1 when it cannot be run."""
    _run("kamelot", 1)


def _run(name: str, failed: int) -> None:
    code = failed
    try:
        from ._program import run

        code = run(name)
    except KeyboardInterrupt:
        _die_of_interrupt()
    except BaseException as error:
        _tell(f"{name} cannot be run: {type(error).__name__}: {error}")
    finally:
        _leave(code)


def _tell(problem: str) -> None:
    try:
        import traceback

        traceback.print_exc()
    finally:
        if sys.stderr is not None:
            print(problem, file=sys.stderr)


def _die_of_interrupt() -> None:
    """Ends as a program does that does not heed Ctrl-C: whoever started it sees that."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.raise_signal(signal.SIGINT)


def _leave(code: int) -> None:
    """Ends the process at once: the server waits for it, whatever threads a plugin leaves behind."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            # Nobody reads it any more, which changes nothing of what was done.
            continue
    os._exit(code)
