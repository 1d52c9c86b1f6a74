"""What is no HTTP/2, no gRPC, or no message: it ends at worst that stream, with the right reason, and
a publisher and a subscriber that are connected all the while lose nothing."""

import random
import time

import pytest

from raw import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PATH, PING, PREFACE, PRIORITY,
                 RST, SETTINGS, WINDOW, Raw, frame, grpc, header, request)

pytestmark = pytest.mark.usefixtures("witness")
ENHANCE_YOUR_CALM = 11
PROTOCOL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, FRAME_SIZE_ERROR = 1, 3, 4, 6


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(400),  # a TLS ClientHello
        bytes(1000),
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
        random.Random(1).randbytes(3000),
    ],
    ids=["http1", "tls", "zeros", "wrong_preface", "random"],
)
def test_no_http2(node, closed, data):
    raw = Raw(node.port, hello=False)
    raw.send(data)
    assert raw.ends()
    closed("bad_preface")


def test_many_random_starts(node, closed):
    rng = random.Random(7)
    for _ in range(200):
        raw = Raw(node.port, hello=False)
        raw.send(rng.randbytes(rng.randrange(24, 400)))
        raw.close()
    time.sleep(0.2)


def test_half_a_preface(node, closed):
    raw = Raw(node.port, hello=False)
    raw.send(PREFACE[:10])
    assert raw.ends()
    closed("preface_timeout")


def test_silence(node, closed):
    raw = Raw(node.port, hello=False)
    assert raw.ends()
    closed("preface_timeout")


def test_connect_and_close_is_nobodys_business(node, closed):
    seen = len(node.log.lines)
    for _ in range(300):
        Raw(node.port, hello=False).close()
    # which of them close with our SETTINGS unread, a reset to us, is a matter of the kernel's time
    closed("peer_closed", "connection_lost", more=300)
    assert not [x for x in node.log.lines[seen:] if " WARN " in x or "ERROR" in x]


def test_a_connection_without_stream_is_closed(node, closed):
    raw = Raw(node.port)
    assert raw.ends()
    closed("idle_timeout")


@pytest.mark.parametrize("path", ["/", "/grpc.health.v1.Health/Check", PATH + "x", "/" + "a" * 4000])
def test_unknown_methods_are_unimplemented(node, path):
    raw = Raw(node.port)
    raw.open(path=path)
    assert raw.until(lambda r: r.of(HEADERS, 1))
    assert raw.headers[1][":status"] == "200"
    assert raw.headers[1]["grpc-status"] == "12"
    # and the connection lives
    raw.open(stream=3)
    assert raw.until(lambda r: r.of(HEADERS, 3))


@pytest.mark.parametrize(
    "options", [{"method": "GET"}, {"content_type": "text/html"}, {"content_type": None},
                {"content_type": "application/grpcx"}],
    ids=["get", "html", "no_type", "nearly"],
)
def test_what_is_no_grpc_is_told_so(node, options):
    raw = Raw(node.port)
    raw.open(**options)
    assert raw.until(lambda r: r.of(DATA, 1))
    assert raw.headers[1][":status"] == "415"
    body = b"".join(f[3] for f in raw.of(DATA, 1))
    assert body.count(b"\n") == 1


def test_a_truncated_message(node, closed):
    raw = Raw(node.port)
    raw.open()
    raw.send(frame(DATA, END_STREAM, 1, grpc(b"abc", length=100)))
    assert raw.until(lambda r: len(r.of(HEADERS, 1)) == 2)
    assert raw.headers[1]["grpc-status"] == "0"
    closed("peer_closed")


@pytest.mark.parametrize("length", [4_194_305, 2**31, 2**32 - 1])
def test_an_oversized_message_is_refused_by_its_length(node, closed, length):
    raw = Raw(node.port)
    raw.open()
    raw.send(frame(DATA, 0, 1, grpc(b"x" * 100, length=length)))
    assert raw.until(lambda r: len(r.of(HEADERS, 1)) == 2)
    closed("message_too_large")


@pytest.mark.parametrize("flag", [1, 2, 255])
def test_a_compressed_message(node, closed, flag):
    raw = Raw(node.port)
    raw.open()
    raw.send(frame(DATA, 0, 1, grpc(b"abc", flag=flag)))
    assert raw.until(lambda r: len(r.of(HEADERS, 1)) == 2)
    closed("compressed_message")


@pytest.mark.parametrize("message", [b"\xff", b"\x0a\x05abc", b"\x2a\xff\xff\xff\xff\x0f", b"\x08\x01", b"\x0e"])
def test_undecodable_first_messages(node, closed, message):
    raw = Raw(node.port)
    raw.open()
    raw.send(frame(DATA, 0, 1, grpc(message)))
    assert raw.until(lambda r: len(r.of(HEADERS, 1)) == 2)
    closed("undecodable_message")


def test_a_subscription_before_negotiation(node, closed):
    raw = Raw(node.port)
    raw.open()
    raw.send(frame(DATA, 0, 1, grpc(b"\x0a\x00")))
    assert raw.until(lambda r: len(r.of(HEADERS, 1)) == 2)
    closed("negotiation_failed")


def test_a_stream_that_says_nothing(node, closed):
    raw = Raw(node.port)
    raw.open()
    assert raw.until(lambda r: len(r.of(HEADERS, 1)) == 2, 10)
    closed("negotiation_timeout")


def test_every_cut_of_an_honest_start(node):
    whole = PREFACE + frame(SETTINGS) + frame(HEADERS, END_HEADERS, 1, request()) + frame(DATA, 0, 1, grpc(b"\x2a\x00"))
    for n in range(0, len(whole), 3):
        raw = Raw(node.port, hello=False)
        raw.send(whole[:n])
        raw.close()


