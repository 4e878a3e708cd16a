import pytest
from hypothesis import settings

from tests.clock import Clock

settings.register_profile("ours", deadline=None)  # a loaded machine is no fault of the code
settings.load_profile("ours")


@pytest.fixture
def clock() -> Clock:
    return Clock()
