"""Containers of the image under test, with the engine that built it.

docker and podman publish the port on loopback. buildah runs without namespaces: there the node listens
on the machine's own loopback, and its process is a child's child of buildah's.
"""

import json
import os
import pathlib
import signal
import subprocess
import uuid

from nodes import Log, free_port, simple_config


def engine():
    return os.environ["SLIM_IMAGE_ENGINE"]


def image():
    """Name and tag."""
    return os.environ["SLIM_IMAGE"]


def output(*command, timeout=60):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout.strip()


def facts():
    """What the image says of itself: Cmd, User, Labels and so on."""
    if engine() == "buildah":
        return json.loads(output("buildah", "inspect", "--type", "image", image()))["OCIv1"]["config"]
    return json.loads(output(engine(), "image", "inspect", "--format", "{{json .Config}}", image()))


def children(pid):
    """Of all its threads: Go programs start processes from any of them."""
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [child for task in tasks for child in task.read_text().split()]


class Container:
    """A command in a container of its own, as strict as charts run it: no capability, no writable root."""

    def __init__(self, *command, mounts=(), port=None):
        self.name = f"slimd-test-{uuid.uuid4().hex[:12]}"
        volumes = [word for source, target in mounts for word in ("-v", f"{source}:{target}:ro")]
        if engine() == "buildah":
            output("buildah", "from", "--name", self.name, image())
            start = ["buildah", "run", "--isolation", "chroot", "--cap-drop", "ALL", *volumes, self.name, "--"]
        else:
            publish = ["-p", f"127.0.0.1:{port}:46357"] if port else []
            start = [engine(), "run", "--rm", "--name", self.name, "--read-only", "--cap-drop", "ALL",
                     "--security-opt", "no-new-privileges", *publish, *volumes, image()]
        self.process = subprocess.Popen(
            [*start, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.log = Log(self.process)

    def signal(self, number):
        if engine() == "buildah":
            os.kill(self.program(), number)
        else:
            output(engine(), "kill", "--signal", signal.Signals(number).name, self.name)

    def program(self):
        """The process that buildah's own processes ended up starting."""
        pid = self.process.pid
        while found := children(pid):
            pid = int(found[0])
        return pid

    def wait(self, timeout=30):
        """The exit code and what was printed."""
        code = self.process.wait(timeout)
        self.log.reader.join(5)
        return code, self.log.text()

    def stop(self):
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait(30)
        if engine() == "buildah":
            output("buildah", "rm", self.name)


class ImageNode(Container):
    """The node as the tutorials start it: a file mounted at /config.yaml, the command in full."""

    def __init__(self, folder):
        self.port = free_port()
        text = simple_config(port=self.port)
        if engine() != "buildah":
            text = text.replace(f"127.0.0.1:{self.port}", "0.0.0.0:46357")
        config = folder / "config.yaml"
        config.write_text(text)
        config.chmod(0o644)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        super().__init__("/slim", "--config", "/config.yaml", mounts=[(config, "/config.yaml")], port=self.port)
        self.log.wait_for("dataplane server started", timeout=60)
