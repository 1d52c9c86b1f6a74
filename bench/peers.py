"""Measures slimd and the public node side by side: the same load, in turns, on the same machine.

    ./dev bench [--rounds N] [--seconds S]

Prints one table; a figure is the median of the rounds, a ratio is slimd's over the public node's.
Times and rates of one machine say little; the ratio of one run is what counts.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "harness"))

# Name, and the arguments of slim-load. Shared-secret clients send another identity with each message.
WORKLOADS = [
    ("64 B, 1→1, identity differs", ["--size", "64", "--identities", "1024", "--identity-bytes", "250"]),
    ("64 B, 1→1, identity repeats", ["--size", "64"]),
    ("1 KiB, 1→1, identity repeats", ["--size", "1024"]),
    ("16 KiB, 1→1, identity repeats", ["--size", "16384"]),
    ("64 B, multicast 1→8, delivered", ["--size", "64", "--shape", "fanout", "--subscribers", "8"]),
    ("64 B, 16 pairs, identity repeats", ["--size", "64", "--pairs", "16"]),
]


def load(program, node, arguments, seconds):
    done = subprocess.run(
        [program, "--port", str(node.port), "--node-pid", str(node.process.pid), "--seconds", str(seconds), *arguments],
        capture_output=True, text=True, timeout=60 + 4 * seconds,
    )
    if not done.stdout:
        raise SystemExit(f"slim-load failed: {done.stderr}")
    result = json.loads(done.stdout)
    if result["lost"]:
        print(f"  {result['lost']} messages were lost", file=sys.stderr)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    options = parser.parse_args()
    build = pathlib.Path(options.build).resolve()
    os.environ["SLIM_SLIMD"] = str(build / "daemon" / "slimd")
    program = str(build / "bench" / "slim-load")
    from nodes import PublishedNode, Slimd

    nodes = {"slimd": Slimd(level="info"), "public": PublishedNode(cores=0, level="error")}
    try:
        print("| workload | slimd, msg/s | public node, msg/s | ratio | slimd, CPU µs/msg | public, CPU µs/msg |")
        print("|---|---:|---:|---:|---:|---:|")
        for name, arguments in WORKLOADS:
            rates, costs = {}, {}
            for _ in range(options.rounds):
                for node in nodes:
                    result = load(program, nodes[node], arguments, options.seconds)
                    rates.setdefault(node, []).append(result["per_second"])
                    costs.setdefault(node, []).append(result["node_cpu_us_per_message"])
            rate = {node: statistics.median(values) for node, values in rates.items()}
            cost = {node: statistics.median(values) for node, values in costs.items()}
            print(
                f"| {name} | {rate['slimd']:,.0f} | {rate['public']:,.0f} | {rate['slimd'] / rate['public']:.1f} "
                f"| {cost['slimd']:.2f} | {cost['public']:.2f} |", flush=True,
            )
    finally:
        for node in nodes.values():
            node.stop()


if __name__ == "__main__":
    main()
