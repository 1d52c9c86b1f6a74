import pytest

from harness import SECRET, Agent, Slimd


@pytest.fixture
def started():
    """Keeps what a test starts and ends it afterwards, the last first."""
    things = []
    yield things.append
    errors = []
    for thing in reversed(things):
        try:
            thing.stop()
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


@pytest.fixture
def slimd(started):
    """Starts a node; any number of them."""

    def start(**options):
        node = Slimd(**options)
        started(node)
        return node

    return start


@pytest.fixture
def client(started):
    """Starts a client under a name, connected to an endpoint."""

    def start(name, endpoint, secret=SECRET, **options):
        agent = Agent()
        started(agent)
        agent("start", name=name, secret=secret, endpoint=endpoint, **options)
        return agent

    return start
