"""Requests and replies of 16 KiB between two published clients, as `slimctl bench` measures them."""

import os
import re
import subprocess
import sys
import threading

UNITS = {"ns": 1e-3, "µs": 1.0, "us": 1.0, "ms": 1e3, "s": 1e6}


class NoReply(Exception):
    pass


def available():
    return os.access(os.environ.get("SLIM_SLIMCTL", ""), os.X_OK)


def request_reply(start, requests, attempts=8):
    """Quantiles in microseconds, from a node that `start()` starts.

    About one run in seven, at any node, more on a busy machine, the first request gets no answer, is not
    repeated, and slimctl gives up: then again, with a new node.
    """
    for left in reversed(range(attempts)):
        node = start()
        try:
            return attempt(node, requests)
        except NoReply as error:
            print(f"slimctl bench: {error}", file=sys.stderr)
            if left == 0:
                raise
        finally:
            node.stop()


def attempt(node, requests):
    """The program waits some ten seconds at its end."""
    base = [os.environ["SLIM_SLIMCTL"], "bench", "--log-level", "error"]
    shape = ["--size", "16kib", "-n", str(requests), "--server", f"http://127.0.0.1:{node.port}"]
    replier = subprocess.Popen(
        [*base, "sub", "--reply", *shape], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        for line in replier.stdout:
            if "ready at" in line:
                break
        # Read to the end, so that it never waits for a full pipe.
        threading.Thread(target=replier.stdout.read, daemon=True).start()
        done = subprocess.run(
            [*base, "pub", "--request", *shape], capture_output=True, text=True, timeout=60 + requests / 4
        )
    finally:
        replier.kill()
        replier.wait()
    found = re.findall(r"^\s*(p50|p99)\s+([\d.]+)(ns|µs|us|ms|s)\s*$", done.stdout, re.M)
    if not found:
        raise NoReply(f"no latencies, but: {' '.join((done.stdout + done.stderr).split()[-12:])}")
    return {name: float(value) * UNITS[unit] for name, value, unit in found}
