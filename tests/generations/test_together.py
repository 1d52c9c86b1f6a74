"""Clients of all generations at the same time, through one node on one port."""

import pytest

from generations import (
    ANYCAST_PER_MESSAGE, ENCRYPTING, VERSIONS, Group, compatible, crowd_of_all, open_session,
)


@pytest.fixture(scope="module")
def everybody():
    """A node, and a world for each version; the names of each version are its own."""
    with crowd_of_all() as worlds:
        yield worlds


def test_all_ask_and_answer_at_once(everybody):
    asking = []
    for version, world in everybody.items():
        world.agent("alice", tag=version)
        bob = world.agent("bob")
        world.reach(bob, "alice")
        for mls in (False, True) if version in ENCRYPTING else (False,):
            asking.append((version, bob, open_session(bob, world.name("alice"), mls)))
    waiting = [
        (version, bob.send("spread", session=session, count=100, window=10))
        for version, bob, session in asking
    ]
    assert [(version, wait()) for version, wait in waiting] == [
        (version, {version: 100}) for version, _, _ in asking
    ]


def test_a_group_of_each_generation(everybody):
    groups = [
        Group(world, "chat", {who: world.agent(who) for who in ("bob", "carol", "dave")})
        for world in everybody.values()
    ]
    for group in groups:
        group.start_check()
    for group in groups:
        group.finish_check()


def test_the_same_name_in_all_generations(everybody):
    """A name is a place in the table of each generation, not one place for all.

    Messages of their own in 0.3 to 0.5: a sticky session of 0.4 and 0.5 to a name that two apps have
    beside their own got no answer in any of three tries, at the node of their own package either.
    """
    shared = "org/shared/worker"
    for version, world in everybody.items():
        world.agent("alice", tag=version)("subscribe", name=shared)
    for version, world in everybody.items():
        bob = world.agent("bob")
        bob("route", name=shared)
        kind = "ANYCAST" if version in ANYCAST_PER_MESSAGE else "POINT_TO_POINT"
        answers = bob("spread", session=open_session(bob, shared, kind=kind), count=10, window=10)
        assert all(compatible(answered, version) for answered in answers), (version, answers)
