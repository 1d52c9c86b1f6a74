"""Published clients as processes that a test commands."""

import base64
import itertools
import json
import pathlib
import queue
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
SECRET = "a-shared-secret-of-more-than-32-bytes!"


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
