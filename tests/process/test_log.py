"""The log, in the shape that tutorials and scripts expect (docs/protocol/operations.md 2 and 3)."""

import re

from nodes import PLAIN, free_port, simple_config

LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z (TRACE|DEBUG| INFO| WARN|ERROR) +(\S+) (?:ThreadId\(\d\d+\) )?"
    r"(?:\S*: )?([a-z_:]+): \d+: (.*)"
)


def test_what_a_start_and_a_stop_print(slimd):
    node = slimd(level="info")
    node.log.wait_for("service started service=slim/0")
    assert node.stop() == 0
    text = node.log.text()
    place = 0
    for words in (
        "build_info=", "Runtime started", "Starting service: slim/0", "starting service",
        "starting server 127.0.0.1:0", "dataplane server started endpoint=127.0.0.1:",
        "no controller configuration provided, skipping controller startup", "running service",
    ):
        assert words in text[place:], f"{words!r} is missing, or comes too early:\n{text}"
        place = text.index(words, place)
    for words in ("received signal, starting shutdown signal=SIGTERM", "stopping service service=slim/0"):
        assert words in text


def test_every_line_has_the_columns(slimd):
    node = slimd(text=simple_config().replace("log_level: debug", "log_level: debug, display_thread_ids: true"))
    node.stop()
    # build_info is the one value of several lines
    lines = [x for x in node.log.lines if re.match(r"\d{4}-", x)]
    assert len(lines) > 8
    for line in lines:
        assert LINE.match(line), line
        assert "ThreadId(" in line
    assert "\x1b" not in node.log.text()


def test_thread_columns_can_be_left_out(slimd):
    node = slimd(text=simple_config().replace("log_level: debug", "log_level: info, display_thread_names: false"))
    line = node.log.find("Runtime started")[0]
    assert " main " not in line
    assert "ThreadId" not in line


def test_workers_have_the_configured_name(slimd):
    node = slimd(root="runtime: {n_cores: 1, thread_name: slim-data-plane}\n")
    node.log.wait_for("service started")
    assert " slim-data-plane " in node.log.find("service started")[0]


def test_the_level_is_that_of_the_file(slimd):
    # without INFO there is no line to wait for: a list of filters keeps the one
    node = slimd(text=simple_config().replace("log_level: debug", "log_level: warn, filters: [\"slim_service=info\"]"))
    node.stop()
    assert not node.log.find("slim::runner")
    assert node.log.find("slim_service::service")


def test_rust_log_replaces_the_file(slimd):
    node = slimd(level="error", environment={"RUST_LOG": "slim_service=info,slim::signal=info"})
    node.stop()
    assert node.log.find("slim::signal")
    assert not node.log.find("slim::runner")


def test_links_that_come_and_go(slimd):
    first = slimd()
    second = slimd(node_id="second", server=f"      clients:\n        - endpoint: \"{first.endpoint}\"\n{PLAIN}"
                   "          backoff: {type: fixed_interval, interval: 100ms}\n")
    connected = second.log.wait_for("client connected")
    assert f"endpoint={first.endpoint}" in connected and "conn_id=" in connected
    assert first.log.wait_for("new connection received from remote")
    first.kill()
    second.log.wait_for("connection lost with remote endpoint, attempting to reconnect")
    first.start()
    second.log.wait_for("connection re-established successfully")


def test_a_neighbour_that_is_not_there(slimd):
    node = slimd(server=f"      clients:\n        - endpoint: \"http://127.0.0.1:{free_port()}\"\n{PLAIN}")
    assert " WARN " in node.log.wait_for("transient connect error, retrying")
