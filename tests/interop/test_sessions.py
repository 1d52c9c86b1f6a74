"""The newest published client (slim-bindings 3.3.8) through slimd: point-to-point and groups."""

import os

import pytest

from agents import AgentError, b64, unb64


def pair(client, endpoint, mls, echo=True):
    """A session from bob to alice, who answers everything if `echo`."""
    alice = client("org/ns/alice", endpoint)
    bob = client("org/ns/bob", endpoint)
    if echo:
        alice("echo")
    bob("route", name="org/ns/alice")
    return alice, bob, bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=mls)["session"]


@pytest.mark.parametrize("mls", [False, True])
def test_a_thousand_requests_get_their_answers(slimd, client, mls):
    _, bob, session = pair(client, slimd().endpoint, mls)
    assert bob("ask", session=session, count=1000, timeout=120) == 1000
    bob("close", session=session)


def test_one_mebibyte_with_mls(slimd, client):
    _, bob, session = pair(client, slimd().endpoint, mls=True)
    assert bob("ask", session=session, count=3, size=1024 * 1024) == 3


def test_three_and_a_half_mebibytes_without_mls(slimd, client):
    _, bob, session = pair(client, slimd().endpoint, mls=False)
    assert bob("ask", session=session, count=2, size=3_670_016) == 2


@pytest.mark.parametrize("mls", [False, True])
def test_metadata_and_payload_type_arrive(slimd, client, mls):
    node = slimd()
    alice = client("org/ns/alice", node.endpoint)
    bob = client("org/ns/bob", node.endpoint)
    bob("route", name="org/ns/alice")
    listening = alice.send("listen")
    mine = bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=mls, metadata={"why": "test"})
    hers = listening()
    assert hers["session"] == mine["session"]
    assert hers["metadata"]["why"] == "test"
    receiving = alice.send("receive", session=hers["session"])
    bob("publish", session=mine["session"], data=b64(b"\x00\xff"), payload_type="application/x",
        metadata={"k": "v", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
    got = receiving()
    assert unb64(got["data"]) == b"\x00\xff"
    assert got["payload_type"] == "application/x"
    assert got["metadata"]["k"] == "v"
    assert got["metadata"]["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c")


def test_sessions_to_several_instances_of_a_service(slimd, client):
    node = slimd()
    workers = [client("org/ns/worker", node.endpoint) for _ in range(3)]
    for worker in workers:
        worker("echo")
    bob = client("org/ns/bob", node.endpoint)
    bob("route", name="org/ns/worker")
    for _ in range(6):
        session = bob("open", kind="POINT_TO_POINT", to="org/ns/worker", mls=False)["session"]
        assert bob("ask", session=session, count=5) == 5


def test_a_wrong_secret_opens_no_session(slimd, client):
    node = slimd()
    alice = client("org/ns/alice", node.endpoint, secret="another-secret-of-more-than-32-bytes!!")
    alice("echo")
    bob = client("org/ns/bob", node.endpoint)
    bob("route", name="org/ns/alice")
    with pytest.raises(AgentError):
        bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=False, retries=1, interval=0.5)


def group(client, endpoint, mls, members):
    moderator = client("org/ns/moderator", endpoint)
    others = {}
    channel = moderator("open", kind="GROUP", to="org/ns/chat", mls=mls)["session"]
    for name in members:
        others[name] = client(f"org/ns/{name}", endpoint)
        listening = others[name].send("listen")
        moderator("route", name=f"org/ns/{name}")
        moderator("invite", session=channel, name=f"org/ns/{name}")
        assert listening()["session"] == channel
    return moderator, others, channel


@pytest.mark.parametrize("mls", [False, True])
def test_a_group_of_four_hears_each_other(slimd, client, mls):
    moderator, members, channel = group(client, slimd().endpoint, mls, ["one", "two", "three"])
    everybody = [moderator, *members.values()]
    assert len(moderator("participants", session=channel)) == 4
    waiting = [agent.send("collect", session=channel, count=15) for agent in everybody]
    for number in range(5):
        for who, agent in enumerate(everybody):
            agent("publish", session=channel, data=b64(b"%d from %d" % (number, who)))
    for who, wait in enumerate(waiting):
        got = wait()
        assert sorted(map(len, got.values())) == [5, 5, 5]
        for messages in got.values():
            texts = [unb64(m).decode() for m in messages]
            sender = texts[0][-1]
            assert sender != str(who)
            assert texts == [f"{n} from {sender}" for n in range(5)]


@pytest.mark.parametrize("mls", [False, True])
def test_a_removed_member_hears_no_more(slimd, client, mls):
    moderator, members, channel = group(client, slimd().endpoint, mls, ["one", "two", "three"])
    moderator("remove", session=channel, name="org/ns/two")
    assert len(moderator("participants", session=channel)) == 3
    waiting = {n: members[n].send("collect", session=channel, count=1) for n in ("one", "three")}
    moderator("publish", session=channel, data=b64(b"without two"))
    for wait in waiting.values():
        (messages,) = wait().values()
        assert unb64(messages[0]) == b"without two"
    with pytest.raises(AgentError):
        members["two"]("receive", session=channel, timeout=2.0)


def test_a_group_message_of_a_mebibyte(slimd, client):
    moderator, members, channel = group(client, slimd().endpoint, True, ["one", "two"])
    payload = os.urandom(1024 * 1024)
    waiting = [m.send("collect", session=channel, count=1) for m in members.values()]
    moderator("publish", session=channel, data=b64(payload))
    for wait in waiting:
        (messages,) = wait().values()
        assert unb64(messages[0]) == payload
