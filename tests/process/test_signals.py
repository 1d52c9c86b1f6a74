"""How the node ends."""

import signal
import socket
import time

import pytest

from nodes import Slimd
from raw import GOAWAY, Raw
from wire import LOOSE, linked, publish, subscribe


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_orderly_end_tells_everybody(slimd, number):
    node = slimd(server=LOOSE)
    raws = [linked(node.port) for _ in range(5)]
    node.signal(number)
    for raw in raws:
        assert raw.ends()
        assert raw.of(GOAWAY)
        assert raw.headers[1]["grpc-status"] == "0"
    assert node.process.wait(10) == 0


def test_whoever_waits_in_the_backlog_is_told_too(slimd):
    """A client that finds a closed port gives up for good; one that is told tries again."""
    node = slimd(server=LOOSE, root="slimd: {max_connections: 2}\n")
    inside = [linked(node.port) for _ in range(2)]
    waiting = Raw(node.port)
    waiting.open()
    time.sleep(0.3)
    assert not waiting.read(0.2)
    node.signal(signal.SIGTERM)
    for raw in (*inside, waiting):
        assert raw.ends()
        assert raw.of(GOAWAY)
    assert node.process.wait(10) == 0


def test_the_port_is_closed_once_the_end_has_begun(slimd):
    node = slimd(server=LOOSE, root="runtime: {drain_timeout: 10s}\n")
    linked(node.port)
    node.signal(signal.SIGTERM)
    assert node.process.wait(10) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", node.port), 1)


@pytest.fixture
def with_a_stuck_receiver(started):
    """Starts a node with a full queue for a peer that reads nothing."""

    def start(drain_timeout):
        node = Slimd(server=LOOSE, root=f"runtime: {{drain_timeout: {drain_timeout}}}\n")
        started(node)
        stuck = linked(node.port)
        stuck.message(subscribe(1, 5))
        assert stuck.until(lambda r: len(r.messages(1)) > 1)
        sender = linked(node.port)
        for _ in range(200):
            sender.message(publish(1, b"x" * 16_000))
        end = time.monotonic() + 10
        while int(node.statistics()["publishes"]) < 200:
            assert time.monotonic() < end
        return node, stuck, sender

    return start


def test_an_end_that_takes_too_long_is_cut(with_a_stuck_receiver):
    node, *_ = with_a_stuck_receiver("1s")
    node.signal(signal.SIGTERM)
    assert node.process.wait(10) == 1
    node.log.wait_for("Service shutdown timed out")


def test_a_second_signal_ends_it_at_once(with_a_stuck_receiver):
    node, *_ = with_a_stuck_receiver("60s")
    node.signal(signal.SIGTERM)
    node.log.wait_for("starting shutdown")
    node.signal(signal.SIGTERM)
    assert node.process.wait(5) == 1
