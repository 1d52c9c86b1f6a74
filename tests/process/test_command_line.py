"""Flags, exit codes, and what is printed before the node runs."""

import os
import pathlib
import subprocess

import pytest

from nodes import Log, program, simple_config

CONFIG = pathlib.Path(__file__).resolve().parents[2] / "config"


def run(*arguments, environment=None, timeout=10):
    return subprocess.run(
        [program(), *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
        env={**os.environ, **(environment or {})},
    )


def written(folder, text, name="config.yaml"):
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("flag", ["--version", "-v"])
def test_version_says_what_the_build_is(flag):
    done = run(flag)
    assert done.returncode == 0
    for word in ("Version:", "Build Date:", "Git SHA:", "Profile:"):
        assert word in done.stdout, done.stdout


def test_help():
    done = run("--help")
    assert done.returncode == 0
    assert "--config" in done.stdout and "--check" in done.stdout


@pytest.mark.parametrize("path", sorted(CONFIG.glob("*.yaml")), ids=lambda p: p.stem)
def test_files_of_the_project_are_valid(path):
    for strictness in ([], ["--strict"]):
        done = run("--check", "--config", path, *strictness, environment={"SLIM_NODE_ID": "m0"})
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == f"{path} is valid"


def test_an_error_names_file_line_key_and_choice(tmp_path):
    path = written(tmp_path, "services:\n  slim/0:\n    dataplane:\n      servers:\n        - endpoint: nowhere\n")
    for arguments in (["--check"], []):
        done = run("--config", path, *arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: failed to load configuration")
        assert f"{path}:5: services.slim/0.dataplane.servers[0]" in done.stderr
        assert "allowed:" in done.stderr


def test_a_missing_file_is_an_error(tmp_path):
    done = run("--config", tmp_path / "nothing.yaml")
    assert done.returncode == 1
    assert "nothing.yaml" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--config"], ["--nonsense"], ["--config", "a", "--listen", "b"]])
def test_wrong_usage_exits_with_2(arguments):
    done = run(*arguments, environment={"CONFIG": ""})
    assert done.returncode == 2
    assert done.stderr


def test_old_spellings_are_told_and_strict_refuses_them(tmp_path):
    path = written(tmp_path, simple_config().replace("dataplane:", "pubsub:"))
    done = run("--check", "--config", path)
    assert done.returncode == 0
    assert "pubsub" in done.stdout and "dataplane" in done.stdout
    done = run("--check", "--strict", "--config", path)
    assert done.returncode == 1
    assert "pubsub" in done.stderr


def test_the_file_may_be_named_by_the_environment(tmp_path):
    path = written(tmp_path, simple_config())
    assert run("--check", environment={"CONFIG": str(path)}).returncode == 0


def test_an_address_in_use_is_an_error_that_names_it(tmp_path, slimd):
    port = slimd().port
    done = run("--config", written(tmp_path, simple_config(port=port)))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: failed to start service")
    assert f"127.0.0.1:{port}" in done.stderr


def test_values_from_the_environment_are_used_and_not_shown(tmp_path):
    path = written(tmp_path, simple_config().replace('"127.0.0.1:0"', '"${env:WHERE}"'))
    assert run("--check", "--config", path, environment={"WHERE": "127.0.0.1:0"}).returncode == 0
    done = run("--check", "--config", path, environment={"WHERE": "hunter2"})
    assert done.returncode == 1
    assert "hunter2" not in done.stderr + done.stdout


def test_a_node_without_a_file(started):
    """--listen serves plain text; published images are started with the program's own name first."""
    process = subprocess.Popen([program(), "/slim", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        Log(process).wait_for("dataplane server started")
    finally:
        process.terminate()
        assert process.wait(20) == 0
