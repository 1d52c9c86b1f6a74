"""The published clients, one of each generation, and what each generation can do."""

import contextlib
import time

from agents import SECRET, Agent, AgentError, b64, generation, unb64
from nodes import PublishedNode, Slimd

VERSIONS = ["0.3.6", "0.4.1", "0.5.0", "0.6.3", "1.0.1", "1.4.1", "2.2.0", "3.3.8"]

# The node picks an instance for each message; later, and always with a session, for each session.
ANYCAST_PER_MESSAGE = ["0.3.6", "0.4.1", "0.5.0"]
# A moderator invites; before, whoever subscribes a topic hears it.
INVITING = VERSIONS[1:]
ENCRYPTING = VERSIONS[1:]
# Pairs of different versions that speak the same language; no others do.
COMPATIBLE = [("0.4.1", "0.5.0"), ("1.0.1", "1.4.1"), ("2.2.0", "3.3.8")]


def compatible(one, other):
    return one == other or (one, other) in COMPATIBLE or (other, one) in COMPATIBLE


def until_it_works(do, seconds=40):
    """The first tries may meet a gap."""
    end = time.monotonic() + seconds
    while True:
        try:
            return do()
        except AgentError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def start_node(kind, version=None):
    return Slimd(level="info") if kind == "slimd" else PublishedNode(version=version)


class World:
    """One node and the clients that tests have asked for, kept for the tests that follow.

    Starting a client is what costs time, so that tests share them; sessions are their own. Each
    client has one use: those that answer take every session that comes.
    """

    def __init__(self, kind, version=None, node=None, space="ns"):
        self.kind = kind
        self.version = version
        self.space = space
        self.shared = node is not None
        self.node = node or start_node(kind, version)
        self.agents = {}

    def agent(self, who, version=None, name=None, tag=None):
        """The client `who`, under org/<space>/<name>; with a `tag` it answers whatever it is sent."""
        version = version or self.version
        if (found := self.agents.get((who, version))) is None:
            found = self.agents[who, version] = Agent(version)
            found("start", name=self.name(name or who), secret=SECRET, endpoint=self.node.endpoint)
            if tag is not None:
                found("echo", tag=tag)
        return found

    def name(self, who):
        return f"org/{self.space}/{who}"

    def reach(self, agent, *whos):
        for who in whos:
            agent("route", name=self.name(who))

    def stop(self):
        for agent in self.agents.values():
            agent.stop()
        if not self.shared:
            self.node.stop()


def matrix():
    """Who hears whom, as the README shows it; tests/generations/test_pairs.py proves each cell."""
    lines = ["| | " + " | ".join(VERSIONS) + " |", "|---|" + "---|" * len(VERSIONS)]
    for one in VERSIONS:
        cells = ["yes" if compatible(one, other) else "–" for other in VERSIONS]
        lines.append(f"| **{one}** | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def refusals(node, sender, receiver):
    """How often the node did not deliver because nobody of the sender's generation was there.

    0.3 hashes names in another way: to the node they are names that nobody has.
    """
    reason = "no_route" if "0.3.6" in (sender, receiver) else "other_generation"
    return node.counts("drops").get(reason, 0)


def assert_refused(node, sender, receiver, before):
    """That the node counted what it did not deliver between generations, and said so."""
    assert node.process.poll() is None, node.log.text()[-4000:]
    assert refusals(node, sender, receiver) > before, node.statistics()
    if "0.3.6" not in (sender, receiver):
        assert node.log.find("message not delivered: its subscribers speak another generation")


@contextlib.contextmanager
def crowd_of_all():
    """A slimd, and a world for each version with names of its own."""
    node = start_node("slimd")
    worlds = {v: World("slimd", v, node=node, space=f"v{v.replace('.', '-')}") for v in VERSIONS}
    yield worlds
    for world in worlds.values():
        world.stop()
    node.stop()


def open_session(agent, to, mls=False, kind="POINT_TO_POINT", **options):
    return agent("open", kind=kind, to=to, mls=mls, **options)["session"]


def texts(collected):
    """What a client collected, as text: with senders where its generation tells them."""
    if isinstance(collected, list):
        return [unb64(m).decode() for m in collected]
    return [unb64(m).decode() for messages in collected.values() for m in messages]


class Group:
    """A group of clients that hear each other: `agents`, the moderator first, and their sessions."""

    def __init__(self, world, channel, agents, mls=False):
        self.agents = agents
        self.channel = world.name(channel)
        names = list(agents)
        moderator, *members = agents.values()
        if world.version in INVITING:
            self.session = open_session(moderator, self.channel, mls, "GROUP")
            self.listening = [member.send("listen", timeout=20) for member in members]
            for who in names[1:]:
                world.reach(moderator, who)
                moderator("invite", session=self.session, name=world.name(who))
        else:
            # The number of the session follows from the topic.
            for agent in agents.values():
                agent("route", name=self.channel)
                agent("subscribe", name=self.channel)
                self.session = open_session(agent, self.channel, False, "GROUP")
            self.listening = []
        self._settle(world, moderator, members)

    def _settle(self, world, moderator, members):
        """Up to 0.6 neither a subscription nor an invitation is acknowledged, and up to 0.5 a member
        learns of its session with the first message: the moderator calls until everybody has heard."""
        if self.listening:
            self._call_while(moderator, self.listening)
            if generation(world.version) < (0, 6):
                for member in members:  # what these clients are not told
                    member("send_as", session=self.session, to=self.channel)
        self._call_while(
            moderator,
            [m.send("collect", session=self.session, count=1, timeout=20) for m in members],
        )
        # Whoever reads this is past every change of the group before it.
        waiting = [m.send("collect", session=self.session, count=1, only="ready") for m in members]
        self.say(moderator, "ready")
        for wait in waiting:
            wait()

    def _call_while(self, moderator, waits, seconds=20):
        end = time.monotonic() + seconds
        while waits:
            self.say(moderator, "join")
            time.sleep(0.05)
            waits = [wait for wait in waits if not wait.poll(0.2)]
            if time.monotonic() > end:
                raise AgentError(f"{len(waits)} members did not join the group")

    def say(self, agent, text):
        agent("publish", session=self.session, data=b64(text.encode()))

    def hear(self, agent, count, only):
        return agent.send("collect", session=self.session, count=count, only=only)

    def check(self, count=5, word="hello"):
        """Each says `count` things; everybody else hears them, each sender's in their order."""
        self.start_check(count, word)
        self.finish_check()

    def start_check(self, count=5, word="hello"):
        self.count, self.word = count, word
        expected = count * (len(self.agents) - 1)
        self.hearing = [(who, self.hear(agent, expected, word)) for who, agent in self.agents.items()]
        for number in range(count):
            for who, agent in self.agents.items():
                self.say(agent, f"{word} {who} {number}")

    def finish_check(self):
        for who, wait in self.hearing:
            heard = texts(wait())
            for other in self.agents:
                from_other = [t for t in heard if t.split()[1] == other]
                wanted = [] if other == who else [f"{self.word} {other} {n}" for n in range(self.count)]
                assert from_other == wanted, f"{who} heard from {other}: {from_other}"
