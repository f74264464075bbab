"""What holds for all tests: reproducible random histories, long ones only where they are asked for, the slow first."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

from tests import template
from tests.postgres import QUICK, Databases, cluster

HERE: Final = Path(__file__).parent
LONG = os.environ.get("ANDON_LONG") == "1"
# What takes seconds a test, the slowest first.
_SLOW: Final = ("page", "browser", "model", "process", "docs")

# Files in memory, where Linux has room for several times what a run needs at once: no commit waits for a disk. Who is
# killed loses nothing either way. TMPDIR says otherwise.
_MEMORY: Final = Path("/dev/shm")
_ROOM: Final = 4 << 30  # bytes
if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

# httpcore looks for it before each request, in every folder of Python's path.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # how Python notes what is not there

# Derandomised, so that a failure here is a failure everywhere; no deadline, because the machine's speed is no property.
settings.register_profile(
    "short",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long", deadline=None, max_examples=2_000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("long" if LONG else "short")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips what takes minutes, visibly. Among several workers the slow begin, so that none is late at the end."""
    skip = pytest.mark.skip(reason="takes minutes; runs with ANDON_LONG=1 (make test-long)")
    for item in items if not LONG else ():
        if item.get_closest_marker("long"):
            item.add_marker(skip)
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is made while tests are collected stays to the end: nobody looks for garbage in it, then or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Databases of one PostgreSQL, which is started where the first test asks for it and forgets all in the end."""
    with cluster(QUICK) as server, closing(Databases(server)) as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def _copied_schema() -> Iterator[None]:
    with template.copied():
        yield


@pytest.fixture
def migrated() -> Iterator[None]:
    """The test's SQLite files get their schema by the migrations themselves."""
    with template.migrated():
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """How tests are shared out where there are several workers."""
    from tests.beside import OneByOne

    return OneByOne(config, log)


def _turn(item: pytest.Item) -> int:
    """When a test's folder has its turn; those of one turn stay in their order."""
    folder = item.path.relative_to(HERE).parts[0]
    return _SLOW.index(folder) if folder in _SLOW else len(_SLOW)
