"""A share of what `make soak` does."""

import pytest

from soak.kills import Round


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_is_there_once_after_each_kill(seed: int) -> None:
    tally = Round(seed).run(kills=5)
    assert tally.kills == 5
    assert tally.acknowledged > 1000
    assert tally.cleaned > 0, "nothing was cleaned: the kills came too soon"
