"""What is built when it is first asked for, and closed only where it was built."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def attributes(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A ``__getattr__`` for a package that loads its modules on first use. ``homes``: public name -> its module."""

    def load(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"{package}.{home}"), name)

    return load


class Later(Generic[T]):
    """Stands for a ``T`` and builds it when an attribute is first asked for. Threads wait for the one that builds."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: T | None = None
        self._turn = threading.Lock()

    def build(self) -> T:
        """The thing itself, built now where it was not. Raises what building raises, each time it is tried."""
        with self._turn:
            if self._made is None:
                self._made = self._make()
            return self._made

    def close(self) -> None:
        """Close it, where it was built and can be closed."""
        close = getattr(self._made, "close", None)
        if close is not None:
            close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made if self._made is not None else self.build(), name)


class LaterMapping(Mapping[str, T]):
    """Names known at once, values built when they are first asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], T]]) -> None:
        self._later = {name: Later(make) for name, make in makers.items()}

    def __getitem__(self, name: str) -> T:
        return self._later[name].build()

    def __contains__(self, name: object) -> bool:
        return name in self._later

    def __iter__(self) -> Iterator[str]:
        return iter(self._later)

    def __len__(self) -> int:
        return len(self._later)

    def build(self) -> None:
        """Build all of them now."""
        for one in self._later.values():
            one.build()

    def close(self) -> None:
        """Close those that were built; one that fails does not keep the others open."""
        from contextlib import ExitStack

        with ExitStack() as stack:
            for one in self._later.values():
                stack.callback(one.close)
