"""A group with slim-bindings 0.6: whoever has --remote and --invites makes it, the others join."""

import asyncio
import datetime

import slim_bindings as slim

from common import join, name_of, options, prompt, run, say, typed_lines


async def create(app, arguments):
    local = app.local_name
    say(f"Creating new group session (moderator)... {local}")
    session = await app.create_session(
        slim.PySessionConfiguration.Group(
            channel_name=name_of(arguments.remote),
            max_retries=5,
            timeout=datetime.timedelta(seconds=5),
            mls_enabled=arguments.enable_mls,
        )
    )
    await asyncio.sleep(1)
    for invited in map(name_of, arguments.invites):
        await app.set_route(invited)
        await session.invite(invited)
        print(f"{local} -> add {invited} to the group", flush=True)
    return session


async def hear(app, session):
    while True:
        try:
            context, payload = await session.get_message()
        except Exception as error:
            say(str(app.local_name), f"-> Error receiving message: {error}")
            return
        print(f"{context.source_name} > {payload.decode()}", flush=True)


async def speak(app, session, lines):
    while True:
        prompt(f"{session.src} > ")
        line = await lines.get()
        if line is None or line.lower() in ("exit", "quit"):
            await app.delete_session(session)
            return
        try:
            await session.publish(line.encode())
        except Exception as error:
            say(str(app.local_name), f"-> Error sending message: {error}")


async def main():
    arguments = options(__doc__).parse_args()
    app = await join(arguments)
    if arguments.remote and arguments.invites:
        session = await create(app, arguments)
    else:
        say(str(app.local_name), "-> Waiting for session...")
        session = await app.listen_for_session()
    print(f"Welcome to the group {session.dst}!")
    print("Send a message to the group, or type 'exit' or 'quit' to quit.", flush=True)
    tasks = [
        asyncio.create_task(hear(app, session)),
        asyncio.create_task(speak(app, session, typed_lines())),
    ]
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()


run(main())
