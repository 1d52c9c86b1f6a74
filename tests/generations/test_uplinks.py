"""A node of another release behind an uplink: clients on either side reach the other's."""

import time

import pytest

from agents import SECRET, Agent, AgentError
from generations import ENCRYPTING, Group, World, open_session, until_it_works
from nodes import PublishedNode, Slimd, free_port

# Whose node stands behind the uplink, and whose clients talk through both.
PUBLISHED = ["0.3.6", "0.5.0", "0.6.3", "1.0.1", "1.4.1", "2.2.0", "3.3.8"]
# Only 0.3 cannot be told from 0.4 and 0.5 by how its node answers.
CHOICE = {"0.3.6": "0.3"}


def uplink(there, generation="auto", rules="uplink: true"):
    return Slimd(server=(
        f"      clients:\n        - endpoint: \"{there.endpoint}\"\n          tls: {{insecure: true}}\n"
        f"          backoff: {{type: fixed_interval, interval: 300ms}}\n"
        f"          slimd: {{{rules}, generation: {generation}}}\n"
    ))


class Split(World):
    """Clients at two nodes: those whose name begins with `far` at the one behind the uplink."""

    def __init__(self, version, there, generation):
        super().__init__("slimd", version, node=uplink(there, generation), space="up")
        self.there = there

    def agent(self, who, version=None, name=None, tag=None):
        if (found := self.agents.get((who, self.version))) is None:
            node = self.there if who.startswith("far") else self.node
            found = self.agents[who, self.version] = Agent(self.version)
            found("start", name=self.name(who), secret=SECRET, endpoint=node.endpoint)
            if tag is not None:
                found("echo", tag=tag)
        return found

    def stop(self):
        super().stop()
        self.node.stop()
        self.there.stop()


@pytest.fixture(scope="module", params=[*PUBLISHED, "3.3.8-slimd", "0.6.3-slimd"])
def split(request):
    version, _, kind = request.param.partition("-")
    there = Slimd(level="info") if kind else PublishedNode(version=version)
    # A slimd there speaks all of them: it has to be said which one is meant.
    choice = {"0.6.3": "0.6"}.get(version, "2.x") if kind else CHOICE.get(version, "auto")
    made = Split(version, there, choice)
    made.node.log.wait_for("client connected", timeout=20)
    yield made
    made.stop()


def ask(world, asker, answerer, mls=False):
    agent = world.agent(asker)
    world.reach(agent, answerer)

    def once():
        session = open_session(agent, world.name(answerer), mls, retries=3, interval=0.5, timeout=10)
        result = agent("spread", session=session, count=20, window=5, timeout=5)
        agent("close", session=session)
        return result

    assert until_it_works(once) == {answerer: 20}


def test_each_side_reaches_the_other(split):
    mls = split.version in ENCRYPTING
    split.agent("near-alice", tag="near-alice")
    split.agent("far-alice", tag="far-alice")
    ask(split, "near-bob", "far-alice", mls)
    ask(split, "far-bob", "near-alice", mls)


@pytest.mark.parametrize("moderator", ["near", "far"])
def test_a_group_on_both_sides(split, moderator):
    mls = split.version in ENCRYPTING
    other = {"near": "far", "far": "near"}[moderator]
    whos = [f"{moderator}-mod", f"{moderator}-carol", f"{other}-dave"]
    members = {f"{who}-{moderator}": split.agent(f"{who}-{moderator}") for who in whos}
    Group(split, f"chat-{moderator}", members, mls).check()


@pytest.mark.parametrize("which", ["near", "far"])
def test_after_a_restart(split, which):
    """Published clients do not all survive the loss of their own node; those of the other side do."""
    node = {"near": split.node, "far": split.there}[which]
    node.kill()
    time.sleep(0.3)
    node.start()
    stays = {"near": "far", "far": "near"}[which]
    # New clients, also of the other side, which may have been through a restart: the uplink is tested.
    for who in (f"{which}-late", f"{which}-asker"):
        split.agent(who, tag=f"{which}-late" if who.endswith("late") else None)
    split.agent(f"{stays}-witness-{which}", tag=f"{stays}-witness-{which}")
    ask(split, f"{stays}-asker-{which}", f"{which}-late")
    ask(split, f"{which}-asker", f"{stays}-witness-{which}")


def test_rules_bound_what_goes_where(slimd):
    there = slimd(level="info")
    here = uplink(there, rules="advertise: [org/public], route: [org/far]")
    worlds = {where: World("slimd", "3.3.8", node=node, space=space) for where, node, space in
              (("private", here, "private"), ("public", here, "public"), ("far", there, "far"))}
    try:
        here.log.wait_for("client connected")
        for space, world in worlds.items():
            world.agent("alice", tag=space)
        far, near = worlds["far"].agent("bob"), worlds["public"].agent("bob")

        def reach(agent, name, tag):
            agent("route", name=name)
            session = open_session(agent, name, retries=1, interval=0.3, timeout=5)
            assert agent("spread", session=session, count=5, window=5, timeout=5) == {tag: 5}

        reach(near, "org/far/alice", "far")
        until_it_works(lambda: reach(far, "org/public/alice", "public"))
        with pytest.raises(AgentError):
            reach(far, "org/private/alice", "private")
    finally:
        for world in worlds.values():
            world.stop()
        here.stop()


@pytest.mark.parametrize("generation", ["0.3", "0.5", "0.6", "1.x", "2.x"])
def test_uplinks_that_form_a_cycle_end(generation):
    """Three nodes in a ring: the name that finds cycles comes back, whatever the generation."""
    ports = [free_port() for _ in range(3)]
    ring = []
    try:
        for i, port in enumerate(ports):
            after = ports[(i + 1) % 3]
            ring.append(Slimd(port=port, node_id=f"ring-{i}", server=(
                f"      clients:\n        - endpoint: \"http://127.0.0.1:{after}\"\n"
                f"          tls: {{insecure: true}}\n          backoff: {{type: fixed_interval, interval: 200ms}}\n"
                f"          slimd: {{uplink: true, generation: {generation}}}\n"
            )))
        end = time.monotonic() + 20
        while not any(node.log.find("uplink forms a cycle and is closed") for node in ring):
            assert time.monotonic() < end, "the cycle was not found"
            time.sleep(0.1)
        assert any(node.counts("closed").get("uplink_cycle") for node in ring)
    finally:
        for node in ring:
            node.stop()
