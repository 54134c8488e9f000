"""The programs, with what they need of Python around them."""

from __future__ import annotations

import logging
import signal
import sys

from oar_scheduler_redox.oar_scheduler_redox import kamelot_main, kao_main, log_line


class _Log(logging.Handler):
    """Hands what plugins log to the log of the program."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            log_line(record.levelno, self.format(record))
        except Exception:
            self.handleError(record)


def run(name: str) -> int:
    """Runs `kao` or `kamelot`; what it is to end with."""
    # As in any program: Python would wait until the round is over. Who started it may have it ignored.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # What is not told there is not made: which levels are shown, the program's log decides.
    logging.basicConfig(level=logging.DEBUG, handlers=[_Log()], format="%(name)s: %(message)s")
    return (kao_main if name == "kao" else kamelot_main)(sys.argv)
