"""Runs the node that the published package embeds from a configuration file of its own."""

import signal
import sys

import slim_bindings as sb

sb.initialize_from_config(sys.argv[1])  # starts what the file configures
print("running", flush=True)
signal.pause()