@pytest.mark.parametrize("seed", range(8))
def test_mutated_frames(node, seed):
    rng = random.Random(seed)
    for _ in range(40):
        raw = Raw(node.port)
        raw.open()
        for _ in range(rng.randrange(1, 30)):
            kind = rng.choice([DATA, HEADERS, PRIORITY, RST, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION, 10, 77])
            body = rng.randbytes(rng.choice([0, 4, 5, 6, 8, 20, 200]))
            if not raw.send(frame(kind, rng.randrange(256), rng.choice([0, 1, 1, 1, 2, 3, 5, 2**31 - 1]), body)):
                break
        raw.close()


# --- floods ---


def flood(node, data, times=200_000, chunk=2000):
    """Sends until the node has had enough. Returns the connection for a look at what it said."""
    raw = Raw(node.port)
    raw.open()
    raw.send(frame(SETTINGS, ACK))
    for _ in range(times // chunk):
        if not raw.send(data * chunk):
            break
        # what it answers must be read, or our own window stops the flood
        raw.socket.setblocking(False)
        try:
            while raw.socket.recv(1 << 20):
                pass
        except OSError:
            pass
        raw.socket.settimeout(10)
    return raw


@pytest.mark.parametrize(
    "data",
    [frame(PING, 0, 0, bytes(8)), frame(SETTINGS), frame(PRIORITY, 0, 3, bytes(5)), frame(DATA, 0, 1),
     frame(77, 0, 0, b"x")],
    ids=["ping", "settings", "priority", "empty_data", "unknown"],
)
def test_floods_of_frames_that_carry_nothing(node, closed, data):
    flood(node, data).close()
    closed("http2_flood")


def test_rapid_reset(node, closed):
    raw = Raw(node.port)
    streams = b"".join(
        frame(HEADERS, END_HEADERS, 2 * i + 1, request()) + frame(RST, 0, 2 * i + 1, bytes([0, 0, 0, 8]))
        for i in range(5000)
    )
    raw.send(streams)
    assert raw.ends()
    closed("http2_flood")


def test_continuations_without_end(node, closed):
    raw = Raw(node.port)
    raw.send(frame(HEADERS, 0, 1, request()))
    for _ in range(2000):
        if not raw.send(frame(CONTINUATION, 0, 1, header("x", "y" * 100))):
            break
    assert raw.ends()
    raw.close()


def test_a_huge_header_list(node):
    raw = Raw(node.port)
    big = b"".join(header(f"x-{i}", "v" * 1000) for i in range(15))
    raw.send(frame(HEADERS, END_HEADERS, 1, request(extra=big + header("x", "v" * 100))))
    assert raw.until(lambda r: r.of(HEADERS, 1) or r.of(RST, 1) or r.closed)
    raw = Raw(node.port)
    many = b"".join(header(f"x{i}", "v") for i in range(200))
    raw.send(frame(HEADERS, END_HEADERS, 1, request(extra=many)))
    assert raw.until(lambda r: r.of(RST, 1) or r.closed)


def test_one_huge_header_string(node):
    raw = Raw(node.port)
    raw.send(frame(HEADERS, 0, 1, b"\0\x01x\x7f\x80\x80\x80\x80\x04" + b"a" * 10_000))
    for _ in range(50):
        if not raw.send(frame(CONTINUATION, 0, 1, b"a" * 16_000)):
            break
    assert raw.ends()


def test_more_streams_than_announced(node):
    raw = Raw(node.port)
    for i in range(20):
        raw.open(stream=2 * i + 1)
    assert raw.until(lambda r: len(r.of(RST)) >= 4 or r.closed)
    assert len({f[2] for f in raw.of(HEADERS)}) == 16


def test_window_overflow_and_nothing(node):
    raw = Raw(node.port)
    raw.open()
    raw.send(frame(WINDOW, 0, 1, b"\x7f\xff\xff\xff") * 2)
    assert raw.until(lambda r: r.of(RST, 1) or r.closed)
    raw = Raw(node.port)
    raw.open()
    raw.send(frame(WINDOW, 0, 0, bytes(4)))
    assert raw.ends()
    assert raw.goaway() == PROTOCOL_ERROR


def test_a_frame_larger_than_announced(node):
    raw = Raw(node.port)
    raw.open()
    raw.send(frame(DATA, 0, 1, b"x", length=2**24 - 1))
    assert raw.ends()
    assert raw.goaway() == FRAME_SIZE_ERROR


def test_more_data_than_the_window_allows(node):
    raw = Raw(node.port)
    raw.open(path="/nowhere")
    for _ in range(40):
        if not raw.send(frame(DATA, 0, 1, bytes(1_000_000))):
            break
    assert raw.until(lambda r: r.goaway() is not None or r.of(RST) or r.closed)


def test_settings_that_are_never_acknowledged(node, closed):
    raw = Raw(node.port, polite=False)
    raw.open()
    assert raw.ends()
    closed("settings_timeout")


def test_a_peer_that_answers_no_ping(node, closed):
    raw = Raw(node.port, polite=False)
    raw.open()
    raw.send(frame(SETTINGS, ACK))
    assert raw.ends()
    assert raw.of(PING)
    closed("keepalive_timeout")


def test_bytes_one_at_a_time(node, closed):
    raw = Raw(node.port, hello=False)
    start = time.monotonic()
    for byte in (PREFACE + frame(SETTINGS) + frame(HEADERS, END_HEADERS, 1, request())) * 2:
        if not raw.send(bytes([byte])) or time.monotonic() - start > 5:
            break
        time.sleep(0.05)
    assert raw.ends()
    closed("preface_timeout")
