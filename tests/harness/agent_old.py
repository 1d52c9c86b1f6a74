"""One published client up to 0.6.3 in a process of its own, driven by JSON lines; see lines.py.

Two interfaces: up to 0.5 a session is a number, its messages are asked for by that number, and every
publish names its destination; in 0.6 a session is an object with a peer. Commands and results are
those of agent.py, as far as these clients can do what they ask for.
"""

import asyncio
import datetime
import importlib.metadata
import os

import slim_bindings as sb

from lines import answer_to, decode, encode, serve, split_answer

VERSION = tuple(map(int, importlib.metadata.version("slim-bindings").split(".")[:2]))


def seconds(value):
    return None if value is None else datetime.timedelta(seconds=value)


def name(text):
    return sb.PyName(*text.split("/"))


class Agent:
    def __init__(self):
        self.slim = None
        self.sessions = {}
        self.tasks = set()
        self.accepted = 0

    def spawn(self, coroutine):
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def version(self):
        return sb.get_version()

    # --- the application ---

    async def create(self, text, secret):
        return await sb.Slim.new(
            name(text),
            sb.PyIdentityProvider.SharedSecret(identity=text, shared_secret=secret),
            sb.PyIdentityVerifier.SharedSecret(identity=text, shared_secret=secret),
        )

    async def start(self, name, secret, endpoint=None):
        self.slim = await self.create(name, secret)
        if endpoint is not None:
            await self.slim.connect({"endpoint": endpoint, "tls": {"insecure": True}})
        return {"id": self.identity()}

    async def subscribe(self, name):
        await self.slim.subscribe(*self.address(name))

    async def unsubscribe(self, name):
        await self.slim.unsubscribe(*self.address(name))

    async def route(self, name):
        await self.slim.set_route(*self.address(name))

    def address(self, text):
        """A name as arguments of the package's functions."""
        return (name(text),)

    # --- sessions ---

    async def publish(self, session, data, payload_type=None, metadata=None, wait=True):
        await self.send(session, decode(data), payload_type, metadata)

    async def receive(self, session, timeout=30.0):
        _, payload = await asyncio.wait_for(self.next(session), timeout)
        return {"data": encode(payload)}

    async def collect(self, session, count, timeout=30.0, only=""):
        """Payloads of the next messages, those that start with `only`."""
        got = []
        while len(got) < count:
            _, payload = await asyncio.wait_for(self.next(session), timeout)
            if bytes(payload).startswith(only.encode()):
                got.append(encode(payload))
        return got

    async def ask(self, session, count, size=16, timeout=30.0):
        """Sends and checks `count` requests, one after the other."""
        await self.spread(session, count, size, timeout)
        return count

    async def spread(self, session, count, size=16, patience=30.0, window=1, stale=False):
        """As ask, with up to `window` requests under way; the number of answers by who answered.

        With `stale`, answers to requests of an earlier try are passed over. `patience` is for each answer.
        """
        by = {}
        pending = set()
        for number in range(count):
            request = number.to_bytes(8, "big") + os.urandom(max(size - 8, 0))
            await self.send(session, request)
            pending.add(request[::-1])
            while len(pending) == window or (pending and number == count - 1):
                _, payload = await asyncio.wait_for(self.next(session), patience)
                answer, tag = split_answer(payload, size)
                if stale and answer not in pending:
                    continue
                pending.remove(answer)
                by[tag] = by.get(tag, 0) + 1
        return by

    async def sessions_accepted(self):
        return self.accepted

    async def echo(self, tag=""):
        """Accepts sessions from now on and answers each message with itself, reversed, and `tag`."""
        self.spawn(self.accept(tag))


