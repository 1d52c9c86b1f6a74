"""Point-to-point with slim-bindings 0.6: answers messages, or sends them if there is a --message."""

import asyncio
import datetime

import slim_bindings as slim

from common import join, name_of, options, run, say


async def send(app, arguments):
    if not arguments.remote:
        raise ValueError("Remote ID must be provided when message is specified.")
    remote = name_of(arguments.remote)
    await app.set_route(remote)
    session = await app.create_session(
        slim.PySessionConfiguration.PointToPoint(
            peer_name=remote,
            max_retries=5,
            timeout=datetime.timedelta(seconds=5),
            mls_enabled=arguments.enable_mls,
        )
    )
    for number in range(1, arguments.iterations + 1):
        try:
            await session.publish(arguments.message.encode())
            say(app.id_str, f"Sent message {arguments.message} - {number}/{arguments.iterations}:")
            _, reply = await session.get_message()
            say(app.id_str, f"received (from session {session.id}): {reply.decode()}")
        except Exception as error:
            say(app.id_str, f"error: {error}")
        await asyncio.sleep(1)


async def answer(app, session):
    while True:
        try:
            context, payload = await session.get_message()
        except Exception:
            return
        text = payload.decode()
        say(app.id_str, f"received: {text}")
        await session.publish_to(context, f"{text} from {app.id_str}".encode())


async def receive(app):
    running = set()
    while True:
        say(app.id_str, "waiting for new session to be established")
        session = await app.listen_for_session()
        say(app.id_str, f"new session {session.id}")
        running.add(asyncio.create_task(answer(app, session)))


async def main():
    parser = options(__doc__)
    parser.add_argument("--message", help="send this instead of answering")
    parser.add_argument("--iterations", type=int, default=10)
    arguments = parser.parse_args()
    app = await join(arguments)
    await (send(app, arguments) if arguments.message else receive(app))


run(main())
