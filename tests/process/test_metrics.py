"""What the metrics say is what happened; rules and dashboard ask for what there is."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest

from nodes import simple_config
from raw import Raw
from wire import LOOSE, linked, publish, subscribe

MONITORING = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "monitoring"


def promtool(*arguments, input=None):
    tool = shutil.which("promtool")
    assert tool, "promtool is missing: deploy/install-deps.sh test"
    done = subprocess.run([tool, *map(str, arguments)], input=input, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def received(page):
    return page.sum("slim_messages_received_total", type="publish")


def adds_up(page):
    """Also not true for a moment while messages are under way: counters are not read all at once."""
    sent = page.sum("slim_messages_sent_total", type="publish")
    return received(page) == sent + page.sum("slim_messages_dropped_total")


def test_each_publish_is_delivered_or_counted_with_its_reason(slimd, started):
    """The sums of docs/protocol/operations.md 6.5, over raw links."""
    node = slimd(server=LOOSE)
    receiver, sender = linked(node.port), linked(node.port)
    receiver.message(subscribe(5, 7))
    assert receiver.until(lambda r: len(r.messages(1)) == 2)
    sender.message(subscribe(6, 8))
    assert sender.until(lambda r: len(r.messages(1)) == 2)
    for _ in range(30):
        sender.message(publish(5, b"x"))  # one receiver
        sender.message(publish(6, b"x"))  # nobody but the sender
        sender.message(publish(7, b"x"))  # nobody at all
    page = node.admin.until(lambda p: received(p) == 90 and adds_up(p))
    assert page.sum("slim_messages_sent_total", type="publish", kind="edge") == 30
    assert page.sum("slim_messages_dropped_total", reason="only_source", kind="edge") == 30
    assert page.sum("slim_messages_dropped_total", reason="no_route", kind="edge") == 30
    assert page.sum("slim_messages_dropped_total") == 60
    assert receiver.until(lambda r: len(r.messages(1)) == 32)
    # The first that each worker forwards is measured, then one in 1024.
    measured = page.sum("slim_forwarding_duration_seconds_count")
    assert 1 <= measured <= page.sum("slim_workers")
    assert 0 < page.sum("slim_forwarding_duration_seconds_sum") < measured
    assert page.sum("slim_connections", kind="edge", direction="inbound") == 2
    assert page.sum("slim_peer_generation", generation="2.x-3.x") == 2
    assert page.sum("slim_subscriptions") == 2
    assert page.sum("slim_link_negotiations_total", direction="inbound", result="ok") == 2
    assert page.sum("slim_sockets", listener="0") == 2
    receiver.close()
    page = node.admin.until(lambda p: p.sum("slim_connections") == 1)
    assert page.sum("slim_connections_closed_total", kind="edge", direction="inbound") == 1
    assert page.sum("slim_connection_duration_seconds_count", kind="edge") == 1
    assert page.sum("slim_subscriptions") == 1


def test_a_session_of_published_clients_adds_up(slimd, client):
    node = slimd()
    alice, bob = client("org/ns/alice", node.endpoint), client("org/ns/bob", node.endpoint)
    alice("echo")
    bob("route", name="org/ns/alice")
    session = bob("open", kind="POINT_TO_POINT", to="org/ns/alice", mls=True)["session"]
    assert bob("ask", session=session, count=20) == 20
    page = node.admin.until(lambda p: received(p) >= 40 and adds_up(p))
    assert page.sum("slim_header_mac_failures_total") == 0
    assert page.sum("slim_subscription_changes_total", op="subscribe", result="ok") >= 2


def test_metrics_do_not_depend_on_the_log(slimd):
    node = slimd(server=LOOSE, level="info", environment={"RUST_LOG": "slim=info,slim_service=info"})
    sender = linked(node.port)
    sender.message(publish(7, b"x"))
    node.admin.until(lambda p: received(p) == 1)


def test_probes_leave_nothing_behind(slimd):
    node = slimd(server=LOOSE)
    for _ in range(100):
        Raw(node.port, hello=False).close()
    page = node.admin.until(lambda p: p.sum("slim_sockets_accepted_total") == 100 and p.sum("slim_sockets") == 0)
    assert page.sum("slim_connections_opened_total") == 0


def test_a_certificate_and_its_handshakes_are_shown(slimd, authority):
    certificate, key = authority.issue("server")
    tls = f"          tls: {{source: {{type: file, cert: {certificate}, key: {key}}}}}\n"
    node = slimd(simple_config().replace("          tls: {insecure: true}\n", tls))
    raw = Raw(node.port)  # plain text to a TLS port
    raw.ends()
    page = node.admin.until(lambda p: p.sum("slim_tls_handshakes_total", role="server", result="failed") == 1)
    assert page.sum("slim_tls_certificate_not_after_timestamp_seconds", role="server", source="file") > 1.7e9
    assert page.sum("slim_tls_reloads_total", result="ok") == 0


def test_the_page_passes_the_linter(slimd):
    node = slimd(server=LOOSE)
    page = node.admin.metrics()
    promtool("check", "metrics", input=page.text)
    assert page.types.keys() == page.helps.keys()
    assert page.sum("slim_build_info") == 1 and page.sum("slim_node_info", node_id="node-under-test") == 1
    for name in ("process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_threads"):
        assert page.sum(name) > 0


def asked_for(query):
    """Names of metrics in a query: ours have a prefix."""
    return set(re.findall(r"\b(?:slim|process)_\w+", query))


def test_alert_rules_are_valid_and_ask_for_what_there_is(slimd):
    rules = MONITORING / "alerts.yaml"
    promtool("check", "rules", rules)
    wanted = set().union(*(asked_for(line) for line in rules.read_text().splitlines() if "#" not in line))
    page = slimd().admin.metrics()
    # Without TLS there is no certificate to show.
    assert wanted - page.names() - page.types.keys() == set()


def test_the_dashboard_asks_for_what_there_is(slimd, tmp_path):
    board = json.loads((MONITORING / "dashboard.json").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(queries) > 20
    page = slimd().admin.metrics()
    labels = {}
    for name, sample, _ in page.samples:
        labels.setdefault(name, set()).update(sample)
    for query in queries:
        for name in asked_for(query):
            assert name in page.names() or name in page.types, query
        for by, name in re.findall(r"by \(([^)]*)\) \(?(?:rate\()?(slim_\w+)", query):
            assert {b.strip() for b in by.split(",")} <= labels[name] | {"instance"}, query
    # The queries are valid as such: Prometheus' own parser reads them as rules.
    rules = tmp_path / "queries.yaml"
    rules.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": [
        {"record": f"q{i}:check", "expr": q.replace("$__rate_interval", "5m").replace("$instance", ".*")}
        for i, q in enumerate(queries)
    ]}]}))
    promtool("check", "rules", rules)
