"""What the programs of the tutorials for slim-bindings 0.6 share: options, lines, joining a node."""

import argparse
import asyncio
import json
import sys
import threading

import slim_bindings as slim

BOLD_CYAN, RESET = "\033[1m\033[96m", "\033[0m"


def options(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--local", required=True, help="own name, organization/namespace/app")
    parser.add_argument("--remote", help="name of the peer or of the group")
    parser.add_argument(
        "--slim",
        type=json.loads,
        default={"endpoint": "http://127.0.0.1:46357", "tls": {"insecure": True}},
        help="client configuration of the node, as JSON",
    )
    parser.add_argument("--shared-secret", default="secret")
    parser.add_argument("--enable-mls", action="store_true", help="encrypt from end to end")
    parser.add_argument("--invites", action="append", default=[], help="a name to invite; can be repeated")
    return parser


def name_of(text):
    try:
        organization, namespace, app = text.split("/")
    except ValueError:
        print("Error: IDs must be in the format organization/namespace/app-or-stream.")
        raise
    return slim.PyName(organization, namespace, app)


def say(first, second=""):
    """A line of the tutorials: who, in bold and 45 columns wide, and what."""
    print(f"{BOLD_CYAN}{first.capitalize():<45}{RESET}{second}", flush=True)


async def join(arguments):
    """An application under the name of --local, connected to the node of --slim."""
    slim.init_tracing({"log_level": "error"})  # works without being awaited
    print("Warning: Falling back to shared-secret authentication. Don't use this in production!", flush=True)
    app = await slim.Slim.new(
        name_of(arguments.local),
        slim.PyIdentityProvider.SharedSecret(identity=arguments.local, shared_secret=arguments.shared_secret),
        slim.PyIdentityVerifier.SharedSecret(identity=arguments.local, shared_secret=arguments.shared_secret),
    )
    say(app.id_str, "Created app")
    await app.connect(arguments.slim)
    say(app.id_str, f"Connected to {arguments.slim['endpoint']}")
    return app


def typed_lines():
    """A queue of the lines that are typed; None at the end of the input."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue()

    def read():
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))
        loop.call_soon_threadsafe(lines.put_nowait, None)

    # A thread of its own that the end of the program does not wait for.
    threading.Thread(target=read, daemon=True).start()
    return lines


def prompt(text):
    """Only for somebody who types: in a pipe it would stand before the next line."""
    if sys.stdin.isatty():
        print(text, end="", flush=True)


def run(main):
    try:
        asyncio.run(main)
    except KeyboardInterrupt:
        print("Client interrupted by user.")
