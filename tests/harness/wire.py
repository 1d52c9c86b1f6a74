"""Generation D messages by hand (docs/protocol/wire.md 3), for links without a header MAC."""

from raw import Raw

LOOSE = "          require_header_mac: false\n"  # of a server that takes such links


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def number(field, n):
    return varint(field << 3) + varint(n)


def fixed(field, n):
    return varint(field << 3 | 1) + n.to_bytes(8, "little")


def text(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


EDGE = 2


def link(link_id="7d9c2b9e-0000-4000-8000-0123456789ab", kind=EDGE, version="3.4.6", key=b""):
    body = text(1, link_id) + text(2, version) + (text(4, key) if key else b"") + number(5, kind) + text(6, "raw")
    return text(5, text(1, body))


def name(service, identity=1):
    encoded = number(1, 11) + number(2, 12) + number(3, 1000 + service)
    encoded += text(4, number(2, identity))
    strings = text(1, "org") + text(2, "ns") + text(3, f"service{service}")
    return text(1, encoded) + text(2, strings)


def header(service, fanout=1, ttl=8):
    return (
        text(1, name(0, 9)) + text(2, name(service)) + text(3, "token") + number(4, fanout) + text(5, "3.4.6")
        + number(6, ttl)
    )


def subscribe(service, subscription):
    return text(1, text(1, header(service)) + number(2, subscription))


def publish(service, payload, fanout=1):
    session = number(1, 1) + number(2, 1) + number(3, 7)
    content = text(1, text(1, "msg") + text(2, payload))
    return text(3, text(1, header(service, fanout)) + text(2, session) + text(3, content))


def linked(port, **options):
    """A connection with one negotiated stream."""
    raw = Raw(port, **options)
    raw.open()
    raw.message(link())
    assert raw.until(lambda r: r.messages(1))
    return raw
