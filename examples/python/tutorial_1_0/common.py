"""What the programs of the tutorials for slim-bindings 1.0 share: options, lines, joining a node."""

import argparse
import asyncio
import sys
import threading

import slim_bindings as slim

BOLD_CYAN, RESET = "\033[1m\033[96m", "\033[0m"


def options(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--local", required=True, help="own name, organization/namespace/app")
    parser.add_argument("--remote", help="name of the peer or of the group")
    parser.add_argument("--slim", default="http://127.0.0.1:46357", help="address of the node")
    parser.add_argument(
        "--shared-secret",
        default="a secret of at least 32 characters, the same at all ends",
    )
    parser.add_argument("--enable-mls", action="store_true", help="encrypt from end to end")
    parser.add_argument("--invites", action="append", default=[], help="a name to invite; can be repeated")
    return parser


def name_of(text):
    try:
        organization, namespace, app = text.split("/")
    except ValueError:
        print("Error: IDs must be in the format organization/namespace/app-or-stream.")
        raise
    return slim.Name(organization, namespace, app)


def say(first, second=""):
    """A line of the tutorials: who, in bold and 45 columns wide, and what."""
    print(f"{BOLD_CYAN}{first.capitalize():<45}{RESET}{second}", flush=True)


async def join(arguments):
    """An application under the name of --local, and its connection to the node of --slim."""
    slim.initialize_with_configs(
        runtime_config=slim.new_runtime_config(),
        tracing_config=slim.new_tracing_config_with("error", False, False, []),
        service_config=[slim.new_service_config()],
    )
    print("Using shared-secret authentication.", flush=True)
    service = slim.get_global_service()
    # The blocking form: the coroutine of this package needs a runtime of its own to be called in.
    app = service.create_app_with_secret(name_of(arguments.local), arguments.shared_secret)
    say(str(app.id()), "Created app")
    connection = await service.connect_async(slim.new_insecure_client_config(arguments.slim))
    say(str(app.id()), f"Connected to {arguments.slim}")
    await app.subscribe_async(app.name(), connection)
    return app, connection


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