class ByNumber(Agent):
    """0.3 to 0.5."""

    async def create(self, text, secret):
        slim = await (sb.Slim.new(*text.split("/")) if VERSION < (0, 4) else super().create(text, secret))

        async def keep_receiving():
            # The package's loop, entered by `async with`, ends for good at the first error that is
            # no time-out: an application that is to outlive it has to start it again.
            while True:
                try:
                    await slim._receive_loop()
                except Exception:
                    await asyncio.sleep(0.05)

        self.spawn(keep_receiving())
        return slim

    def address(self, text):
        return tuple(text.split("/")) if VERSION < (0, 4) else super().address(text)

    def identity(self):
        return self.slim.get_agent_id() if VERSION < (0, 4) else self.slim.get_id()

    def configuration(self, kind, to, mls, retries, timeout):
        kinds = sb.PySessionConfiguration
        encrypted = {"mls_enabled": mls} if VERSION >= (0, 4) else {}
        if kind == "GROUP":
            if VERSION < (0, 4):  # no moderator: whoever knows the topic makes a session for it
                return kinds.Streaming(
                    sb.PySessionDirection.BIDIRECTIONAL, sb.PyAgentType(*to.split("/")), retries, timeout
                )
            return kinds.Streaming(
                sb.PySessionDirection.BIDIRECTIONAL, name(to), True, retries, timeout, **encrypted
            )
        if kind == "REQUEST":
            return kinds.RequestResponse(timeout)
        return kinds.FireAndForget(timeout, retries, sticky=kind == "POINT_TO_POINT", **encrypted)

    async def open(self, kind, to, mls=False, retries=5, interval=1.0):
        info = await self.slim.create_session(
            self.configuration(kind, to, mls, retries, seconds(interval))
        )
        self.sessions[info.id] = (info, to)
        return {"session": info.id}

    async def listen(self, timeout=30.0):
        # A session is shown with its first message, not with its invitation; the message comes again
        # as the first of that session.
        info, _ = await asyncio.wait_for(self.slim.receive(), timeout)
        to = None if VERSION < (0, 4) else "/".join(info.destination_name.components_strings())
        self.sessions[info.id] = (info, to)
        return {"session": info.id, "destination": to}

    async def send_as(self, session, to):
        """Names the group of a session that was accepted: these clients do not tell it."""
        self.sessions[session] = (self.sessions[session][0], to)

    async def invite(self, session, name):
        await self.slim.invite(self.sessions[session][0], *self.address(name))

    async def remove(self, session, name):
        # The facade of these packages has invite only.
        await sb._slim_bindings.remove(self.slim.svc, self.sessions[session][0], *self.address(name))

    async def send(self, session, payload, payload_type=None, metadata=None):
        info, to = self.sessions[session]
        more = () if VERSION < (0, 4) else (payload_type, metadata)
        await self.slim.publish(info, payload, *self.address(to), *more)

    async def next(self, session):
        return await self.slim.receive(session=session)

    async def close(self, session):
        del self.sessions[session]
        await self.slim.delete_session(session)

    async def accept(self, tag):
        async def answer(session):
            while True:
                try:
                    info, payload = await self.slim.receive(session=session)
                    await self.slim.publish_to(info, answer_to(payload, tag))
                except Exception:  # a time-out of an answer; the next request may do better
                    await asyncio.sleep(0.05)

        while True:
            info, _ = await self.slim.receive()
            self.accepted += 1
            self.spawn(answer(info.id))


class ByObject(Agent):
    """0.6."""

    def identity(self):
        return self.slim.id

    def keep(self, session):
        self.sessions[session.id] = session
        return {"session": session.id, "metadata": dict(session.metadata)}

    async def open(self, kind, to, mls=False, retries=5, interval=1.0, metadata=None):
        kinds = sb.PySessionConfiguration
        options = dict(
            max_retries=retries, timeout=seconds(interval), mls_enabled=mls, metadata=metadata or {}
        )
        if kind == "GROUP":
            config = kinds.Group(channel_name=name(to), **options)
        else:
            config = kinds.PointToPoint(peer_name=name(to), **options)
        return self.keep(await self.slim.create_session(config))

    async def listen(self, timeout=30.0):
        return self.keep(await self.slim.listen_for_session(seconds(timeout)))

    async def invite(self, session, name):
        await self.sessions[session].invite(*self.address(name))

    async def remove(self, session, name):
        await self.sessions[session].remove(*self.address(name))

    async def send(self, session, payload, payload_type=None, metadata=None):
        await self.sessions[session].publish(payload, payload_type, metadata)

    async def next(self, session):
        return await self.sessions[session].get_message()

    async def close(self, session):
        await self.slim.delete_session(self.sessions.pop(session))

    async def accept(self, tag):
        async def answer(session):
            while True:
                try:
                    context, payload = await session.get_message()
                    await session.publish_to(context, answer_to(payload, tag))
                except Exception as error:
                    if "session closed" in str(error) or "channel closed" in str(error):
                        return
                    await asyncio.sleep(0.05)

        while True:
            session = await self.slim.listen_for_session()
            self.accepted += 1
            self.spawn(answer(session))


async def main():
    await sb.init_tracing({"log_level": os.environ.get("SLIM_AGENT_LOG", "error")})
    await serve(ByNumber() if VERSION < (0, 6) else ByObject())


asyncio.run(main())
