"""Messages between clients of different generations (docs/translation.md): raw streams of each dialect,
then published clients where what they send can cross."""

import time

import pytest

from agents import AgentError
from generations import World, open_session
from nodes import PLAIN, Slimd, server_entry
from raw import PATH, Raw
from wire import LOOSE, link, number, text

PUBSUB = "/pubsub.proto.v1.PubSubService/OpenChannel"
DIALECTS = ["0.3", "0.5", "0.6", "1.x", "2.x"]
PAIRS = [(one, other) for one in DIALECTS for other in DIALECTS if one != other]
ANY = 2**64 - 1

# The hashes of docs/protocol/wire.md 9.
OLD = {
    "org": 0x82B758747BAD9534, "ns": 0x3B52B4133144D34F,
    "a": 0x719B50B9A4F0E9F3, "b": 0xEBD3E4FD8943240A,
}
NEW = {
    "org": 0x873E580376EA963B, "ns": 0xEEF9769A4C6990D1,
    "a": 0x3FF5008A504A5280, "b": 0x096B9E40AAE76A84,
}


def name(dialect, service, identity):
    """org/ns/<service> as the dialect routes it; C and D have the strings in it."""
    hashes = OLD if dialect == "0.3" else NEW
    encoded = b"".join(number(i + 1, hashes[part]) for i, part in enumerate(("org", "ns", service)))
    if dialect == "2.x":
        encoded += text(4, (number(1, ANY) if identity == ANY else b"") + number(2, identity))
    elif not (dialect == "0.3" and identity == ANY):
        encoded += number(4, identity)
    if dialect in ("1.x", "2.x"):
        return text(1, encoded) + text(2, text(1, "org") + text(2, "ns") + text(3, service))
    return encoded


def head(dialect, service, identity, fanout=1):
    """From org/ns/a, instance 1."""
    names = text(1, name(dialect, "a", 1)) + text(2, name(dialect, service, identity))
    if dialect == "2.x":
        return names + text(3, "tok") + number(4, fanout) + text(5, "2.3.0") + number(6, 8)
    return names + number(3, fanout) + (text(4, "tok") if dialect == "1.x" else b"")


def subscription(dialect, service, identity):
    body = text(1, head(dialect, service, identity))
    if dialect in ("1.x", "2.x"):
        return text(1, body + number(2, 42))
    return text(1, body + text(2, "org") + text(3, "ns") + text(4, service))


def session(dialect, kind=1):
    types = number(1, kind) if dialect == "0.3" else number(1, 1) + number(2, kind)
    more = 1 if dialect == "0.3" else 2
    return types + number(more + 1, 7) + number(more + 2, 9)


def content(dialect, payload):
    data = text(1, "msg") + text(2, payload)
    return text(1, data) if dialect in ("1.x", "2.x") else data


def data(dialect, payload, service="b", identity=ANY, kind=1, fanout=1):
    place = 4 if dialect in ("0.3", "0.5") else 3
    return text(
        3, text(1, head(dialect, service, identity, fanout)) + text(2, session(dialect, kind))
        + text(place, content(dialect, payload)),
    )


# What asks for a session, or is a part of one: no node can say it in another generation.
DISCOVERY = {"0.3": 4, "0.5": 10, "0.6": 8, "1.x": 5, "2.x": 5}


class Client(Raw):
    def __init__(self, port, dialect):
        super().__init__(port)
        self.dialect = dialect
        self.open(path=PUBSUB if dialect in ("0.3", "0.5") else PATH)
        if dialect == "2.x":
            self.message(link())
            assert self.until(lambda r: r.messages(1))

    def subscribe(self, node, service, identity):
        before = int(node.statistics()["subscriptions"])
        self.message(subscription(self.dialect, service, identity))
        end = time.monotonic() + 5
        while int(node.statistics()["subscriptions"]) <= before:
            assert time.monotonic() < end, node.log.text()[-2000:]
            time.sleep(0.01)

    def publishes(self):
        return [m for m in self.messages(1) if m[0] == 3 << 3 | 2]


@pytest.fixture(scope="module")
def node():
    """One port that translates and one that does not."""
    loose = LOOSE + "          slimd: {translate: true}\n"
    slimd = Slimd(server=loose + server_entry("127.0.0.1:0", PLAIN) + LOOSE)
    yield slimd
    assert slimd.process.poll() is None, slimd.log.text()[-5000:]
    assert slimd.stop() == 0


@pytest.fixture
def clients(node):
    """Makes a sender org/ns/a/1 and a receiver org/ns/b/2."""
    made = []

    def make(sends, takes, ports=(0, 0)):
        sender, receiver = Client(node.ports[ports[0]], sends), Client(node.ports[ports[1]], takes)
        made.extend((sender, receiver))
        sender.subscribe(node, "a", 1)
        receiver.subscribe(node, "b", 2)
        return sender, receiver

    yield make
    for client in made:
        client.close()
    end = time.monotonic() + 5
    while int(node.statistics()["subscriptions"]) > 0:  # the next test's names are the same
        assert time.monotonic() < end
        time.sleep(0.01)


def drops(node, reason):
    return node.counts("drops").get(reason, 0)


def wait_dropped(node, reason, at_least):
    end = time.monotonic() + 5
    while drops(node, reason) < at_least:
        assert time.monotonic() < end, node.statistics()
        time.sleep(0.01)


