"""Where a node listens: several servers, IPv6, Unix sockets."""

import os
import socket
import subprocess

from nodes import PLAIN, program, server_entry, simple_config


def ask(client, near, far, **how):
    alice = client("org/ns/alice", far)
    bob = client("org/ns/bob", near)
    alice("echo")
    bob("route", name="org/ns/alice")
    session = bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=True)["session"]
    assert bob("ask", session=session, count=20) == 20


def test_several_servers_are_one_node(slimd, client):
    node = slimd(server=server_entry("127.0.0.1:0"))
    ask(client, node.endpoint, f"http://127.0.0.1:{node.ports[1]}")


def test_ipv6(slimd, client):
    node = slimd(text=simple_config().replace("127.0.0.1:0", "[::1]:0"))
    ask(client, f"http://[::1]:{node.port}", f"http://[::1]:{node.port}")


def test_two_services_in_one_process_do_not_share_names(slimd, client):
    text = simple_config()
    second = text[text.index("  slim/0:"):].replace("slim/0", "slim/1").replace("node-under-test", "second")
    node = slimd(text=text + second)
    alice = client("org/ns/alice", f"http://127.0.0.1:{node.ports[1]}")
    alice("echo")
    ask(client, node.endpoint, node.endpoint)


def test_a_unix_socket_between_nodes(slimd, client, tmp_path):
    path = tmp_path / "slim.sock"
    far = slimd(server=server_entry(f"unix://{path}"), node_id="far")
    near = slimd(
        server=f"      clients:\n        - endpoint: \"unix://{path}\"\n{PLAIN}          connection_type: peer\n"
    )
    near.log.wait_for("client connected")
    ask(client, near.endpoint, far.endpoint)
    far.stop()
    assert not path.exists()


def test_a_socket_that_a_dead_node_left_is_taken_over(slimd, tmp_path):
    path = tmp_path / "slim.sock"
    node = slimd(server=server_entry(f"unix://{path}"))
    node.kill()
    assert path.exists()
    node.start()
    assert path.exists()


def test_what_is_no_socket_is_left_alone(tmp_path):
    path, config = tmp_path / "precious", tmp_path / "config.yaml"
    path.write_text("data")
    config.write_text(simple_config().replace("127.0.0.1:0", f"unix://{path}"))
    done = subprocess.run([program(), "--config", config], capture_output=True, text=True, timeout=10)
    assert done.returncode == 1
    assert str(path) in done.stderr
    assert path.read_text() == "data"


def test_a_socket_in_use_is_an_error(slimd, tmp_path):
    path, config = tmp_path / "slim.sock", tmp_path / "config.yaml"
    slimd(server=server_entry(f"unix://{path}"))
    config.write_text(simple_config().replace("127.0.0.1:0", f"unix://{path}"))
    done = subprocess.run([program(), "--config", config], capture_output=True, text=True, timeout=10)
    assert done.returncode == 1
    assert str(path) in done.stderr
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(os.fspath(path))
