import json
import os
import subprocess
import time

import pytest

from nodes import Slimd

SERVER = """          keepalive: {time: 1s, timeout: 1s}
          negotiation_timeout_secs: 5
          slimd: {preface_timeout: 1s, settings_timeout: 2s, idle_timeout: 2s, linger: 500ms, generation: 2.x}
"""


class Witness:
    """A publisher and a subscriber that are connected all the while and must lose nothing."""

    def __init__(self, port):
        self.process = subprocess.Popen(
            [os.environ["SLIM_LOAD"], "--port", str(port), "--rate", "2000", "--warmup", "0", "--seconds", "600"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def verdict(self):
        self.process.terminate()
        out, error = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, error
        result = json.loads(out)
        assert result["lost"] == 0 and result["delivered"] > 1000
        return result


@pytest.fixture(scope="module")
def node():
    """One node for a whole module: it must survive all of it."""
    slimd = Slimd(server=SERVER)
    yield slimd
    assert slimd.process.poll() is None, slimd.log.text()[-5000:]
    assert slimd.stop() == 0


@pytest.fixture(scope="module")
def witness(node):
    """Runs while the module's tests do."""
    watching = Witness(node.port)
    yield watching
    watching.verdict()


@pytest.fixture
def closed(node):
    """Waits until the node has counted one more end, or `more`, for one of the reasons."""

    before = node.counts("closed")

    def check(*reasons, more=1, seconds=10):
        end = time.monotonic() + seconds
        while True:
            now = node.counts("closed")
            if sum(now.get(r, 0) - before.get(r, 0) for r in reasons) >= more:
                return
            assert time.monotonic() < end, f"{reasons} were not counted: {before} -> {now}"
            time.sleep(0.05)

    return check
