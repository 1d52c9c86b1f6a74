import pytest

from generations import VERSIONS, World

KINDS = [pytest.param("slimd", id="slimd"), pytest.param("embedded", id="embedded", marks=pytest.mark.embedded)]


def pytest_generate_tests(metafunc):
    """A test with `world` runs for each generation, with `mls` also encrypted where it can.

    @pytest.mark.generations(...) names the versions that have what is tested: the others are no case.
    """
    if "world" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("generations")
    versions = marker.args[0] if marker else VERSIONS
    metafunc.parametrize(
        "world",
        [
            pytest.param((kind, version), id=f"{version}-{kind}", marks=[pytest.mark.embedded] if kind == "embedded" else [])
            for version in versions
            for kind in ("slimd", "embedded")
        ],
        indirect=True,
        scope="session",
    )


@pytest.fixture(scope="session")
def world(request):
    made = World(*request.param)
    yield made
    made.stop()
