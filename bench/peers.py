"""Measures slimd, the public node and NATS: the same load, in turns, on the same machine.

    ./dev bench [more] [--rounds N] [--seconds S] [--window N] [--only SUBSTRING] [--quick]

A figure is the median of the rounds. Times and rates of one machine say little; the ratios of one run
are what counts. A whole run, neither quick nor of a part, writes its tables to docs/performance.md.
"""

import argparse
import os
import pathlib
import resource
import subprocess
import sys

import contenders
import more
import slimctl
from measure import in_turns, median
from report import Table, number, put, surroundings, verdict
from workloads import (
    LATENCIES, LATENCY_GOALS, RATES, REQUEST_REPLY, REQUEST_REPLY_GOAL, SUBSCRIPTIONS, SUBSCRIPTIONS_GOAL,
)

PAGE = contenders.ROOT / "docs" / "performance.md"
MIB = 1024 * 1024


def ratio(results, path, other):
    own, others = median(results["slimd"], path), median(results.get(other, []), path)
    return own / others if own is not None and others else None


def three(results, path, scale=1.0, digits=None):
    """slimd / public / NATS."""
    values = [median(results.get(key, []), path) for key in ("slimd", "public", "nats")]
    return " / ".join(number(value if value is None else value * scale, digits) for value in values)


