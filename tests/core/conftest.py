import pytest

import evomusic as em


@pytest.fixture(scope="module")
def tune():
    return em.make("tune")


@pytest.fixture(scope="module")
def policy(tune):
    return tune.soften(1.0)
