"""The public conformance suite for HTTP/2 servers, strict: every case passes and none is skipped."""

import os
import subprocess

import pytest

from nodes import server_entry, simple_config


def entry(tls, authority):
    if not tls:
        return server_entry("127.0.0.1:0")
    certificate, key = authority.issue("server")
    return server_entry(
        "127.0.0.1:0", f"          tls:\n            source: {{type: file, cert: {certificate}, key: {key}}}\n"
    )


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_h2spec(slimd, authority, tls):
    node = slimd(
        text=simple_config(level="info").split("      servers:")[0] + "      servers:\n" + entry(tls, authority)
    )
    done = subprocess.run(
        [os.environ["SLIM_H2SPEC"], "--strict", "-h", "127.0.0.1", "-p", str(node.port), "-o", "5",
         "-P", "/dataplane.proto.v1.DataPlaneService/OpenChannel", *(["-t", "-k"] if tls else [])],
        capture_output=True, text=True, timeout=300,
    )
    assert "146 tests, 146 passed, 0 skipped, 0 failed" in done.stdout, done.stdout[-8000:]
    assert done.returncode == 0
