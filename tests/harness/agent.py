"""One published client in a process of its own, driven by JSON lines; see lines.py.

This agent speaks the API of slim-bindings 1.0 and later; agent_old.py that of its forerunners.
"""

import asyncio
import datetime
import importlib.metadata
import json
import os

import slim_bindings as sb

from lines import answer_to, decode, encode, serve, split_answer

VERSION = tuple(map(int, importlib.metadata.version("slim-bindings").split(".")[:2]))


def seconds(value):
    return None if value is None else datetime.timedelta(seconds=value)


def name_of(text):
    return sb.Name(*text.split("/"))  # 1.0 has no from_string


class Agent:
    def __init__(self):
        self.app = None
        self.conn = None
        self.sessions = {}
        self.accepted = 0

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
        self.app = service.create_app_with_secret(name_of(name), secret)
        if endpoint is not None:
            client = sb.new_insecure_client_config(endpoint)
            self.conn = await service.connect_async(client)
        elif config is not None:
            self.conn = await service.connect_async(sb.new_config_from_json(json.dumps(config)))
        if self.conn is not None:
            await self.app.subscribe_async(self.app.name(), self.conn)
        return {"id": str(self.app.id()), "conn": self.conn}

    async def subscribe(self, name):
        await self.app.subscribe_async(name_of(name), self.conn)

    async def unsubscribe(self, name):
        await self.app.unsubscribe_async(name_of(name), self.conn)

    async def route(self, name):
        await self.app.set_route_async(name_of(name), self.conn)

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

    def encryption(self, mls):
        if VERSION < (2, 0):
            return {"enable_mls": mls}
        settings = sb.MlsSettings(
            header_integrity_validation_percent=100, max_seen_control_message_ids_size=None
        )
        return {"mls_settings": settings if mls else None}

    async def open(self, kind, to, mls, retries=5, interval=1.0, metadata=None):
        config = sb.SessionConfig(
            session_type=getattr(sb.SessionType, kind),
            max_retries=retries,
            interval=seconds(interval),
            metadata=metadata or {},
            **self.encryption(mls),
        )
        made = await self.app.create_session_async(config, name_of(to))
        await made.completion.wait_async()
        return self.keep(made.session)

    async def listen(self, timeout=30.0):
        return self.keep(await self.app.listen_for_session_async(seconds(timeout)))

    async def invite(self, session, name):
        handle = await self.sessions[session].invite_async(name_of(name))
        await handle.wait_async()

    async def remove(self, session, name):
        handle = await self.sessions[session].remove_async(name_of(name))
        await handle.wait_async()

    async def participants(self, session):
        found = await self.sessions[session].participants_list_async()
        return sorted(str(getattr(p, "name", p)) for p in found)

    async def publish(self, session, data, payload_type=None, metadata=None, wait=True):
        handle = await self.sessions[session].publish_async(
            decode(data), payload_type, metadata
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

    async def sessions_accepted(self):
        return self.accepted

    # --- loops that would be slow over the pipe ---

    async def echo(self, timeout=60.0, tag=""):
        """Accepts sessions from now on and answers each message with itself, reversed, and `tag`."""

        async def serve(session):
            while True:
                try:
                    message = await session.get_message_async(seconds(timeout))
                    await session.publish_async(answer_to(message.payload, tag), None, None)
                except Exception as error:
                    if "session closed" in str(error).lower() or "dropped" in str(error).lower():
                        return

        async def accept():
            while True:
                try:
                    session = await self.app.listen_for_session_async(None)
                except Exception:
                    return
                self.accepted += 1
                asyncio.create_task(serve(session))

        asyncio.create_task(accept())

    async def ask(self, session, count, size=16, timeout=30.0):
        """Sends and checks `count` requests, one after the other."""
        await self.spread(session, count, size, timeout)
        return count

    async def spread(self, session, count, size=16, patience=30.0, window=1, stale=False):
        """As ask, with up to `window` requests under way; the number of answers by who answered.

        With `stale`, answers to requests of an earlier try are passed over. `patience` is for each answer.
        """
        endpoint = self.sessions[session]
        by = {}
        pending = set()
        for number in range(count):
            request = number.to_bytes(8, "big") + os.urandom(max(size - 8, 0))
            await endpoint.publish_async(request, None, None)
            pending.add(request[::-1])
            while len(pending) == window or (pending and number == count - 1):
                message = await endpoint.get_message_async(seconds(patience))
                answer, tag = split_answer(message.payload, size)
                if stale and answer not in pending:
                    continue
                pending.remove(answer)
                by[tag] = by.get(tag, 0) + 1
        return by

    async def collect(self, session, count, timeout=30.0, only=""):
        """Payloads of the next messages, those that start with `only`, by sender."""
        got = {}
        while count:
            message = await self.sessions[session].get_message_async(seconds(timeout))
            if bytes(message.payload).startswith(only.encode()):
                count -= 1
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
    if hasattr(sb, "uniffi_set_event_loop"):
        sb.uniffi_set_event_loop(asyncio.get_running_loop())
    await serve(Agent())


sb.initialize_with_configs(
    runtime_config=sb.new_runtime_config(),
    tracing_config=sb.new_tracing_config_with(os.environ.get("SLIM_AGENT_LOG", "error"), True, True, []),
    service_config=[sb.new_service_config()],
)
asyncio.run(main())
