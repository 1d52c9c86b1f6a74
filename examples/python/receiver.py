"""Takes sessions under the name org/demo/receiver and answers each message.

usage: receiver.py [ENDPOINT]
"""

import asyncio
import sys

from common import join


async def main():
    endpoint = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:46357"
    app, _ = await join(endpoint, "org/demo/receiver")
    print(f"receiving as {app.name()}", flush=True)
    while True:
        session = await app.listen_for_session_async(None)
        print("a session was opened", flush=True)
        try:
            while True:
                message = await session.get_message_async(None)
                text = bytes(message.payload).decode()
                print(f"got: {text}", flush=True)
                await session.publish_async(f"you said: {text}".encode(), None, None)
        except Exception:
            print("the session was closed", flush=True)


asyncio.run(main())
