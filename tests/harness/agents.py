"""Published clients as processes that a test commands."""

import base64
import itertools
import json
import os
import pathlib
import queue
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
SECRET = "a-shared-secret-of-more-than-32-bytes!"


def client_python(version):
    """The Python of a published client; `./dev test` makes one of each generation."""
    folder = os.environ.get("SLIM_PYTHONS")
    assert folder, "SLIM_PYTHONS is not set: run these tests with ./dev test"
    python = pathlib.Path(folder) / version / "bin" / "python"
    assert python.exists(), f"there is no slim-bindings {version} at {python}: run these tests with ./dev test"
    return str(python)


def generation(version):
    return tuple(map(int, version.split(".")[:2]))


class AgentError(Exception):
    pass


class Answer:
    """What a command will answer."""

    def __init__(self, agent, number, do):
        self.agent = agent
        self.number = number
        self.do = do
        self.came = None

    def poll(self, timeout):
        """Whether it came, within `timeout` seconds."""
        if self.came is None:
            try:
                self.came = self.agent.answers[self.number].get(timeout=timeout)
            except queue.Empty:
                return False
            del self.agent.answers[self.number]
        return True

    def __call__(self, timeout=60):
        if not self.poll(timeout):
            del self.agent.answers[self.number]
            raise AgentError(f"{self.do} did not answer within {timeout} s")
        if "error" in self.came:
            raise AgentError(self.came["error"])
        return self.came["ok"]


class Agent:
    """A published client in its own process, the newest one unless a version is given."""

    def __init__(self, version=None):
        script = "agent_old.py" if version and generation(version) < (1, 0) else "agent.py"
        self.process = subprocess.Popen(
            [client_python(version) if version else sys.executable, str(HERE / script)],
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
        """Starts a command; calling what is returned waits for its result."""
        number = next(self.numbers)
        self.answers[number] = queue.Queue()
        self.process.stdin.write(json.dumps({"id": number, "do": do, **arguments}) + "\n")
        self.process.stdin.flush()

        return Answer(self, number, do)

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
