"""The commands `kao` and `kamelot`, with plugins written in Python."""

from __future__ import annotations

import logging
import signal
import sys
from typing import NoReturn

from oar_scheduler_redox.oar_scheduler_redox import kamelot_main, kao_main, log_line

__all__ = ["kamelot", "kao"]


class _Log(logging.Handler):
    """Hands what plugins log to the log of the program."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            log_line(record.levelno, self.format(record))
        except Exception:
            self.handleError(record)


def kao() -> NoReturn:
    """The command `kao`."""
    _prepare()
    sys.exit(kao_main(sys.argv))


def kamelot() -> NoReturn:
    """The command `kamelot`."""
    _prepare()
    sys.exit(kamelot_main(sys.argv))


def _prepare() -> None:
    # As in any program: Python would wait until the round is over.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # What is not told there is not made: which levels are shown, the program's log decides.
    logging.basicConfig(level=logging.DEBUG, handlers=[_Log()], format="%(name)s: %(message)s")
