"""When OAR is asked next."""

import pytest

from pydra.workers.oar.polling import pause


@pytest.mark.parametrize(
    ("quiet", "took", "failures", "expected"),
    [
        (0, 0, 0, 1),
        (10, 0, 0, 1),
        (100, 0, 0, 5),
        (100_000, 0, 0, 30),
        (0, 20, 0, 60),
        (0, 0, 1, 2),
        (0, 0, 3, 8),
        (0, 0, 1000, 60),
        (100_000, 0, 1, 30),
    ],
)
def test_the_pause_grows_where_nothing_happens_or_oar_is_in_trouble(quiet, took, failures, expected):
    assert pause(1, quiet, took, failures) == expected


def test_the_user_can_ask_for_longer_pauses():
    assert pause(45, 0, 0, 0) == 45
    assert pause(90, 0, 0, 3) == 90
