"""HTTP/2 by hand: frames that no library would send."""

import socket
import struct

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PATH = "/dataplane.proto.v1.DataPlaneService/OpenChannel"
DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4


def frame(kind, flags=0, stream=0, body=b"", length=None):
    size = len(body) if length is None else length
    return struct.pack(">I", size)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + body


def header(name, value):
    """HPACK literal without indexing, not Huffman-coded; lengths up to 126 + 2^14."""

    def text(data):
        data = data.encode() if isinstance(data, str) else data
        if len(data) < 127:
            return bytes([len(data)]) + data
        rest, out = len(data) - 127, b"\x7f"
        while rest > 127:
            out += bytes([rest & 127 | 128])
            rest >>= 7
        return out + bytes([rest]) + data

    return b"\0" + text(name) + text(value)


def request(path=PATH, method="POST", content_type="application/grpc", extra=b""):
    return (
        header(":method", method) + header(":scheme", "http") + header(":path", path)
        + header(":authority", "localhost")
        + (header("content-type", content_type) if content_type else b"")
        + header("te", "trailers") + extra
    )


def grpc(message, flag=0, length=None):
    return bytes([flag]) + struct.pack(">I", len(message) if length is None else length) + message


class Raw:
    """A TCP connection on which anything can be said."""

    def __init__(self, port, hello=True, timeout=10, polite=True):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data = b""
        self.decoder = hpack.Decoder()
        self.headers = {}
        self.frames = []
        self.closed = False
        self.polite = polite and hello  # answers PING and SETTINGS
        if hello:
            self.send(PREFACE + frame(SETTINGS))

    def send(self, data):
        """False when the other side is gone."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def open(self, stream=1, **options):
        self.send(frame(HEADERS, END_HEADERS, stream, request(**options)))

    def message(self, message, stream=1):
        return self.send(frame(DATA, 0, stream, grpc(message)))

    def messages(self, stream):
        """The gRPC messages that have arrived whole."""
        data, out = b"".join(f[3] for f in self.of(DATA, stream)), []
        while len(data) >= 5 and len(data) >= 5 + (size := struct.unpack(">I", data[1:5])[0]):
            out.append(data[5 : 5 + size])
            data = data[5 + size :]
        return out

    def read(self, seconds=5.0):
        """Reads more frames; False when the connection has ended or nothing comes in time."""
        self.socket.settimeout(seconds)
        try:
            more = self.socket.recv(65536)
        except TimeoutError:
            return False
        except OSError:
            more = b""
        if not more:
            self.closed = True
            return False
        self.data += more
        while len(self.data) >= 9:
            size = struct.unpack(">I", b"\0" + self.data[:3])[0]
            if len(self.data) < 9 + size:
                break
            kind, flags = self.data[3], self.data[4]
            stream = struct.unpack(">I", self.data[5:9])[0]
            body = self.data[9 : 9 + size]
            self.frames.append((kind, flags, stream, body))
            if kind == HEADERS:
                self.headers.setdefault(stream, {}).update(self.decoder.decode(body))
            if kind == PING and not flags & ACK and self.polite:
                self.send(frame(PING, ACK, 0, body))
            if kind == SETTINGS and not flags & ACK and self.polite:
                self.send(frame(SETTINGS, ACK))
            self.data = self.data[9 + size :]
        return True

    def until(self, condition, seconds=5.0):
        while not condition(self):
            if not self.read(seconds):
                return condition(self)
        return True

    def ends(self, seconds=10.0):
        """Whether the other side closes the connection."""
        self.until(lambda r: r.closed, seconds)
        return self.closed

    def goaway(self):
        """The error code of a GOAWAY, if one came."""
        for kind, _, _, body in self.frames:
            if kind == GOAWAY:
                return struct.unpack(">I", body[4:8])[0]
        return None

    def of(self, kind, stream=None):
        return [f for f in self.frames if f[0] == kind and (stream is None or f[2] == stream)]

    def close(self):
        self.socket.close()
