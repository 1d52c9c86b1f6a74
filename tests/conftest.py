import pytest

from agents import SECRET, Agent
from certificates import Authority
from nodes import PublishedNode, Slimd


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


def starter(started, kind):
    def start(*arguments, **options):
        thing = kind(*arguments, **options)
        started(thing)
        return thing

    return start


@pytest.fixture
def slimd(started):
    """Starts a node; any number of them."""
    return starter(started, Slimd)


@pytest.fixture
def published_node(started):
    """Starts a node of the published package."""
    return starter(started, PublishedNode)


@pytest.fixture
def client(started):
    """Starts a published client under a name, connected to an endpoint."""

    def start(name, endpoint=None, secret=SECRET, **options):
        agent = Agent()
        started(agent)
        agent("start", name=name, secret=secret, endpoint=endpoint, **options)
        return agent

    return start


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))
