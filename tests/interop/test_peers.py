"""Several nodes: slimd among itself, and with the published node."""

import pytest

from nodes import PLAIN, free_port


def ask_across(client, near, far, mls=True, count=30):
    alice = client("org/ns/alice", near)
    bob = client("org/ns/bob", far)
    alice("echo")
    bob("route", name="org/ns/alice")
    session = bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=mls)["session"]
    assert bob("ask", session=session, count=count) == count


def dialling(*endpoints, kind="peer"):
    entries = "".join(
        f'        - endpoint: "{e}"\n{PLAIN}          connection_type: {kind}\n'
        for e in endpoints
    )
    return f"      clients:\n{entries}"


def test_three_slimd_as_standalone_peers(slimd, client):
    first = slimd(node_id="n1")
    second = slimd(node_id="n2", server=dialling(first.endpoint))
    third = slimd(node_id="n3", server=dialling(second.endpoint))
    for node in (second, third):
        node.log.wait_for("client connected")
    ask_across(client, first.endpoint, third.endpoint)


def test_three_slimd_in_a_full_mesh_with_a_group_across_them(slimd, client, started):
    ports = [free_port() for _ in range(3)]
    peers = "".join(
        f'          - {{node_id: m{i}, endpoint: "http://127.0.0.1:{p}", tls: {{insecure: true}}}}\n'
        for i, p in enumerate(ports)
    )
    mesh = "    peers:\n      topology: full_mesh\n      discovery:\n        type: static\n        peers:\n" + peers
    nodes = [slimd(port=p, node_id=f"m{i}", service=mesh) for i, p in enumerate(ports)]
    # 17.5/89: one link a pair, dialled by the smaller id
    for node, links in zip(nodes, (2, 1, 0)):
        if links:
            node.log.wait_for("client connected", links)
    moderator = client("org/ns/moderator", nodes[0].endpoint)
    channel = moderator("open", kind="GROUP", to="org/ns/chat", mls=True)["session"]
    members = []
    for i, node in enumerate(nodes):
        member = client(f"org/ns/member{i}", node.endpoint)
        listening = member.send("listen")
        moderator("route", name=f"org/ns/member{i}")
        moderator("invite", session=channel, name=f"org/ns/member{i}")
        listening()
        members.append(member)
    waiting = [m.send("collect", session=channel, count=6) for m in members]
    moderator("flood", session=channel, count=6, size=64)
    for wait in waiting:
        ((_, messages),) = wait().items()
        assert len(messages) == 6
    assert [len(node.log.find("client connected")) for node in nodes] == [2, 1, 0]


@pytest.mark.parametrize("direction", ["towards", "from"])
def test_slimd_dials_the_published_node_as_a_peer(slimd, client, published_node, direction):
    other = published_node()
    node = slimd(server=dialling(other.endpoint))
    node.log.wait_for("client connected")
    ends = (node.endpoint, other.endpoint) if direction == "from" else (other.endpoint, node.endpoint)
    ask_across(client, *ends)


@pytest.mark.parametrize("direction", ["towards", "from"])
def test_the_published_node_dials_slimd_as_a_peer(slimd, client, published_node, direction):
    node = slimd()
    other = published_node(clients=dialling(node.endpoint))
    node.log.wait_for("type=peer node_id=published-node")
    ends = (node.endpoint, other.endpoint) if direction == "from" else (other.endpoint, node.endpoint)
    ask_across(client, *ends)
