"""The admin listener: health, readiness, lists, explanations, who may ask, and those who ask badly."""

import json
import os
import signal
import socket
import subprocess
import time

import pytest

from admin import Admin
from nodes import free_port, program, simple_config
from raw import Raw
from wire import LOOSE, linked, publish, subscribe


def own_address():
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("198.51.100.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return s.getsockname()[0]


def health(*arguments, environment=None):
    return subprocess.run(
        [program(), *arguments], capture_output=True, text=True, timeout=20,
        env={**os.environ, **(environment or {})},
    )


def subscribed(node, service=5):
    raw = linked(node.port)
    raw.message(subscribe(service, 7))
    assert raw.until(lambda r: len(r.messages(1)) > 1)
    return raw


# --- health ---


def test_a_running_node_is_healthy_and_ready(slimd):
    node = slimd(server=LOOSE)
    assert node.admin.get("/healthz").text == "ok\n"
    assert node.admin.get("/readyz").text == "ready\n"
    version = node.admin.json("/version")
    assert version["version"] and version["generations"][-1] == "2.x-3.x"
    head = node.admin.get("/readyz", method="HEAD")
    assert head.status == 200 and head.headers["content-length"] == "6" and head.text == ""


def test_readiness_ends_with_the_signal_and_not_with_the_drain(slimd):
    """A peer that reads nothing holds the drain up; those who ask are told at once."""
    node = slimd(server=LOOSE, root="runtime: {drain_timeout: 8s}\n")
    admin = node.admin
    stuck = subscribed(node)
    sender = linked(node.port)
    for _ in range(200):
        sender.message(publish(5, b"x" * 16_000))
    admin.until(lambda page: page.sum("slim_messages_received_total", type="publish") == 200)
    node.signal(signal.SIGTERM)
    node.log.wait_for("starting shutdown")
    answer = admin.get("/readyz")
    assert answer.status == 503 and "draining" in answer.text
    assert admin.get("/healthz").status == 200
    page = admin.metrics()
    assert page.sum("slim_ready") == 0 and page.sum("slim_draining") == 1
    node.signal(signal.SIGKILL)
    node.process.wait(10)
    assert stuck


def test_a_link_that_is_down_is_no_reason_unless_asked(slimd):
    port = free_port()
    clients = f"      clients:\n        - endpoint: \"http://127.0.0.1:{port}\"\n          tls: {{insecure: true}}\n"
    node = slimd(simple_config(server=LOOSE) + clients)
    admin = node.admin
    assert admin.get("/readyz").status == 200
    answer = admin.get("/readyz?links=1")
    assert answer.status == 503 and f"link http://127.0.0.1:{port} not up" in answer.text
    page = admin.until(lambda p: p.sum("slim_connect_attempts_total", kind="edge", result="unreachable") > 0)
    assert page.sum("slim_link_up", link="client0") == 0
    assert page.sum("slim_links_configured", kind="edge") == 1


def test_the_program_asks_for_health(slimd):
    node = slimd(server=LOOSE)
    address = f"127.0.0.1:{node.admin.port}"
    done = health("--health", "--admin-listen", address)
    assert done.returncode == 0 and done.stdout == "ready\n"
    done = health("--health=healthz", environment={"SLIMD_ADMIN_LISTEN": address})
    assert done.returncode == 0 and done.stdout == "ok\n"
    assert health("--health", "--admin-listen", f"127.0.0.1:{free_port()}").returncode == 1
    assert health("--health=other").returncode == 2


# --- where it listens ---


def test_an_address_that_was_asked_for_and_is_taken_is_an_error(slimd, tmp_path):
    node = slimd()
    config = tmp_path / "c.yaml"
    config.write_text(simple_config())
    done = health("--config", str(config), "--admin-listen", f"127.0.0.1:{node.admin.port}")
    assert done.returncode == 1
    assert "admin listener" in done.stderr


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:x", "unix:relative", "somewhere:1"])
def test_an_address_that_is_none_is_wrong_usage(address):
    done = health("--listen", "127.0.0.1:0", "--admin-listen", address)
    assert done.returncode == 2
    assert "unix:/path" in done.stderr


def test_it_can_be_turned_off(slimd):
    node = slimd(environment={"SLIMD_ADMIN_LISTEN": "off"})
    node.log.wait_for("running service")
    assert not node.log.find("admin listener started")


def test_a_unix_socket_is_for_its_owner_and_goes_with_the_node(slimd, tmp_path):
    path = tmp_path / "admin.sock"
    node = slimd(environment={"SLIMD_ADMIN_LISTEN": f"unix:{path}"})
    assert Admin(path=str(path)).get("/config").status == 200
    assert path.stat().st_mode & 0o777 == 0o600
    assert health("--health", "--admin-listen", f"unix:{path}").returncode == 0
    assert node.stop() == 0
    assert not path.exists()


# --- who may ask ---


def test_others_than_this_machine_need_the_token(slimd, tmp_path):
    token = tmp_path / "token"
    token.write_text("open sesame\n")
    host = own_address()
    node = slimd(arguments=["--admin-token-file", str(token)], environment={"SLIMD_ADMIN_LISTEN": ":0"})
    far, near = Admin(node.admin.port, host=host), node.admin
    right, wrong = {"Authorization": "Bearer open sesame"}, {"Authorization": "Bearer open"}
    for path in ("/healthz", "/readyz"):
        assert far.get(path).status == 200
    for path in ("/metrics", "/version", "/config", "/connections", "/subscriptions", "/log", "/explain?name=a/b/c"):
        assert far.get(path).status == 401
        assert far.get(path, headers=wrong).status == 401
        assert far.get(path, headers=right).status == 200
        assert near.get(path).status == 200
    assert far.get("/log?filter=debug", method="POST").status == 401
    token.write_text("another")
    node.signal(signal.SIGHUP)
    node.log.wait_for("certificates reloaded")
    assert far.get("/config", headers=right).status == 401
    assert far.get("/config", headers={"Authorization": "Bearer another"}).status == 200


def test_without_a_token_others_see_metrics_and_no_more(slimd):
    host = own_address()
    node = slimd(environment={"SLIMD_ADMIN_LISTEN": ":0"})
    far = Admin(node.admin.port, host=host)
    assert far.get("/metrics").status == 200
    for path in ("/config", "/connections", "/connections/closed", "/subscriptions", "/log", "/explain?name=a/b/c"):
        assert far.get(path).status == 403


@pytest.mark.parametrize("headers", [
    {"Origin": "http://example.org"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "rebound.example.org"},
])
def test_a_page_in_a_browser_on_this_machine_is_not_trusted(slimd, headers):
    node = slimd()
    assert node.admin.get("/config", headers=headers).status == 403
    assert node.admin.get("/log?filter=trace", method="POST", headers=headers).status == 403
    assert node.admin.get("/readyz", headers=headers).status == 200


# --- what it tells ---


def test_links_are_listed_with_what_they_did(slimd):
    node = slimd(server=LOOSE)
    receiver, sender = subscribed(node), linked(node.port)
    sender.message(publish(5, b"x"))
    assert receiver.until(lambda r: len(r.messages(1)) > 2)
    links = node.admin.json("/connections")["connections"]
    assert [one["type"] for one in links] == ["edge", "edge"]
    first, second = links
    assert first["id"] < second["id"] and first["generation"] == "2.x-3.x"
    assert first["direction"] == "inbound" and first["version"] == "3.4.6" and first["remote"].startswith("127.0.0.1:")
    assert first["messages_received"] == 1 and first["messages_sent"] == 2
    assert second["messages_received"] == 1 and second["messages_sent"] == 0
    assert node.admin.json(f"/connections?after={first['id']}")["connections"] == [
        {**second, "age_seconds": pytest.approx(second["age_seconds"], abs=5)}
    ]
    assert node.admin.get("/connections?after=x").status == 400


def test_links_that_ended_are_remembered_with_their_reason(slimd):
    node = slimd(server=LOOSE, arguments=["--admin-closed-links", "3"])
    for _ in range(8):
        linked(node.port).close()
    node.wait_closed("peer_closed", 16)  # a stream and a connection each
    bad = linked(node.port)
    bad.message(b"\xff\xff\xff")
    assert bad.until(lambda r: "grpc-status" in r.headers.get(1, {})) or bad.closed
    node.wait_closed("undecodable_message", 1)
    closed = node.admin.json("/connections/closed")["closed"]
    assert closed[0]["reason"] == "undecodable_message" and closed[0]["age_seconds"] > 0
    workers = node.admin.metrics().sum("slim_workers")
    assert len(closed) <= 3 * workers
    assert [c["seconds_ago"] for c in closed] == sorted(c["seconds_ago"] for c in closed)


def test_subscriptions_are_listed_in_pages(slimd):
    node = slimd(server=LOOSE)
    raw = linked(node.port)
    for i in range(1500):
        raw.message(subscribe(i, i + 1))
    assert raw.until(lambda r: len(r.messages(1)) == 1501, 20)
    first = node.admin.json("/subscriptions")
    second = node.admin.json(f"/subscriptions?after={first['next']}")
    assert len(first["subscriptions"]) == 1000 and len(second["subscriptions"]) == 500
    assert "next" not in second
    names = {s["name"] for s in first["subscriptions"] + second["subscriptions"]}
    assert len(names) == 1500
    assert node.admin.get(f"/subscriptions?after={first['next']}").status == 410
    page = node.admin.metrics()
    assert page.sum("slim_subscriptions") == 1500
    assert page.sum("slim_subscription_changes_total", op="subscribe", origin="edge", result="ok") == 1500


def test_where_a_publish_would_go_is_explained(slimd, client):
    """By name: the published client hashes as the node does."""
    node = slimd()
    alice = client("org/ns/alice", node.endpoint)
    told = node.admin.json("/explain?name=org/ns/alice")
    assert told["outcome"] == "goes to one of 1 link"
    assert told["connections"][0]["verdict"] == "gets_it"
    own = told["connections"][0]["connection"]
    own_copy = node.admin.json(f"/explain?name=org/ns/alice&from={own}")
    assert own_copy["drop_reason"] == "only_source"
    second = client("org/ns/alice", node.endpoint)
    told = node.admin.json("/explain?name=org/ns/alice")
    assert {c["verdict"] for c in told["connections"]} == {"in_turn"} and len(told["connections"]) == 2
    told = node.admin.json("/explain?name=org/ns/alice&fanout=16")
    assert told["outcome"] == "goes to each of 2 links"
    assert node.admin.json("/explain?name=org/ns/nobody")["drop_reason"] == "no_route"
    older = node.admin.json("/explain?name=org/ns/alice&generation=0.7-1.4")
    assert older["drop_reason"] == "other_generation"
    assert node.admin.get("/explain?name=nonsense").status == 400
    assert node.admin.get("/explain?name=org/ns/alice&from=999").status == 404
    alice.stop()
    second.stop()


def test_the_configuration_is_shown_without_secrets(slimd):
    text = simple_config(server=LOOSE) + (
        "      clients:\n        - endpoint: \"http://127.0.0.1:1\"\n          tls: {insecure: true}\n"
        "          headers: {authorization: \"Bearer hunter2\"}\n"
    )
    node = slimd(text)
    answer = node.admin.get("/config")
    assert "hunter2" not in answer.text
    shown = answer.json()["services"]["slim/0"]
    assert shown["node_id"] == "node-under-test"
    assert shown["servers"][0]["link"]["require_header_mac"] is False
    assert shown["clients"][0]["headers"] == {"authorization": "(hidden)"}


def test_the_log_level_can_be_changed(slimd):
    node = slimd(server=LOOSE, level="info")
    linked(node.port).close()
    assert not node.log.find("DEBUG")
    assert node.admin.get("/log?filter=slim_datapath=debug,slim=info", method="POST").status == 200
    linked(node.port).close()
    node.log.wait_for("connection registered after link negotiation")
    assert node.admin.json("/log")["filter"] == "slim_datapath=debug,slim=info"
    refused = node.admin.get("/log?filter=slim=verbose", method="POST")
    assert refused.status == 400
    assert node.admin.json("/log")["filter"] == "slim_datapath=debug,slim=info"


# --- those who ask badly ---


def raw_answer(port, data, seconds=10):
    with socket.create_connection(("127.0.0.1", port), seconds) as s:
        s.sendall(data)
        out = b""
        try:
            while more := s.recv(65536):
                out += more
        except ConnectionResetError:
            pass
        return out


@pytest.mark.parametrize("request_, status", [
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", b"431"),
    (b"GET /readyz HTTP/1.1\r\n" + b"X: " + b"y" * 9000 + b"\r\n\r\n", b"431"),
    (b"nonsense\r\n\r\n", b"400"),
    (b"GET nowhere HTTP/1.1\r\n\r\n", b"400"),
    (b"GET /%zz HTTP/1.1\r\n\r\n", b"400"),
    (b"POST /log HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", b"413"),
    (b"GET /readyz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"413"),
    (b"DELETE /readyz HTTP/1.1\r\nConnection: close\r\n\r\n", b"405"),
    (b"GET /../etc/passwd HTTP/1.1\r\nConnection: close\r\n\r\n", b"404"),
], ids=["long target", "long header", "nonsense", "relative", "escape", "body", "chunked", "method", "path"])
def test_what_is_no_proper_request_gets_an_answer_that_says_so(slimd, request_, status):
    node = slimd()
    assert raw_answer(node.admin.port, request_).split(b" ")[1] == status
    assert node.admin.get("/readyz").status == 200


def test_a_request_that_does_not_come_is_not_waited_for(slimd):
    port = slimd().admin.port
    start = time.monotonic()
    assert raw_answer(port, b"GET /readyz HTT", 20) == b""
    assert 4 < time.monotonic() - start < 10


def test_those_who_only_hold_connections_keep_nobody_out(slimd):
    """More than may be open at a time, some silent, some that never read a large answer."""
    node = slimd(server=LOOSE)
    receiver = subscribed(node)
    port = node.admin.port
    held = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(60)]
    for s in held[::2]:
        s.sendall(b"GET /metrics HTTP/1.1\r\n\r\n" * 20)
    for _ in range(20):
        assert node.admin.get("/readyz").status == 200
    sender = linked(node.port)
    sender.message(publish(5, b"x"))
    assert receiver.until(lambda r: len(r.messages(1)) > 2)
    for s in held:
        s.close()
    assert node.admin.metrics().sum("process_open_fds") < 60


def test_many_requests_on_one_connection(slimd):
    port = slimd().admin.port
    out = raw_answer(port, b"GET /healthz HTTP/1.1\r\n\r\n" * 50 + b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert out.count(b"HTTP/1.1 200 OK") == 51
