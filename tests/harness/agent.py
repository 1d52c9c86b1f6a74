"""One published client in a process of its own, driven by JSON lines on standard input.

A request is {"id": n, "do": command, ...}, an answer {"id": n, "ok": result} or {"id": n,
"error": text}. Requests run concurrently, so that a waiting one does not hold up the next. Bytes
travel as base64. This agent speaks the API of slim-bindings 1.0 and later.
"""

import asyncio
import base64
import datetime
import json
import os
import sys

import slim_bindings as sb


def seconds(value):
    return None if value is None else datetime.timedelta(seconds=value)


def encode(data):
    return base64.b64encode(bytes(data)).decode()


class Agent:
    def __init__(self):
        self.app = None
        self.conn = None
        self.sessions = {}
        self.received = {}

    # --- the process ---

    async def version(self):
        return sb.get_version()

    async def serve(self, endpoint):
        """Runs the node that the package embeds."""
        await sb.get_global_service().run_server_async(sb.new_insecure_server_config(endpoint))

    # --- the application ---

    async def start(self, name, secret, endpoint=None, config=None):
        # The blocking form: the coroutine of this package needs a runtime of its own to be called in.
        service = sb.get_global_service()
        self.app = service.create_app_with_secret(sb.Name.from_string(name), secret)
        if endpoint is not None:
            client = sb.new_insecure_client_config(endpoint)
            self.conn = await service.connect_async(client)
        elif config is not None:
            self.conn = await service.connect_async(sb.new_config_from_json(json.dumps(config)))
        if self.conn is not None:
            await self.app.subscribe_async(self.app.name(), self.conn)
        return {"id": str(self.app.id()), "conn": self.conn}

    async def subscribe(self, name):
        await self.app.subscribe_async(sb.Name.from_string(name), self.conn)

    async def unsubscribe(self, name):
        await self.app.unsubscribe_async(sb.Name.from_string(name), self.conn)

    async def route(self, name):
        await self.app.set_route_async(sb.Name.from_string(name), self.conn)

    # --- sessions ---

    def keep(self, session):
        number = session.session_id()
        self.sessions[number] = session
        return {
            "session": number,
            "source": str(session.source()),
            "destination": str(session.destination()),
            "metadata": dict(session.metadata()),
        }

    async def open(self, kind, to, mls, retries=5, interval=1.0, metadata=None):
        config = sb.SessionConfig(
            session_type=getattr(sb.SessionType, kind),
            max_retries=retries,
            interval=seconds(interval),
            metadata=metadata or {},
            mls_settings=sb.MlsSettings(
                header_integrity_validation_percent=100, max_seen_control_message_ids_size=None
            )
            if mls
            else None,
        )
        made = await self.app.create_session_async(config, sb.Name.from_string(to))
        await made.completion.wait_async()
        return self.keep(made.session)

    async def listen(self, timeout=30.0):
        return self.keep(await self.app.listen_for_session_async(seconds(timeout)))

    async def invite(self, session, name):
        handle = await self.sessions[session].invite_async(sb.Name.from_string(name))
        await handle.wait_async()

    async def remove(self, session, name):
        handle = await self.sessions[session].remove_async(sb.Name.from_string(name))
        await handle.wait_async()

    async def participants(self, session):
        found = await self.sessions[session].participants_list_async()
        return sorted(str(getattr(p, "name", p)) for p in found)

    async def publish(self, session, data, payload_type=None, metadata=None, wait=True):
        handle = await self.sessions[session].publish_async(
            base64.b64decode(data), payload_type, metadata
        )
        if wait:
            await handle.wait_async()

    async def receive(self, session, timeout=30.0):
        message = await self.sessions[session].get_message_async(seconds(timeout))
        context = message.context
        return {
            "data": encode(message.payload),
            "payload_type": context.payload_type,
            "metadata": dict(context.metadata),
            "source": str(context.source_name),
        }

    async def close(self, session):
        handle = await self.app.delete_session_async(self.sessions.pop(session))
        await handle.wait_async()

    # --- loops that would be slow over the pipe ---

    async def echo(self, timeout=60.0):
        """Accepts sessions from now on and answers each message with itself, reversed."""

        async def serve(session):
            while True:
                try:
                    message = await session.get_message_async(seconds(timeout))
                    await session.publish_async(bytes(message.payload)[::-1], None, None)
                except Exception as error:
                    if "session closed" in str(error).lower() or "dropped" in str(error).lower():
                        return

        async def accept():
            while True:
                try:
                    session = await self.app.listen_for_session_async(None)
                except Exception:
                    return
                asyncio.create_task(serve(session))

        asyncio.create_task(accept())

    async def ask(self, session, count, size=16, timeout=30.0):
        """Sends and checks `count` requests; the answers must be theirs."""
        endpoint = self.sessions[session]
        for number in range(count):
            request = number.to_bytes(8, "big") + os.urandom(max(size - 8, 0))
            await endpoint.publish_async(request, None, None)
            answer = await endpoint.get_message_async(seconds(timeout))
            if bytes(answer.payload) != request[::-1]:
                raise RuntimeError(f"request {number} got a wrong answer")
        return count

    async def collect(self, session, count, timeout=30.0):
        """Payloads of the next messages, by sender."""
        got = {}
        for _ in range(count):
            message = await self.sessions[session].get_message_async(seconds(timeout))
            source = str(message.context.source_name)
            got.setdefault(source, []).append(encode(message.payload))
        return got

    async def flood(self, session, count, size):
        """Numbered messages as fast as they are taken."""
        for number in range(count):
            payload = number.to_bytes(8, "big") + bytes(size - 8)
            handle = await self.sessions[session].publish_async(payload, None, None)
        await handle.wait_async()


async def main():
    agent = Agent()
    loop = asyncio.get_running_loop()
    if hasattr(sb, "uniffi_set_event_loop"):
        sb.uniffi_set_event_loop(loop)
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


sb.initialize_with_configs(
    runtime_config=sb.new_runtime_config(),
    tracing_config=sb.new_tracing_config_with("error", True, True, []),
    service_config=[sb.new_service_config()],
)
asyncio.run(main())
