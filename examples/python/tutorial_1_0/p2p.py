"""Point-to-point with slim-bindings 1.0: answers messages, or sends them if there is a --message."""

import asyncio
import datetime

import slim_bindings as slim

from common import join, name_of, options, run, say


async def send(app, connection, arguments):
    if not arguments.remote:
        raise ValueError("Remote ID must be provided when message is specified.")
    own, remote = str(app.id()), name_of(arguments.remote)
    await app.set_route_async(remote, connection)
    config = slim.SessionConfig(
        session_type=slim.SessionType.POINT_TO_POINT,
        enable_mls=arguments.enable_mls,
        max_retries=5,
        interval=datetime.timedelta(seconds=5),
        metadata={},
    )
    made = await app.create_session_async(config, remote)
    await made.completion.wait_async()
    session = made.session
    for number in range(1, arguments.iterations + 1):
        try:
            await session.publish_async(arguments.message.encode(), None, None)
            say(own, f"Sent message {arguments.message} - {number}/{arguments.iterations}")
            reply = await session.get_message_async(datetime.timedelta(seconds=30))
            say(own, f"received (from session {session.session_id()}): {bytes(reply.payload).decode()}")
        except Exception as error:
            say(own, f"error: {error}")
        await asyncio.sleep(1)
    closed = await app.delete_session_async(session)
    await closed.wait_async()


async def answer(app, session):
    own = str(app.id())
    while True:
        try:
            message = await session.get_message_async(None)
        except Exception:
            return
        text = bytes(message.payload).decode()
        say(own, f"received: {text}")
        await session.publish_async(f"{text} from {own}".encode(), None, None)


async def receive(app):
    running = set()
    while True:
        say(str(app.id()), "waiting for new session to be established")
        session = await app.listen_for_session_async(None)
        say(str(app.id()), f"new session {session.session_id()}")
        running.add(asyncio.create_task(answer(app, session)))


async def main():
    parser = options(__doc__)
    parser.add_argument("--message", help="send this instead of answering")
    parser.add_argument("--iterations", type=int, default=10)
    arguments = parser.parse_args()
    app, connection = await join(arguments)
    await (send(app, connection, arguments) if arguments.message else receive(app))


run(main())
