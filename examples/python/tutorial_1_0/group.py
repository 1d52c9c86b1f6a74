"""A group with slim-bindings 1.0: whoever has --remote and --invites makes it, the others join."""

import asyncio
import datetime

import slim_bindings as slim

from common import join, name_of, options, prompt, run, say, typed_lines


async def create(app, connection, arguments):
    local = app.name()
    say(f"Creating new group session (moderator)... {local}")
    config = slim.SessionConfig(
        session_type=slim.SessionType.GROUP,
        enable_mls=arguments.enable_mls,
        max_retries=5,
        interval=datetime.timedelta(seconds=5),
        metadata={},
    )
    made = await app.create_session_async(config, name_of(arguments.remote))
    await made.completion.wait_async()
    for invited in map(name_of, arguments.invites):
        await app.set_route_async(invited, connection)
        joined = await made.session.invite_async(invited)
        await joined.wait_async()
        print(f"{local} -> add {invited} to the group", flush=True)
    return made.session


async def hear(app, session):
    while True:
        try:
            message = await session.get_message_async(None)
        except Exception as error:
            say(str(app.name()), f"-> Error receiving message: {error}")
            return
        print(f"{message.context.source_name} > {bytes(message.payload).decode()}", flush=True)
        if "PUBLISH_TO" not in message.context.metadata:  # an answer is not answered
            await session.publish_to_async(
                message.context, f"message received by {session.source()}".encode(), None, None
            )


async def speak(app, session, lines):
    while True:
        prompt(f"{session.source()} > ")
        line = await lines.get()
        if line is None or line.lower() in ("exit", "quit"):
            closed = await app.delete_session_async(session)
            await closed.wait_async()
            return
        try:
            await session.publish_async(line.encode(), None, None)
        except Exception as error:
            say(str(app.name()), f"-> Error sending message: {error}")


async def main():
    arguments = options(__doc__).parse_args()
    app, connection = await join(arguments)
    if arguments.remote and arguments.invites:
        session = await create(app, connection, arguments)
    else:
        say(str(app.name()), "-> Waiting for session...")
        session = await app.listen_for_session_async(None)
    print(f"Welcome to the group {session.destination()}!")
    print("Send a message to the group, or type 'exit' or 'quit' to quit.", flush=True)
    tasks = [
        asyncio.create_task(hear(app, session)),
        asyncio.create_task(speak(app, session, typed_lines())),
    ]
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()


run(main())
