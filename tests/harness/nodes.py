"""Nodes that tests start: slimd, and the node that the published package embeds."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from admin import Admin
from agents import client_python, generation

HERE = pathlib.Path(__file__).resolve().parent
PLAIN = "          tls: {insecure: true}\n"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def program():
    """The program under test."""
    return os.environ["SLIM_SLIMD"]


class Log:
    """Lines of a process, as they come."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        self.ended = False
        self.news = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.news:
                self.lines.append(line.rstrip("\n"))
                self.news.notify_all()
        with self.news:
            self.ended = True
            self.news.notify_all()

    def find(self, text, since=0):
        return [line for line in self.lines[since:] if text in line]

    def wait_for(self, text, times=1, timeout=10, since=0):
        """The last of the lines that hold `text`, once there are so many of them."""
        end = time.monotonic() + timeout
        with self.news:
            while len(found := self.find(text, since)) < times:
                if self.ended or not self.news.wait(end - time.monotonic()):
                    raise AssertionError(
                        f"{times} times {text!r} was never logged:\n" + "\n".join(self.lines[-40:])
                    )
        return found[times - 1]

    def text(self):
        return "\n".join(self.lines)


def server_entry(endpoint, more=PLAIN):
    return f'        - endpoint: "{endpoint}"\n{more}'


def simple_config(port=0, node_id="node-under-test", service="", server="", root="", level="debug"):
    """One plain server on 127.0.0.1; `service`, `server` and `root` are YAML to add at these places."""
    return (
        f"tracing: {{log_level: {level}}}\n{root}services:\n  slim/0:\n    node_id: {node_id}\n{service}"
        f"    dataplane:\n      servers:\n{server_entry(f'127.0.0.1:{port}')}{server}"
    )


class Slimd:
    """The program under test. A port of 0 is chosen by the system; a restart comes back to it."""

    def __init__(self, text=None, arguments=(), environment=None, **options):
        self.text = text or simple_config(**options)
        self.arguments = list(arguments)
        # Each its own port: many run at a time.
        self.environment = {**os.environ, "SLIMD_ADMIN_LISTEN": "127.0.0.1:0", **(environment or {})}
        self.process = None
        self.start()

    def start(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as file:
            file.write(self.text)
        self.config = file.name
        self.process = subprocess.Popen(
            [program(), "--config", file.name, *self.arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment,
        )
        self.log = Log(self.process)
        try:
            servers = re.sub(r"clients:.*", "", self.text, flags=re.S).count("- endpoint:")
            self.log.wait_for("dataplane server started", servers, 30)
        finally:
            os.unlink(file.name)
        self.ports = [
            int(found[1])
            for line in self.log.find("dataplane server started")
            if (found := re.search(r" port=(\d+)", line))
        ]
        if self.ports:
            self.port = self.ports[0]
            self.endpoint = f"http://127.0.0.1:{self.port}"
            self.text = self.text.replace('"127.0.0.1:0"', f'"127.0.0.1:{self.port}"', 1)

    @property
    def admin(self):
        """Its admin listener."""
        line = self.log.wait_for("admin listener started")
        return Admin(int(re.search(r" port=(\d+)", line)[1]))

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=30):
        """The exit code of an orderly end."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        self.log.reader.join(5)
        for word in ("Sanitizer", "invariant broken", "runtime error:"):
            assert word not in self.log.text(), self.log.text()[-20000:]
        return code

    def statistics(self):
        """The counters that SIGUSR1 makes it log."""
        since = len(self.log.lines)
        self.signal(signal.SIGUSR1)
        line = self.log.wait_for("statistics", since=since)
        return {k: v for k, v in re.findall(r"(\w+)=(\[[^]]*\]|\S+)", line)}

    def counts(self, what):
        """`closed` or `dropped` by reason."""
        text = self.statistics()[what].strip("[] ")
        return {reason: int(n) for reason, n in (pair.split(":") for pair in text.split())}

    def wait_closed(self, reason, at_least, seconds=10):
        """An end is counted when the node has seen it, which may be after its peer has."""
        end = time.monotonic() + seconds
        while self.counts("closed").get(reason, 0) < at_least:
            assert time.monotonic() < end, f"{reason} was not counted {at_least} times: {self.counts('closed')}"
            time.sleep(0.05)


class PublishedNode:
    """The node that a published package embeds, the newest one unless a version is given.

    `clients`, `node_id` and `cores` need a package that takes a configuration file: the newest. An
    earlier one only gets a server. A restart comes back to its port.
    """

    def __init__(self, clients="", node_id="published-node", version=None, cores=1, level="info"):
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.config = None
        if version is None:
            self.config = tempfile.NamedTemporaryFile("w", suffix=".yaml")
            self.config.write(
                f"tracing: {{log_level: {level}}}\nruntime: {{n_cores: {cores}}}\nservices:\n  slim/0:\n"
                f"    node_id: {node_id}\n    dataplane:\n      servers:\n"
                f"{server_entry(f'127.0.0.1:{self.port}')}{clients}"
            )
            self.config.flush()
            self.command = [sys.executable, str(HERE / "published_node.py"), self.config.name]
        else:
            script = "published_node_old.py" if generation(version) < (1, 0) else "published_node.py"
            self.command = [client_python(version), str(HERE / script), f"127.0.0.1:{self.port}"]
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.log = Log(self.process)
        self.log.wait_for("running", timeout=30)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.kill()
        if self.config:
            self.config.close()
