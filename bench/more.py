"""What slimd is measured against itself and against fixed bounds: memory, TLS, generations, workers,
receivers that stop, subscriptions that come while messages go, and what clients do to the ratios."""

import os
import pathlib
import sys
import tempfile

import contenders
from certificates import Authority
from measure import Failed, in_turns, median
from report import Table, number
from workloads import DIFFERS

KIB = 1024
MIB = 1024 * 1024
LOOSE = "          require_header_mac: false\n"
MANY = "slimd: {max_connections: 30000}\n"
# Within the machine's memory and slimd's default bounds.
SUBSCRIPTIONS = 1_000_000
PREFIXES = 100_000


class More:
    """Each measurement adds rows: what, value, goal, whether it is met."""

    def __init__(self, bench, folder):
        self.bench = bench
        self.options = bench.options
        self.folder = folder
        self.table = Table("measurement", "value", "goal", "met")

    def row(self, name, value, goal="–", met=None):
        self.table.row(name, value, goal, "–" if met is None else "yes" if met else "**no**")

    def turns(self, chosen, arguments, rounds=None, timeout=60, seconds=None):
        """All of `chosen` (key to Contender) with these arguments; complains where one has no result."""
        o = self.options
        results = in_turns(
            self.bench.program, chosen, arguments, rounds or o.rounds, seconds or o.seconds, timeout
        )
        for key, runs in results.items():
            if not runs:
                raise Failed(f"{key} gave no result")
        return results

    def one(self, arguments, contender=None, rounds=1, seconds=None):
        chosen = {"slimd": contender or contenders.slimd()}
        return self.turns(chosen, arguments, rounds, 600, seconds)["slimd"]

    def tls_config(self):
        """A server entry's keys for a certificate of its own."""
        certificate, key = Authority(self.folder).issue("server")
        return f"          tls:\n            source: {{type: file, cert: {certificate}, key: {key}}}\n"

    def tls_slimd(self, title, root=""):
        text = (
            f"tracing: {{log_level: info}}\n{root}services:\n  slim/0:\n    dataplane:\n      servers:\n"
            f'        - endpoint: "127.0.0.1:0"\n{self.tls_config()}'
        )
        return contenders.slimd(title, ["--tls"], text=text)

    # --- one measurement each ---

    def subscription_memory(self):
        count = SUBSCRIPTIONS // (10 if self.options.quick else 1)
        runs = self.one(["--shape", "subscriptions", "--count", str(count), "--prefixes", "1000", "--links", "20"])
        each, rate = median(runs, "node_rss_per_subscription"), median(runs, "per_second")
        self.row(f"{count:,} subscriptions, 1000 names: RSS each", f"{number(each)} bytes", "≤ 200", each <= 200)
        self.row(
            f"{count:,} subscriptions, 1000 names: as fast as answered", f"{number(rate)}/s", "≥ 200 000", rate >= 200_000
        )
        count = PREFIXES // (10 if self.options.quick else 1)
        runs = self.one(["--shape", "subscriptions", "--count", str(count), "--prefixes", str(count), "--links", "20"])
        each, rate = median(runs, "node_rss_per_subscription"), median(runs, "per_second")
        self.row(f"{count:,} subscriptions, each its own name", f"{number(each)} bytes each, {number(rate)}/s")

    def subscriptions_while_forwarding(self):
        """At a rate a little above the goal, so that the goal can be met with latencies as they are."""
        count = SUBSCRIPTIONS // (10 if self.options.quick else 1)
        runs = self.one([
            "--shape", "subscriptions", "--count", str(count), "--prefixes", "1000", "--links", "20",
            "--rate", "5000", "--subscribe-rate", "205000", "--ack-window", "64",
        ])
        quiet, adding = median(runs, "quiet_latency_us.p99"), median(runs, "adding_latency_us.p99")
        rate = median(runs, "per_second")
        name = "1→1 at 5 000/s while subscriptions come"
        self.row(f"{name}: subscriptions", f"{number(rate)}/s", "≥ 200 000", rate >= 200_000)
        self.row(
            f"{name}: p99, quiet and then", f"{number(quiet)} and {number(adding)} µs", "≤ 2 × quiet",
            adding <= 2 * quiet,
        )

    def idle_links(self):
        count = 1000 if self.options.quick else 10_000
        plain = contenders.slimd("slimd", root=MANY)
        for name, contender, bound in (("plain", plain, 32), ("TLS", self.tls_slimd("slimd with TLS", MANY), 64)):
            runs = self.one(["--shape", "idle", "--links", str(count)], contender)
            each = median(runs, "node_rss_per_link") / KIB
            self.row(f"{count:,} idle links, {name}: RSS each", f"{number(each)} KiB", f"≤ {bound} KiB", each <= bound)

    def tls(self):
        chosen = {"plain": contenders.slimd("slimd"), "tls": self.tls_slimd("slimd with TLS")}
        rate = {key: median(runs, "per_second") for key, runs in self.turns(chosen, ["--size", "64"]).items()}
        share = rate["tls"] / rate["plain"]
        self.row(
            "64 B, 1→1, TLS to plain text", f"{number(rate['tls'])} to {number(rate['plain'])}/s: {number(share)}",
            "≥ 0.6", share >= 0.6,
        )

    def generations(self):
        chosen = {
            name: contenders.slimd(f"slimd, {name}", arguments, server=LOOSE)
            for name, arguments in (
                ("D", ["--mac", "off"]), ("C", ["--generation", "c"]), ("B", ["--generation", "b"]),
            )
        }
        for what, arguments in (("repeats", []), ("differs", DIFFERS)):
            results = self.turns(chosen, ["--size", "64", *arguments])
            rate = {key: median(runs, "per_second") for key, runs in results.items()}
            for key in ("C", "B"):
                share = rate[key] / rate["D"]
                self.row(
                    f"64 B, 1→1, identity {what}: {key} to D without MAC",
                    f"{number(rate[key])} to {number(rate['D'])}/s: {number(share)}", "≥ 0.9", share >= 0.9,
                )

    def workers(self):
        """Two workers can only show what they do where the load generator has a core of its own."""
        chosen = {
            str(n): contenders.slimd(f"slimd, {n} workers", root=f"runtime: {{n_cores: {n}}}\n") for n in (1, 2)
        }
        for what, arguments in (("repeats", []), ("differs", DIFFERS)):
            results = self.turns(chosen, ["--size", "64", "--pairs", "16", *arguments])
            rate = {key: median(runs, "per_second") for key, runs in results.items()}
            used = median(results["2"], "load_cpu_share")
            shared = (os.cpu_count() or 1) < 3
            note = f" (load generator: {number(used)} of the same {os.cpu_count()} cores)" if shared else ""
            self.row(
                f"64 B, 16 pairs, identity {what}: two workers to one{note}",
                f"{number(rate['2'])} to {number(rate['1'])}/s: {number(rate['2'] / rate['1'])}",
            )

    def stalled_subscriber(self):
        """A new node each time: the one that stops is cut, and what it cost must not be seen later."""
        # Large and long enough for the kernel's buffers and the node's queue to be full soon.
        seconds = max(3, self.options.seconds)
        base = ["--size", "1024", "--shape", "fanout", "--subscribers", "99", "--warmup", "0"]
        quiet, stalled = [], []
        for _ in range(self.options.rounds):
            quiet += self.one(base, seconds=seconds)
            stalled += self.one([*base, "--stalled", "1"], seconds=seconds)
        without, with_one = median(quiet, "per_second"), median(stalled, "per_second")
        self.row(
            "1 KiB, multicast 1→99, and a 100th that reads nothing: rate of the 99",
            f"{number(with_one)} to {number(without)}/s: {number(with_one / without)}",
        )
        self.row(
            "… highest RSS, with and without the 100th",
            " and ".join(f"{number(median(runs, 'node_rss_peak') / MIB)} MiB" for runs in (stalled, quiet)),
        )

    def frame_size(self):
        """slimd announces larger DATA frames than HTTP/2's 16 KiB; here the publisher uses them or not."""
        small, large = ["--max-frame", "16384"], ["--max-frame", "65000"]
        chosen = {
            "16": contenders.slimd("slimd, 16 KiB frames", small), "64": contenders.slimd("slimd, 64 KiB frames", large)
        }
        for size in (64, 16384):
            results = self.turns(chosen, ["--size", str(size)])
            rate = {key: median(runs, "per_second") for key, runs in results.items()}
            self.row(
                f"{size} B, 1→1: DATA frames of 64 KiB to 16 KiB",
                f"{number(rate['64'])} to {number(rate['16'])}/s: {number(rate['64'] / rate['16'])}",
            )

    def quick_ack(self):
        """The public node keeps Nagle's algorithm on. So it waits for acknowledgements, which the kernel
        of a client that never asks otherwise (published clients do not) may hold back for 40 ms."""
        servers = {"slimd": contenders.slimd(), "public": contenders.public_node()}
        for name, arguments, path, unit in (
            ("64 B, 1→1", ["--size", "64"], "per_second", "/s"),
            ("16 KiB, 1→1", ["--size", "16384"], "per_second", "/s"),
            ("64 B, 1→1, paced, 5 000 a second: p50", ["--size", "64", "--rate", "5000"], "latency_us.p50", " µs"),
        ):
            as_usual = self.turns(servers, arguments)
            at_once = self.turns(servers, [*arguments, "--quick-ack"])
            for key, contender in servers.items():
                values = [number(median(results[key], path)) for results in (as_usual, at_once)]
                self.row(
                    f"{name}: {contender.title}, clients that acknowledge as usual, and at once",
                    f"{values[0]} and {values[1]}{unit}",
                )

    def anycast(self):
        runs = self.one(["--size", "64", "--shape", "anycast", "--subscribers", "8"], rounds=self.options.rounds)
        self.row("64 B, anycast among 8", f"{number(median(runs, 'per_second'))}/s")

    def churn(self):
        runs = self.one(["--shape", "churn", "--count", "2000" if self.options.quick else "10000", "--links", "16"])
        cost = number(median(runs, "node_cpu_us_per_connection"))
        self.row(
            "connect, negotiate, subscribe, go",
            f"{number(median(runs, 'per_second'))}/s, {cost} µs of the node's CPU each",
        )


MEASUREMENTS = {
    "subscription memory": More.subscription_memory,
    "subscriptions while forwarding": More.subscriptions_while_forwarding,
    "idle links": More.idle_links,
    "tls": More.tls,
    "generations": More.generations,
    "workers": More.workers,
    "stalled subscriber": More.stalled_subscriber,
    "frame size": More.frame_size,
    "clients that acknowledge at once": More.quick_ack,
    "anycast": More.anycast,
    "churn": More.churn,
}


def measure(bench):
    chosen = [run for name, run in MEASUREMENTS.items() if bench.wanted(name)]
    if not chosen:
        print(f"nothing of that name; there are: {', '.join(MEASUREMENTS)}", file=sys.stderr)
        return ""
    with tempfile.TemporaryDirectory() as folder:
        more = More(bench, pathlib.Path(folder))
        for run in chosen:
            try:
                run(more)
            except Failed as error:
                print(f"not measured: {error}", file=sys.stderr)
        return more.table.text()
