"""What is measured, and what it is to come to.

A goal of a rate is the least that slimd's, divided by the other's, may be; of a latency, the most.
"""

from dataclasses import dataclass

# Clients with a shared secret send another identity with each message: tokens of about 250 bytes.
DIFFERS = ["--identities", "1024", "--identity-bytes", "250"]


@dataclass
class Workload:
    name: str
    arguments: list
    public: float | None = None  # goals: ratio to the public node, and to NATS
    nats: float | None = None
    against_nats: bool = True


RATES = [
    Workload("64 B, 1→1, identity differs", ["--size", "64", *DIFFERS], 15),
    Workload("64 B, 1→1, identity repeats", ["--size", "64"], 40, 1.2),
    Workload("1 KiB, 1→1, identity repeats", ["--size", "1024"], 50, 1.2),
    Workload("16 KiB, 1→1, identity repeats", ["--size", "16384"], 25, 1.3),
    Workload(
        "64 B, multicast 1→8, delivered", ["--size", "64", "--shape", "fanout", "--subscribers", "8"], 12, 1.3
    ),
    Workload("64 B, 16 pairs, identity repeats", ["--size", "64", "--pairs", "16"], 8, 0.8),
    Workload("64 B, 16 pairs, identity differs", ["--size", "64", "--pairs", "16", *DIFFERS], 4, against_nats=False),
]

# The goals of p50 and p99, each to the public node and to NATS.
LATENCY_GOALS = {"p50": (1 / 10, 1.0), "p99": (1 / 3, 1.0)}
LATENCIES = [
    Workload("64 B, 1→1, paced, 5 000 a second", ["--size", "64", "--rate", "5000"]),
    Workload("64 B, 1→1, paced, 50 000 a second", ["--size", "64", "--rate", "50000"]),
]

REQUEST_REPLY_GOAL = 1 / 150
REQUEST_REPLY = "16 KiB request-reply of slimctl bench"
SUBSCRIPTIONS_GOAL = 100
SUBSCRIPTIONS = "subscriptions with acknowledgement, each another name"
