"""Workers are killed with SIGKILL; whoever resumes leaves every effect exactly once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.campaign.kill import Campaign


@pytest.fixture
def campaign(target: Any, faults: Any) -> Campaign:
    """Give a campaign against the suite's sandbox."""
    return Campaign(target.server, target.dsn, target.user, target.password)


@pytest.mark.timeout(300)
def test_a_kill_at_every_edge(campaign: Campaign) -> None:
    """At each call of a run and of a takeover, whether it had arrived or not."""
    campaign.edges()
    campaign.takeover_edges()
    print(campaign.outcome)

    assert campaign.outcome.wrong == []
    assert {"block arrived", "block not arrived"} <= set(campaign.outcome.edges)


def test_kills_at_random_instants(campaign: Campaign) -> None:
    """Twenty moments of a run; the long campaign takes two hundred."""
    campaign.random_instants(20, seed=1)
    print(campaign.outcome)

    assert campaign.outcome.wrong == []
