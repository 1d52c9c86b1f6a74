"""The tutorials of docs/: each command is run, and prints the lines that stand under it.

Two things are put in the place of others: the node runs already, on a port of its own, and the
clients are those that `./dev test` has installed.
"""

import json
import pathlib
import re
import shlex
import subprocess
import time

import pytest

from agents import client_python
from generations import VERSIONS
from nodes import Log

ROOT = pathlib.Path(__file__).parents[2]
SECONDS = 40


def commands(page):
    """The commands of a page, each with the lines under it."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", page, re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def comparable(line):
    """A line without its colours, and without ids, which are others each time."""
    line = re.sub(r"\x1b\[\d*m", "", line)
    line = re.sub(r"\bsession \d+", "session #", re.sub(r"\b[0-9a-f]{12,20}\b", "#", line))
    return re.sub(r" +", " ", line).strip()


class Program:
    """A command of the page, on its way through its lines."""

    def __init__(self, arguments, lines, port):
        self.own = arguments[arguments.index("--local") + 1] + "/"
        self.port = port
        self.expected = list(lines)
        self.used = set()
        self.last = time.monotonic()
        self.process = subprocess.Popen(
            arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.log = Log(self.process)

    def typed(self, line):
        who, arrow, text = line.partition(" > ")
        return text if arrow and self.own in who else None

    def advance(self):
        """Goes on to the first line that has not been printed, and types what is to be typed."""
        while self.expected:
            line = self.expected[0]
            if (text := self.typed(line)) is not None:
                if time.monotonic() - self.last < 1.5:  # as a person, who waits for the others to join
                    return
                self.process.stdin.write(text + "\n")
                self.process.stdin.flush()
            elif (place := self.find(comparable(line))) is None:
                return
            else:
                self.used.add(place)
            self.expected.pop(0)
            self.last = time.monotonic()

    def find(self, wanted):
        for place, line in enumerate(list(self.log.lines)):
            line = line.replace(f":{self.port}", ":46357")
            if place not in self.used and comparable(line) == wanted:
                return place
        return None

    def waits(self):
        return not self.expected or any("waiting for" in line.lower() for line in self.log.lines)


@pytest.mark.parametrize("name", ["tutorial-point-to-point.md", "tutorial-group.md"])
def test_a_tutorial_prints_its_lines(slimd, name):
    node = slimd()
    pythons = {}
    programs = []
    end = time.monotonic() + SECONDS
    try:
        for command, lines in commands((ROOT / "docs" / name).read_text()):
            if command == "./dev run":
                continue
            if install := re.fullmatch(
                r"python3 -m venv (\S+) && \1/bin/pip install slim-bindings==(\S+)", command
            ):
                assert install[2] in VERSIONS
                finish(programs, end)
                pythons[f"{install[1]}/bin/python"] = install[2]
                continue
            arguments = shlex.split(command)
            version = pythons[arguments[0]]
            target = node.endpoint
            if version.startswith("0."):
                target = json.dumps({"endpoint": node.endpoint, "tls": {"insecure": True}})
            programs.append(
                Program([client_python(version), *arguments[1:], "--slim", target], lines, node.port)
            )
            run_until(programs, end, programs[-1].waits)
        finish(programs, end)
        assert len(programs) >= 4
    finally:
        for program in programs:
            program.process.kill()
            program.process.wait()


def finish(programs, end):
    run_until(programs, end, lambda: not any(program.expected for program in programs))


def run_until(programs, end, reached):
    while not reached():
        for program in programs:
            program.advance()
        if time.monotonic() > end:
            raise AssertionError("\n\n".join(
                f"{p.own} did not print {p.expected[:1]}, but:\n{p.log.text()}" for p in programs if p.expected
            ))
        time.sleep(0.05)
