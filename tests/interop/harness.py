"""Processes that the interoperability tests start: slimd, and published clients."""

import base64
import itertools
import json
import os
import pathlib
import queue
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
SECRET = "a-shared-secret-of-more-than-32-bytes!"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Slimd:
    """The program under test, named by SLIM_SLIMD. A port of 0 is chosen by the system."""

    def __init__(self, port=0, node_id="node-under-test", service="", server="", text=None):
        self.text = text or (
            f"tracing: {{log_level: debug}}\nservices:\n  slim/0:\n    node_id: {node_id}\n{service}"
            f"    dataplane:\n      servers:\n        - endpoint: \"127.0.0.1:{port}\"\n"
            f"          tls: {{insecure: true}}\n{server}"
        )
        self.process = None
        self.start()

    def start(self):
        self.lines = []
        self.news = threading.Condition()
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as file:
            file.write(self.text)
        self.process = subprocess.Popen(
            [os.environ["SLIM_SLIMD"], "--config", file.name],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        self.wait_for_log("dataplane server started", 30)
        line = next(x for x in self.lines if "dataplane server started" in x)
        self.port = int(re.search(r" port=(\d+)", line)[1])
        self.endpoint = f"http://127.0.0.1:{self.port}"
        # A restart is meant to come back where it was.
        self.text = self.text.replace('"127.0.0.1:0"', f'"127.0.0.1:{self.port}"')
        os.unlink(file.name)

    def _read(self, process):
        for line in process.stdout:
            with self.news:
                self.lines.append(line.rstrip("\n"))
                self.news.notify_all()
        with self.news:
            self.lines.append("")
            self.news.notify_all()

    def wait_for_log(self, text, timeout=10):
        end = time.monotonic() + timeout
        with self.news:
            while not any(text in line for line in self.lines):
                if self.process.poll() is not None or not self.news.wait(end - time.monotonic()):
                    raise AssertionError(f"slimd never logged {text!r}:\n" + "\n".join(self.lines[-40:]))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=20):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        faults = [x for x in self.lines if "Sanitizer" in x or "invariant broken" in x or "runtime error:" in x]
        assert not faults, "\n".join(self.lines)
        return code

    def statistics(self):
        """The counters that SIGUSR1 makes it log."""
        seen = len(self.lines)
        self.process.send_signal(signal.SIGUSR1)
        end = time.monotonic() + 5
        with self.news:
            while not any("statistics" in x for x in self.lines[seen:]):
                assert self.news.wait(end - time.monotonic()), "no statistics"
            line = next(x for x in self.lines[seen:] if "statistics" in x)
        return {k: v for k, v in re.findall(r"(\w+)=(\[[^]]*\]|\S+)", line)}


class PublishedNode:
    """The node that the published package embeds, with a configuration file."""

    def __init__(self, clients="", node_id="published-node", python=None):
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.config = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        self.config.write(
            f"tracing: {{log_level: info}}\nruntime: {{n_cores: 1}}\nservices:\n  slim/0:\n"
            f"    node_id: {node_id}\n    dataplane:\n      servers:\n"
            f"        - endpoint: \"127.0.0.1:{self.port}\"\n          tls: {{insecure: true}}\n{clients}"
        )
        self.config.flush()
        self.lines = []
        self.process = subprocess.Popen(
            [python or sys.executable, str(HERE / "published_node.py"), self.config.name],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for line in self.process.stdout:
            self.lines.append(line)
            if "running" in line or "service started" in line:
                break
        else:
            raise AssertionError("".join(self.lines))
        threading.Thread(target=lambda: [self.lines.append(x) for x in self.process.stdout], daemon=True).start()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.config.close()


class AgentError(Exception):
    pass


class Agent:
    """A published client in its own process; see agent.py."""

    def __init__(self, python=None, script="agent.py"):
        self.process = subprocess.Popen(
            [python or sys.executable, str(HERE / script)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self.numbers = itertools.count()
        self.answers = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            if not line.startswith("{"):
                continue
            answer = json.loads(line)
            if waiting := self.answers.get(answer["id"]):
                waiting.put(answer)
        for waiting in list(self.answers.values()):
            waiting.put({"error": "the agent ended"})

    def send(self, do, **arguments):
        """Starts a command; the returned function waits for its result."""
        number = next(self.numbers)
        self.answers[number] = queue.Queue()
        self.process.stdin.write(json.dumps({"id": number, "do": do, **arguments}) + "\n")
        self.process.stdin.flush()

        def wait(timeout=60):
            try:
                answer = self.answers[number].get(timeout=timeout)
            except queue.Empty:
                raise AgentError(f"{do} did not answer within {timeout} s") from None
            finally:
                del self.answers[number]
            if "error" in answer:
                raise AgentError(answer["error"])
            return answer["ok"]

        return wait

    def __call__(self, do, timeout=60, **arguments):
        return self.send(do, **arguments)(timeout)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    return base64.b64decode(text)
