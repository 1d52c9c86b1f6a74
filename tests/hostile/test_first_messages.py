"""First messages on a port that serves every generation: they decide, or end that stream alone."""

import pytest

from nodes import Slimd
from raw import DATA, HEADERS, Raw, frame, grpc
from wire import LOOSE, linked, publish, subscribe

PUBSUB = "/pubsub.proto.v1.PubSubService/OpenChannel"

# docs/protocol/wire.md 9: a Subscribe of org/ns/a and a Publish to org/ns/b of each generation.
SUBSCRIBE = {
    "0.3": "0a560a480a2108b4aab6ddc78ed6db820110cfa6938ab382ada93b18f3d3c3a79a97d4cd712001122108b4aab6ddc78ed6db820110cfa6938ab382ada93b18f3d3c3a79a97d4cd712001180112036f72671a026e73220161",
    "0.5": "0a580a4a0a2208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001122208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001180112036f72671a026e73220161",
    "0.6": "0a580a4a0a2208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001122208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001180112036f72671a026e73220161",
    "1.x": "0a730a6f0a320a2208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001120c0a036f726712026e731a016112320a2208bbacaab7b780969f870110d1a1a6e3a4d3ddfcee011880a5a982a591c0fa3f2001120c0a036f726712026e731a016118012203746f6b102a",
}
PATH = {"0.3": PUBSUB, "0.5": PUBSUB}


@pytest.fixture(scope="module")
def node():
    slimd = Slimd(server=LOOSE)
    yield slimd
    assert slimd.process.poll() is None, slimd.log.text()[-5000:]
    assert slimd.stop() == 0


@pytest.fixture(scope="module")
def bystander(node):
    """A link of the newest generation that must go on throughout."""
    receiver, sender = linked(node.port), linked(node.port)
    receiver.message(subscribe(9, 5))
    assert receiver.until(lambda r: len(r.messages(1)) > 1)

    def check():
        before = len(receiver.messages(1))
        sender.message(publish(9, b"x"))
        assert receiver.until(lambda r: len(r.messages(1)) == before + 1)

    return check


def opened(node, generation):
    raw = Raw(node.port)
    path = PATH.get(generation)
    raw.open(**({"path": path} if path else {}))
    return raw


def ended(raw):
    return raw.until(lambda r: len(r.of(HEADERS, 1)) == 2)


@pytest.mark.parametrize("generation", SUBSCRIBE)
def test_every_cut_and_every_flipped_byte(node, bystander, generation):
    """Served, or ended with trailers: nobody else notices."""
    whole = bytes.fromhex(SUBSCRIBE[generation])
    changed = [whole[:n] for n in range(1, len(whole), 3)]
    changed += [whole[:n] + bytes([whole[n] ^ 0x47]) + whole[n + 1:] for n in range(0, len(whole), 2)]
    raws = []
    for message in changed:
        raw = opened(node, generation)
        raw.send(frame(DATA, 0, 1, grpc(message)))
        raws.append(raw)
    bystander()
    for raw in raws:
        raw.close()
    bystander()


@pytest.mark.parametrize("generation", SUBSCRIBE)
@pytest.mark.parametrize("then", SUBSCRIBE)
def test_a_stream_keeps_its_generation(node, bystander, generation, then):
    """What another generation would say next is not understood, and the stream ends with a reason."""
    raw = opened(node, generation)
    raw.send(frame(DATA, 0, 1, grpc(bytes.fromhex(SUBSCRIBE[generation]))))
    before = node.counts("closed").get("undecodable_message", 0)
    raw.send(frame(DATA, 0, 1, grpc(bytes.fromhex(SUBSCRIBE[then]))))
    encodings = {"0.3": "old", "0.5": "old", "0.6": "old"}  # one encoding for what this test sends
    if encodings.get(generation, generation) == encodings.get(then, then):
        assert not raw.until(lambda r: len(r.of(HEADERS, 1)) == 2, 0.3)
    else:
        assert ended(raw)
        node.wait_closed("undecodable_message", before + 1)
    raw.close()
    bystander()


def test_the_newest_after_an_older_one(node, bystander):
    raw = opened(node, "1.x")
    raw.send(frame(DATA, 0, 1, grpc(bytes.fromhex(SUBSCRIBE["1.x"]))))
    raw.send(frame(DATA, 0, 1, grpc(publish(1, b"x"))))
    assert ended(raw)
    raw.close()
    bystander()


def test_silence_is_no_reason(node, bystander):
    """A client of an older generation that only listens says nothing until it subscribes."""
    raw = opened(node, "0.6")
    assert not raw.until(lambda r: len(r.of(HEADERS, 1)) == 2, 6)
    raw.send(frame(DATA, 0, 1, grpc(bytes.fromhex(SUBSCRIBE["0.6"]))))
    assert not raw.until(lambda r: len(r.of(HEADERS, 1)) == 2, 0.3)
    raw.close()


def test_an_acknowledgement_is_no_beginning(node, bystander):
    raw = opened(node, "2.x")
    raw.send(frame(DATA, 0, 1, grpc(bytes.fromhex("3204082a1001"))))
    assert ended(raw)
    raw.close()
    bystander()
