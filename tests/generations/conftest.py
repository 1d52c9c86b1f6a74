import pytest

from generations import VERSIONS, World


def pytest_generate_tests(metafunc):
    """A test with `world` or `fresh_world` runs for each generation, with each of two nodes.

    The marker `generations` names the versions that have what is tested, and in `embedded` those whose
    own node has: the others are no case, instead of a skipped one.
    """
    for fixture in ("world", "fresh_world"):
        if fixture in metafunc.fixturenames:
            marker = metafunc.definition.get_closest_marker("generations")
            versions = marker.args[0] if marker and marker.args else VERSIONS
            embedded = marker.kwargs.get("embedded", versions) if marker else versions
            cases = []
            for version in versions:
                cases.append(pytest.param(("slimd", version), id=f"{version}-slimd"))
                if version in embedded:
                    cases.append(
                        pytest.param(
                            ("embedded", version), id=f"{version}-embedded", marks=pytest.mark.embedded
                        )
                    )
            metafunc.parametrize(
                fixture, cases, indirect=True, scope="session" if fixture == "world" else "function"
            )


@pytest.fixture(scope="session")
def world(request):
    made = World(*request.param)
    yield made
    made.stop()


@pytest.fixture
def fresh_world(request):
    """One of its own, for a test that does something to the node."""
    made = World(*request.param)
    yield made
    made.stop()