@pytest.mark.parametrize("identity", [ANY, 2], ids=["any", "instance"])
@pytest.mark.parametrize("fanout", [1, 256], ids=["anycast", "multicast"])
@pytest.mark.parametrize("sends, takes", PAIRS)
def test_data_arrives(node, clients, sends, takes, fanout, identity):
    sender, receiver = clients(sends, takes)
    for payload in (b"hi", b"", bytes(range(256)) * 40):
        before = len(receiver.publishes())
        sender.message(data(sends, payload, identity=identity, fanout=fanout))
        assert receiver.until(lambda r: len(r.publishes()) > before), node.log.text()[-2000:]
        message = receiver.publishes()[-1]
        assert name(takes, "a", 1) in message
        assert name(takes, "b", identity) in message
        assert session(takes) in message
        assert text(1, "msg") + (text(2, payload) if payload else b"") in message
    assert not receiver.until(lambda r: len(r.publishes()) > 3, 0.05)


@pytest.mark.parametrize("sends, takes", PAIRS)
def test_sessions_do_not_cross(node, clients, sends, takes):
    sender, receiver = clients(sends, takes)
    before = drops(node, "untranslatable")
    sender.message(data(sends, b"", kind=DISCOVERY[sends]))
    wait_dropped(node, "untranslatable", before + 1)
    # Once a minute for each name, and 0.3 has other hashes than all others.
    logged = node.log.find("message not translated")
    assert any("reason=" in line and "control message" in line for line in logged), logged
    assert len(logged) <= 4
    # The stream goes on, and what can cross does.
    sender.message(data(sends, b"hi"))
    assert receiver.until(lambda r: r.publishes())
    assert text(2, "hi") in receiver.publishes()[0]


@pytest.mark.parametrize("ports", [(0, 1), (1, 0), (1, 1)], ids=["receiver", "sender", "both"])
@pytest.mark.parametrize("sends, takes", PAIRS)
def test_nothing_crosses_without_the_key(node, clients, sends, takes, ports):
    sender, receiver = clients(sends, takes, ports)
    reason = "no_route" if "0.3" in (sends, takes) else "other_generation"
    before, refused = drops(node, reason), drops(node, "untranslatable")
    sender.message(data(sends, b"hi"))
    sender.message(data(sends, b"hi", fanout=256))
    wait_dropped(node, reason, before + 2)
    assert not receiver.until(lambda r: r.publishes(), 0.05)
    assert drops(node, "untranslatable") == refused


@pytest.mark.parametrize("dialect", DIALECTS)
def test_ones_own_generation_comes_first(node, clients, dialect):
    other = "0.6" if dialect != "0.6" else "1.x"
    sender, stranger = clients(dialect, other)
    friend = Client(node.ports[1], dialect)
    friend.subscribe(node, "b", 3)
    for _ in range(4):
        sender.message(data(dialect, b"anycast"))
    assert friend.until(lambda r: len(r.publishes()) == 4)
    sender.message(data(dialect, b"multicast", fanout=256))
    assert friend.until(lambda r: len(r.publishes()) == 5)
    assert stranger.until(lambda r: r.publishes())
    assert b"multicast" in stranger.publishes()[0]
    friend.close()


def test_a_sender_without_a_name(node):
    """Nobody knows the strings that its messages lack and the receiver demands."""
    sender, receiver = Client(node.ports[0], "0.5"), Client(node.ports[0], "2.x")
    receiver.subscribe(node, "b", 2)
    before = drops(node, "untranslatable")
    sender.message(data("0.5", b"hi"))
    wait_dropped(node, "untranslatable", before + 1)
    sender.close()
    receiver.close()


# --- published clients ---


@pytest.fixture(scope="module")
def worlds():
    slimd = Slimd(server="          slimd: {translate: true}\n")
    made = {}

    def make(version):
        space = f"v{version.replace('.', '-')}"
        return made.setdefault(version, World("slimd", version, node=slimd, space=space))

    yield make
    for world in made.values():
        world.stop()
    assert slimd.stop() == 0


def asked(worlds, asking, answering):
    """A fire-and-forget session of `asking` with a client of `answering` that answers what it gets."""
    to = worlds(answering).name("alice")
    alice = worlds(answering).agent("alice", tag=answering)
    bob = worlds(asking).agent("bob")
    bob("route", name=to)
    kind = "ANYCAST" if asking < "0.6" else "POINT_TO_POINT"
    return alice, bob, open_session(bob, to, kind=kind, retries=None, interval=None)


@pytest.mark.parametrize("asking", ["0.4.1", "0.5.0"])
def test_fire_and_forget_is_answered_by_the_next_generation(worlds, asking):
    """Both ways: 0.6 answers within the session that the message made, and its answer crosses too."""
    _, bob, session = asked(worlds, asking, "0.6.3")
    assert bob("spread", session=session, count=50, window=10) == {"0.6.3": 50}


def test_fire_and_forget_arrives_at_the_oldest(worlds):
    """One way: the answer of 0.3 is delivered, but has no identity, and 0.5 logs that it misses one."""
    alice, bob, session = asked(worlds, "0.5.0", "0.3.6")
    before = alice("sessions_accepted")
    with pytest.raises(AgentError):
        bob("spread", session=session, count=1, patience=1)
    end = time.monotonic() + 10
    while alice("sessions_accepted") != before + 1:
        assert time.monotonic() < end, "the message never arrived"
        time.sleep(0.05)


def test_a_session_of_a_later_client_is_refused(worlds):
    """0.6 begins each session with a discovery, which older clients would not understand."""
    node = worlds("0.6.3").node
    before = drops(node, "untranslatable")
    with pytest.raises(AgentError):
        _, bob, session = asked(worlds, "0.6.3", "0.5.0")
        bob("spread", session=session, count=1, patience=0.3)
    wait_dropped(node, "untranslatable", before + 1)
    assert node.log.find("message not translated")
