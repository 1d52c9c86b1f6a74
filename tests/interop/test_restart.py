"""Nodes that go away under connected clients."""

import time

import pytest

from agents import AgentError


def ask_until(agent, session, end):
    """The session recovers by itself; the first attempts may still meet the gap."""
    while True:
        try:
            return agent("ask", session=session, count=10, timeout=90)
        except AgentError:
            if time.monotonic() > end:
                raise


@pytest.mark.parametrize("how", ["kill", "drain"])
def test_clients_recover_when_their_node_returns(slimd, client, how):
    node = slimd()
    alice = client("org/ns/alice", node.endpoint)
    bob = client("org/ns/bob", node.endpoint)
    alice("echo")
    bob("route", name="org/ns/alice")
    session = bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=True)["session"]
    assert bob("ask", session=session, count=10) == 10
    if how == "kill":
        node.kill()
    else:
        assert node.stop() == 0
    node.start()
    # A new session works, whatever becomes of the old one's message in flight.
    end = time.monotonic() + 60
    while True:
        try:
            again = bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=True)["session"]
            break
        except AgentError:
            assert time.monotonic() < end, "no session after the restart"
    assert bob("ask", session=again, count=100) == 100
    assert ask_until(bob, session, end) == 10
