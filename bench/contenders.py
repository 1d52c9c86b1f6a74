"""The servers that are measured, each a process of its own on a loopback port."""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "harness"))

from nodes import PublishedNode, Slimd, free_port, simple_config  # noqa: E402


class Program:
    """A program that listens on `port`; what it prints goes nowhere."""

    def __init__(self, port, command, config=None):
        self.port = port
        self.config = config
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.stop()
                    raise SystemExit(f"{command[0]} does not listen on port {port}") from None
                time.sleep(0.05)

    def stop(self):
        self.process.kill()
        self.process.wait()
        if self.config:
            self.config.close()


class Contender:
    """How to start a kind of server, and what slim-load needs to know to load it."""

    def __init__(self, name, title, start, arguments=()):
        self.name = name
        self.title = title
        self.start = start
        self.arguments = list(arguments)


def version_of(program):
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\d+\.\d+\.\d+\S*", said)
    return found[0] if found else "of unknown version"


def slimd(title="slimd", arguments=(), **config):
    """As it comes, header MAC on, unless `config` (see simple_config) says otherwise."""
    return Contender("slimd", title, lambda: Slimd(level="info", **config), arguments)


def public_node():
    """The released node, or, where that is not installed, the one in the Python package."""
    program = os.environ.get("SLIM_PUBLIC_NODE", "")
    if not os.access(program, os.X_OK):
        return Contender(
            "public", "public node of the Python package", lambda: PublishedNode(cores=0, level="error"),
            ["--allow-loss"],
        )
    version = version_of(program)

    def start():
        port = free_port()
        config = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        config.write(simple_config(port, node_id="public", level="error"))
        config.flush()
        return Program(port, [program, "--config", config.name], config)

    return Contender("public", f"public node {version}", start, ["--allow-loss"])


def nats():
    """None where there is no server."""
    program = os.environ.get("SLIM_NATS_SERVER", "")
    if not os.access(program, os.X_OK):
        return None
    version = version_of(program)

    def start():
        port = free_port()
        return Program(port, [program, "-a", "127.0.0.1", "-p", str(port)])

    return Contender("nats", f"NATS {version}", start, ["--protocol", "nats", "--allow-loss"])
