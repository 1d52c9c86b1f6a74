"""The container image, as tutorials and charts start it. `./dev image` runs this."""

import signal
import subprocess

import pytest

from containers import Container, ImageNode, engine, facts, image
from raw import SETTINGS, Raw


@pytest.fixture
def container(started):
    """Starts a command in a container."""

    def start(*command):
        it = Container(*command)
        started(it)
        return it

    return start


@pytest.fixture
def node(started, tmp_path):
    # mktemp's folders are closed to the container's user.
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    it = ImageNode(tmp_path)
    started(it)
    return it


def test_what_the_image_says_of_itself():
    is_said = facts()
    assert not is_said.get("Entrypoint")
    assert is_said["Cmd"] == ["/slimd", "--config", "/etc/slimd/config.yaml"]
    assert is_said["User"] == "65532:65532"
    assert is_said["StopSignal"] == "SIGTERM"
    assert sorted(is_said["ExposedPorts"]) == ["46357/tcp", "46359/tcp"]
    assert "SLIMD_ADMIN_LISTEN=:46359" in is_said["Env"]
    labels = is_said["Labels"]
    assert labels["org.opencontainers.image.version"] == image().rpartition(":")[2]
    for name in ("title", "description", "licenses", "revision"):
        assert labels[f"org.opencontainers.image.{name}"] not in ("", "unknown")


@pytest.mark.parametrize("program", [["/slim"], ["/slimd"], ["/slim", "/slim"]], ids=" ".join)
def test_either_name_is_the_program(container, program):
    code, text = container(*program, "--version").wait()
    assert code == 0, text
    assert image().rpartition(":")[2] in text
    assert facts()["Labels"]["org.opencontainers.image.revision"] in text


def test_the_default_command_has_a_file_that_loads(container):
    code, text = container(*facts()["Cmd"], "--check").wait()
    assert code == 0, text
    assert "/etc/slimd/config.yaml is valid" in text


def test_nothing_runs_as_root(container):
    assert container("id", "-u").wait() == (0, "65532")


def test_what_the_chart_runs_before_a_stop_is_there(container):
    assert container("sleep", "0").wait() == (0, "")


def test_the_command_of_the_tutorials(node):
    raw = Raw(node.port)
    assert raw.until(lambda r: r.of(SETTINGS))
    node.signal(signal.SIGTERM)
    assert raw.ends()
    code, text = node.wait()
    assert code == 0, text
    assert "received signal, starting shutdown" in text


def test_its_health_check_asks_the_node(node, container):
    """In the node's own container, which shares its network; with buildah all of them do."""
    if engine() == "buildah":
        code, text = container("/slimd", "--health=healthz").wait()
    else:
        done = subprocess.run([engine(), "exec", node.name, "/slimd", "--health=healthz"], capture_output=True, text=True)
        code, text = done.returncode, done.stdout.strip()
    assert (code, text) == (0, "ok")


def test_published_clients_talk_through_it(node, client):
    alice = client("org/ns/alice", node.endpoint)
    bob = client("org/ns/bob", node.endpoint)
    alice("echo")
    bob("route", name="org/ns/alice")
    session = bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=True)["session"]
    assert bob("ask", session=session, count=20) == 20
