"""Runs the node that a published package embeds: published_node.py CONFIGURATION|HOST:PORT.

A configuration is a file of the package's own, for 3.x. With HOST:PORT it is one plain server, for
1.0 and later.
"""

import signal
import sys

import slim_bindings as sb

target = sys.argv[1]
if target.endswith(".yaml"):
    sb.initialize_from_config(target)  # starts what the file configures
else:
    sb.initialize_with_configs(
        runtime_config=sb.new_runtime_config(),
        tracing_config=sb.new_tracing_config_with("info", True, True, []),
        service_config=[sb.new_service_config()],
    )
    sb.get_global_service().run_server(sb.new_insecure_server_config(target))
print("running", flush=True)
signal.pause()
