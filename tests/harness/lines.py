"""The agents' side of the pipe: JSON lines in, JSON lines out.

A request is {"id": n, "do": command, ...}, an answer {"id": n, "ok": result} or {"id": n,
"error": text}. Requests run concurrently, so that a waiting one does not hold up the next. Bytes
travel as base64. The agents run with the Python of any client, so nothing but the standard library
is used here.
"""

import asyncio
import base64
import json
import os
import sys


def encode(data):
    return base64.b64encode(bytes(data)).decode()


def decode(text):
    return base64.b64decode(text)


def answer_to(payload, tag):
    """What an answering client says to a request: its bytes reversed, and who it is."""
    return bytes(payload)[::-1] + tag.encode()


def split_answer(payload, size):
    return bytes(payload[:size]), bytes(payload[size:]).decode()


async def serve(agent):
    """Answers requests with the methods of `agent` until the pipe is closed."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=64 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = set()

    async def handle(request):
        number = request.pop("id")
        command = getattr(agent, request.pop("do"))
        try:
            answer = {"id": number, "ok": await command(**request)}
        except Exception as error:
            answer = {"id": number, "error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()

    while line := await reader.readline():
        task = asyncio.create_task(handle(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    os._exit(0)
