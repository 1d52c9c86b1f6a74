"""What is too much is refused before the accept, and costs those that are connected nothing."""

import concurrent.futures
import os
import resource
import subprocess
import time

import pytest

from nodes import Log, program, simple_config
from raw import Raw
from wire import LOOSE, link, linked, publish, subscribe


def test_more_connections_than_allowed_wait_their_turn(slimd, client):
    """A published client that is turned away gives up for good; one that waits gets in."""
    node = slimd(server=LOOSE, root="slimd: {max_connections: 3}\n")
    inside = [linked(node.port) for _ in range(3)]
    waiting = Raw(node.port)
    waiting.open()
    waiting.message(link())
    assert not waiting.until(lambda r: r.frames, 1)
    inside[0].close()
    assert waiting.until(lambda r: r.messages(1))
    assert node.statistics()["connections"] == "3"
    waiting.close()
    alice = client("org/ns/alice", node.endpoint)
    alice.stop()


def test_the_flag_overrides_the_file(slimd):
    node = slimd(server=LOOSE, root="slimd: {max_connections: 100}\n", arguments=["--max-connections", "1"])
    first = linked(node.port)
    second = Raw(node.port)
    assert not second.read(0.5)
    first.close()
    assert second.read(5)


def test_those_that_never_speak_hold_up_nobody_for_long(slimd):
    """The cap on handshakes is full of silence; a client that came later is served within its 5 s."""
    node = slimd(server=LOOSE + "          slimd: {preface_timeout: 1s}\n", root="slimd: {max_handshakes: 8}\n")
    silent = [Raw(node.port, hello=False) for _ in range(16)]
    start = time.monotonic()
    late = linked(node.port)
    assert time.monotonic() - start < 5
    late.close()
    for raw in silent:
        raw.close()


def test_a_storm_of_reconnects_starves_nobody(slimd):
    """Hundreds come at once, all are served, and a link that stood before keeps its latency."""
    node = slimd(server=LOOSE, level="info")
    receiver, sender = linked(node.port), linked(node.port)
    receiver.message(subscribe(1, 5))
    assert receiver.until(lambda r: len(r.messages(1)) > 1)
    sent = 0

    def storm(_):
        raw = linked(node.port)
        raw.close()

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        arrivals = [pool.submit(storm, i) for i in range(600)]
        while not all(a.done() for a in arrivals):
            sender.message(publish(1, b"x"))
            sent += 1
            assert receiver.until(lambda r: len(r.messages(1)) == 2 + sent, 5), "starved"
        for a in arrivals:
            a.result()
    assert sent > 10


@pytest.mark.parametrize("limit", ["max_subscriptions_per_link", "max_subscriptions"])
def test_subscriptions_beyond_the_limit_are_refused_with_a_reason(slimd, limit):
    node = slimd(server=LOOSE, root=f"slimd: {{{limit}: 10}}\n")
    raw = linked(node.port)
    for i in range(12):
        raw.message(subscribe(i, i + 1))
    assert raw.until(lambda r: len(r.messages(1)) == 13)
    acks = raw.messages(1)[1:]
    refused = [a for a in acks if b"limit" in a or b"too many" in a]
    assert len(refused) == 2
    assert node.statistics()["subscriptions"] == "10"


def test_a_slow_receiver_costs_only_itself(slimd):
    """Two subscribers read nothing; the four others get every message, in order (slim-load checks).

    Paced, and with a patience that tells a machine under load from a receiver that reads nothing.
    """
    node = slimd(server="          slimd: {multicast_stall: 1s}\n", level="info")
    done = subprocess.run(
        [os.environ["SLIM_LOAD"], "--port", str(node.port), "--shape", "fanout", "--subscribers", "4",
         "--stalled", "2", "--size", "4096", "--rate", "5000", "--seconds", "3", "--warmup", "0"],
        capture_output=True, text=True, timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert '"lost":0' in done.stdout
    node.log.wait_for("receiver is too slow for a multicast, closing connection")
    node.wait_closed("slow_receiver", 2)


def test_one_that_asks_and_never_reads_the_answers_is_cut(slimd):
    """Each Subscribe is answered: a peer that does not read must not make its queue grow."""
    node = slimd(server=LOOSE + "          slimd: {queue_bytes: 64KiB, anycast_stall: 500ms}\n")
    raw = linked(node.port)
    for _ in range(15_000):  # within the window that the node gives, whatever it reads
        raw.message(subscribe(1, 7))
    node.wait_closed("slow_receiver", 1)
    raw.close()


def test_with_few_descriptors_the_node_serves_what_it_can(tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text(simple_config(server=LOOSE))
    process = subprocess.Popen(
        [program(), "--config", config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)),
    )
    try:
        log = Log(process)
        port = int(log.wait_for("dataplane server started").rsplit("port=", 1)[1])
        many = [Raw(port, hello=False) for _ in range(300)]
        for raw in many:
            raw.close()
        assert linked(port).messages(1)
        assert not log.find("ERROR")
    finally:
        process.terminate()
        assert process.wait(20) == 0
