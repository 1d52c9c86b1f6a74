"""Clients of two versions at one node: those that speak the same language, and those that do not."""

import pathlib

import pytest

from agents import AgentError
from generations import (
    ANYCAST_PER_MESSAGE, COMPATIBLE, VERSIONS, Group, World, assert_refused, compatible,
    crowd_of_all, generation, matrix, open_session, refusals, start_node,
)


class Pair(World):
    """Clients of two versions; those of the newer are named after it."""

    def __init__(self, kind, older, newer):
        # The node of a package is that of the newer one: it knows what the older does.
        super().__init__(kind, older, node=start_node(kind, newer))
        self.newer = newer

    def stop(self):
        super().stop()
        self.node.stop()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((kind, *pair), id="-".join([*pair, kind]), marks=[pytest.mark.embedded] * (kind == "embedded"))
        for pair in COMPATIBLE
        for kind in ("slimd", "embedded")
    ],
)
def pair(request):
    made = Pair(*request.param)
    yield made
    made.stop()


@pytest.mark.parametrize("mls", [False, True], ids=["clear", "encrypted"])
@pytest.mark.parametrize("asking", ["older", "newer"])
def test_versions_of_one_language_ask_each_other(pair, asking, mls):
    versions = (pair.version, pair.newer) if asking == "older" else (pair.newer, pair.version)
    pair.agent(f"alice-{versions[1]}", versions[1], tag=versions[1])
    bob = pair.agent("bob", versions[0], name=f"bob-{versions[0]}")
    pair.reach(bob, f"alice-{versions[1]}")
    session = open_session(bob, pair.name(f"alice-{versions[1]}"), mls)
    assert bob("spread", session=session, count=50, window=10) == {versions[1]: 50}
    bob("close", session=session)


@pytest.mark.parametrize("mls", [False, True], ids=["clear", "encrypted"])
@pytest.mark.parametrize("moderating", ["older", "newer"])
def test_versions_of_one_language_share_a_group(pair, moderating, mls):
    first, second = (pair.version, pair.newer) if moderating == "older" else (pair.newer, pair.version)
    members = {
        "bob": pair.agent("bob", first, name=f"bob-{first}"),
        f"carol-{first}": pair.agent(f"carol-{first}", first),
        f"dave-{second}": pair.agent(f"dave-{second}", second),
    }
    Group(pair, f"chat-{moderating}-{mls}", members, mls).check()


# --- versions that do not speak the same language ---


@pytest.fixture(scope="module")
def crowd():
    """A node with clients of all versions: those that ask, and those that answer with their tag."""
    with crowd_of_all() as worlds:
        yield worlds


def try_to_reach(agent, version, name):
    """A message, or a session, to a name that nobody of this generation has."""
    try:
        if version in ANYCAST_PER_MESSAGE:  # best effort: no answer is awaited
            session = open_session(agent, name, kind="ANYCAST", retries=None, interval=None)
        else:
            session = open_session(agent, name, retries=1, interval=0.2, timeout=5)
        with pytest.raises(AgentError):
            agent("spread", session=session, count=1, patience=0.3)
        agent("close", session=session)
    except AgentError:
        assert generation(version) >= (1, 0)  # these say that nobody is there


@pytest.mark.parametrize(
    "sender, receiver",
    [(s, r) for s in VERSIONS for r in VERSIONS if not compatible(s, r)],
    ids=lambda version: version,
)
def test_other_versions_are_not_served(crowd, sender, receiver):
    name = f"org/pairs/from-{sender}-to-{receiver}"
    stranger = crowd[receiver].agent("stranger", tag=receiver)
    stranger("subscribe", name=name)
    accepted = stranger("sessions_accepted")
    bob = crowd[sender].agent("bob")
    bob("route", name=name)
    before = refusals(crowd[sender].node, sender, receiver)
    try_to_reach(bob, sender, name)
    # Whoever is of the sender's generation is served, and alone.
    crowd[sender].agent("friend", tag=sender)("subscribe", name=name)
    kind = "ANYCAST" if sender in ANYCAST_PER_MESSAGE else "POINT_TO_POINT"
    for _ in range(3):
        session = open_session(bob, name, kind=kind)
        assert bob("spread", session=session, count=5, window=5) == {sender: 5}
        bob("close", session=session)
    assert stranger("sessions_accepted") == accepted
    assert_refused(crowd[sender].node, sender, receiver, before)


def test_the_readme_shows_this():
    readme = pathlib.Path(__file__).parents[2] / "README.md"
    assert matrix() in readme.read_text(), matrix()
