"""Runs the node that a published package up to 0.6.3 embeds: published_node_old.py HOST:PORT."""

import asyncio
import sys

import slim_bindings as sb


async def main():
    await sb.init_tracing({"log_level": "info"})
    if hasattr(sb, "PyName"):
        slim = await sb.Slim.new(
            sb.PyName("org", "nodes", "node"),
            sb.PyIdentityProvider.SharedSecret(identity="node", shared_secret="secret"),
            sb.PyIdentityVerifier.SharedSecret(identity="node", shared_secret="secret"),
        )
    else:  # 0.3 has no identities
        slim = await sb.Slim.new("org", "nodes", "node")
    await slim.run_server({"endpoint": sys.argv[1], "tls": {"insecure": True}})
    print("running", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