class Bench:
    def __init__(self, options):
        self.options = options
        build = pathlib.Path(options.build).resolve()
        os.environ["SLIM_SLIMD"] = str(build / "daemon" / "slimd")
        self.program = str(build / "bench" / "slim-load")
        self.micro_program = build / "bench" / "slim-micro"
        self.all = {"slimd": contenders.slimd()}
        if options.what == "more":
            return
        self.all["public"] = contenders.public_node()
        if server := contenders.nats():
            self.all["nats"] = server
        else:
            print("NATS is not measured: there is no server (SLIM_NATS_SERVER)", file=sys.stderr)

    def wanted(self, name):
        return self.options.only.lower() in name.lower()

    def turns(self, workload, keys):
        chosen = {key: self.all[key] for key in keys if key in self.all}
        window = ["--window", str(self.options.window)] if self.options.window else []
        return in_turns(
            self.program, chosen, [*workload.arguments, *window], self.options.rounds, self.options.seconds
        )

    def micro(self):
        if self.micro_program.exists():
            print("What a message passes through, each step alone:\n", flush=True)
            subprocess.run([self.micro_program, "--benchmark_min_time=0.05"], check=True, stderr=subprocess.DEVNULL)
            print()

    def rates(self):
        """Throughput; the three figures of a cell are slimd's, the public node's and NATS's."""
        chosen = [w for w in RATES if self.wanted(w.name)]
        if not chosen:
            return ""
        table = Table(
            "workload", "messages/s", "node CPU, µs/message", "RSS, MiB", "to public node (goal)", "to NATS (goal)",
            "load generator, µs/message",
        )
        for w in chosen:
            results = self.turns(w, ["slimd", "public", *(["nats"] if w.against_nats else [])])
            table.row(
                w.name, three(results, "per_second"), three(results, "node_cpu_us_per_message", digits=2),
                three(results, "node_rss", 1 / MIB), verdict(ratio(results, "per_second", "public"), w.public),
                verdict(ratio(results, "per_second", "nats"), w.nats),
                three(results, "load_cpu_us_per_message", digits=2),
            )
        return table.text()

    def latencies(self):
        chosen = [w for w in LATENCIES if self.wanted(w.name)]
        if not chosen:
            return ""
        table = Table(
            "latency, µs from when it was due", "slimd / public / NATS", "to public node (goal)", "to NATS (goal)"
        )
        for w in chosen:
            results = self.turns(w, self.all)
            for quantile in ("p50", "p99", "p999"):
                path = f"latency_us.{quantile}"
                public, nats = LATENCY_GOALS.get(quantile, (None, None))
                table.row(
                    f"{w.name}: {quantile.replace('p999', 'p99.9')}", three(results, path),
                    verdict(ratio(results, path, "public"), public, at_most=True),
                    verdict(ratio(results, path, "nats"), nats, at_most=True),
                )
        return table.text()

    def request_reply(self):
        if not self.wanted(REQUEST_REPLY):
            return ""
        if not slimctl.available():
            print(f"not measured: {REQUEST_REPLY}, there is no slimctl (SLIM_SLIMCTL)", file=sys.stderr)
            return ""
        requests = 50 if self.options.quick else 200
        table = Table(f"{REQUEST_REPLY}, µs", "slimd / public", "to public node (goal)")
        results = {"slimd": [], "public": []}
        for _ in range(self.options.rounds):
            for key, runs in results.items():
                try:
                    runs.append(slimctl.request_reply(self.all[key].start, requests))
                except slimctl.NoReply:
                    print(f"{self.all[key].title}: no result", file=sys.stderr)
        for quantile, goal in (("p50", REQUEST_REPLY_GOAL), ("p99", None)):
            table.row(
                quantile, " / ".join(number(median(results[key], quantile)) for key in results),
                verdict(ratio(results, quantile, "public"), goal, at_most=True),
            )
        return table.text()

    def subscriptions(self):
        """The public node takes longer for each the more it has, minutes for all: one round only,
        which ends where it is after 200 s."""
        if not self.wanted(SUBSCRIPTIONS):
            return ""
        count = 100_000
        public_count = 5_000 if self.options.quick else count
        table = Table(SUBSCRIPTIONS, "subscriptions/s, slimd / public", "to public node (goal)", "node CPU, µs each")
        results = {}
        for key, n, rounds in (("slimd", count, self.options.rounds), ("public", public_count, 1)):
            results |= in_turns(
                self.program, {key: self.all[key]},
                ["--shape", "subscriptions", "--count", str(n), "--prefixes", str(n), "--at-most", "200"], rounds, 1, timeout=900,
            )
        reached = median(results["public"], "subscriptions") or 0
        fewer = "" if reached >= count else f" (public node: {reached:,.0f})"
        table.row(
            f"{count:,}{fewer}", " / ".join(number(median(results[key], "per_second")) for key in results),
            # Fewer at the public node are faster each, so the ratio for all of them is higher.
            "–" if self.options.quick else verdict(ratio(results, "per_second", "public"), SUBSCRIPTIONS_GOAL),
            " / ".join(number(median(results[key], "node_cpu_us_per_subscription")) for key in results),
        )
        return table.text()

    def compare(self):
        if not self.options.only:
            self.micro()
        names = [c.title for c in self.all.values()]
        print(surroundings(self.command(), names), "\nThree figures in a cell: slimd / public node / NATS.\n")
        parts = []
        for part in (self.rates, self.latencies, self.request_reply, self.subscriptions):
            if text := part():
                parts.append(text)
                print()
        intro = surroundings(self.command(), names) + " Three figures in a cell: slimd / public node / NATS."
        self.write("results", "\n\n".join([intro, *parts]))

    def command(self):
        o = self.options
        what = " more" if o.what == "more" else ""
        window = f" --window {o.window}" if o.window else ""
        return f"./dev bench{what} --rounds {o.rounds} --seconds {o.seconds:g}{window}"

    def write(self, marker, text):
        if self.options.only or self.options.quick:
            print(f"{PAGE.name} is left as it is: this was no whole run", file=sys.stderr)
            return
        put(PAGE, marker, text)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["peers", "more"], default="peers",
                        help="more: what slimd is measured against itself and against fixed bounds")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--window", type=int, help="publishes under way, of all nodes alike; default: slim-load's")
    parser.add_argument("--only", default="", metavar="SUBSTRING", help="of the names of what is measured")
    parser.add_argument("--quick", action="store_true", help="one short round, and less of what takes long")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.seconds = options.seconds or (1 if options.quick else 3)
    return options


def main():
    options = parse()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # nodes inherit it
    bench = Bench(options)
    if options.what == "more":
        names = [bench.all["slimd"].title]
        print(surroundings(bench.command(), names), "\n")
        if table := more.measure(bench):
            bench.write("more", surroundings(bench.command(), names) + "\n\n" + table)
    else:
        bench.compare()


if __name__ == "__main__":
    main()
