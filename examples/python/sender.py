"""Opens an encrypted session to org/demo/receiver, sends three messages and prints the answers.

usage: sender.py [ENDPOINT]
"""

import asyncio
import datetime
import sys

import slim_bindings as slim

from common import join


async def main():
    endpoint = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:46357"
    app, link = await join(endpoint, "org/demo/sender")
    receiver = slim.Name.from_string("org/demo/receiver")
    await app.set_route_async(receiver, link)
    made = await app.create_session_async(
        slim.SessionConfig(
            session_type=slim.SessionType.POINT_TO_POINT,
            max_retries=5,
            interval=datetime.timedelta(seconds=1),
            metadata={},
            mls_settings=slim.MlsSettings(
                header_integrity_validation_percent=100, max_seen_control_message_ids_size=None
            ),
        ),
        receiver,
    )
    await made.completion.wait_async()
    for text in ("hello", "how are you", "goodbye"):
        await made.session.publish_async(text.encode(), None, None)
        answer = await made.session.get_message_async(datetime.timedelta(seconds=10))
        print(f"answer: {bytes(answer.payload).decode()}", flush=True)
    closed = await app.delete_session_async(made.session)
    await closed.wait_async()


asyncio.run(main())
