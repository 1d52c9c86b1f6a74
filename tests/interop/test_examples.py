"""The README's tutorial: its programs print the lines that it shows."""

import pathlib
import subprocess
import sys

from nodes import Log

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "python"


def test_sender_and_receiver(slimd):
    node = slimd()
    process = subprocess.Popen(
        [sys.executable, EXAMPLES / "receiver.py", node.endpoint], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        receiver = Log(process)
        receiver.wait_for("receiving as org/demo/receiver")
        sender = subprocess.run(
            [sys.executable, EXAMPLES / "sender.py", node.endpoint], capture_output=True, text=True, timeout=60
        )
        assert sender.returncode == 0, sender.stderr
        assert sender.stdout.splitlines() == [
            "answer: you said: hello", "answer: you said: how are you", "answer: you said: goodbye",
        ]
        for line in ("a session was opened", "got: hello", "got: how are you", "got: goodbye", "the session was closed"):
            receiver.wait_for(line)
    finally:
        process.kill()
        process.wait()
