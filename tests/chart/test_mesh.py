"""The file that the chart renders for a StatefulSet joins its replicas. `./dev chart` runs this."""

import os
import pathlib
import subprocess

from nodes import Log, free_port, program

RENDERED = pathlib.Path(os.environ["SLIM_CHART"]) / "statefulset-mesh.slim.config.yaml"
DOMAIN = "slim-headless.agents.svc.cluster.local"


class Pod:
    """A replica with the environment that its pod gives it; only addresses become loopback's."""

    def __init__(self, number, ports, folder):
        text = RENDERED.read_text().replace("0.0.0.0:46357", f"127.0.0.1:{ports[number]}")
        for peer, port in enumerate(ports):
            name = f"slim-{peer}.{DOMAIN}:46357"
            assert name in text
            text = text.replace(name, f"127.0.0.1:{port}")
        config = folder / f"{number}.yaml"
        config.write_text(text)
        self.endpoint = f"http://127.0.0.1:{ports[number]}"
        self.process = subprocess.Popen(
            [program(), "--config", config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "SLIM_NODE_ID": f"slim-{number}", "MY_POD_IP": "127.0.0.1"},
        )
        self.log = Log(self.process)
        self.log.wait_for("dataplane server started")

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0


def test_replicas_find_each_other(started, client, tmp_path):
    ports = [free_port() for _ in range(3)]
    pods = []
    for number in range(3):
        pods.append(Pod(number, ports, tmp_path))
        started(pods[-1])
    # One link a pair, dialled by the smaller id.
    for pod, links in zip(pods, (2, 1)):
        pod.log.wait_for("client connected", links)
    alice = client("org/ns/alice", pods[2].endpoint)
    bob = client("org/ns/bob", pods[0].endpoint)
    alice("echo")
    bob("route", name="org/ns/alice")
    session = bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=True)["session"]
    assert bob("ask", session=session, count=20) == 20
