"""Runs slim-load, in turns, and takes medians."""

import json
import statistics
import subprocess
import sys


class Failed(Exception):
    pass


def run_load(program, node, arguments, seconds, timeout=60):
    """What slim-load says."""
    done = subprocess.run(
        [program, "--port", str(node.port), "--node-pid", str(node.process.pid), "--seconds", str(seconds), *arguments],
        capture_output=True, text=True, timeout=timeout + 4 * seconds,
    )
    if done.returncode != 0 or not done.stdout:
        raise Failed(f"slim-load {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return json.loads(done.stdout)


def get(result, path):
    """`result[a][b]` for "a.b"; None where it is not."""
    for key in path.split("."):
        if not isinstance(result, dict) or key not in result:
            return None
        result = result[key]
    return result


def median(runs, path):
    values = [value for run in runs if (value := get(run, path)) is not None]
    return statistics.median(values) if values else None


def in_turns(program, contenders, arguments, rounds, seconds, timeout=60):
    """The results by contender, one a round; each kind of server is started once, and is new.

    `contenders` maps a key to a Contender; `arguments` are slim-load's for all of them. What fails is
    said, and counts as no result.
    """
    results = {key: [] for key in contenders}
    nodes = {}
    try:
        for key, contender in contenders.items():
            nodes[key] = contender.start()
        for _ in range(rounds):
            for key, contender in contenders.items():
                try:
                    results[key].append(
                        run_load(program, nodes[key], [*arguments, *contender.arguments], seconds, timeout)
                    )
                except (Failed, subprocess.TimeoutExpired) as error:
                    print(f"{contender.title}: {error}", file=sys.stderr)
    finally:
        for node in nodes.values():
            node.stop()
    for key, runs in results.items():
        if lost := sum(run["lost"] for run in runs):
            print(f"{contenders[key].title}: {lost} messages were lost", file=sys.stderr)
    return results
