"""grpc.health.v1 on the data listeners (--grpc-health)."""

import signal

from raw import DATA, END_HEADERS, END_STREAM, HEADERS, RST, Raw, frame, grpc, request
from wire import LOOSE, linked, text

CHECK, WATCH = "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"
SERVING, NOT_SERVING, UNKNOWN = b"\x08\x01", b"\x08\x02", b"\x08\x03"


def ask(raw, path, service="", stream=1, end=END_STREAM):
    raw.send(frame(HEADERS, END_HEADERS, stream, request(path=path)))
    raw.send(frame(DATA, end, stream, grpc(text(1, service) if service else b"")))


def status(raw, stream=1):
    assert raw.until(lambda r: "grpc-status" in r.headers.get(stream, {}))
    return raw.headers[stream]["grpc-status"]


def test_there_is_none_unless_it_is_asked_for(slimd):
    raw = Raw(slimd(server=LOOSE).port)
    ask(raw, CHECK)
    assert status(raw) == "12"


def test_a_check_is_answered_and_an_unknown_service_is_not_found(slimd):
    node = slimd(server=LOOSE, arguments=["--grpc-health"])
    raw = Raw(node.port)
    ask(raw, CHECK)
    assert status(raw) == "0" and raw.messages(1) == [SERVING]
    ask(raw, CHECK, "no.such.Service", stream=3)
    assert status(raw, 3) == "5"
    raw.send(frame(HEADERS, END_HEADERS, 5, request(path=CHECK)))
    raw.send(frame(DATA, END_STREAM, 5, grpc(b"\xff")))
    assert status(raw, 5) == "3"
    # The data plane beside it is as it was.
    assert linked(node.port).messages(1)


def test_whoever_watches_hears_of_the_drain(slimd):
    node = slimd(server=LOOSE, arguments=["--grpc-health"])
    raw, gone = Raw(node.port), Raw(node.port)
    ask(raw, WATCH)
    ask(raw, WATCH, "no.such.Service", stream=3)
    ask(gone, WATCH)
    assert raw.until(lambda r: r.messages(1) == [SERVING] and r.messages(3) == [UNKNOWN])
    assert gone.until(lambda r: r.messages(1))
    gone.send(frame(RST, 0, 1, b"\0\0\0\x08"))
    gone.close()
    node.signal(signal.SIGTERM)
    assert raw.until(lambda r: r.messages(1) == [SERVING, NOT_SERVING])
    assert status(raw) == "0" and status(raw, 3) == "0"
    assert node.process.wait(10) == 0
