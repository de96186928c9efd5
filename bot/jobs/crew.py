"""Threads for work that mostly waits for others: who is held up gets a stand-in, so that the rest goes on.

A thread that waits for a site that does not answer does nothing and needs next to nothing: 0.1 MB, and 0.9 MB where the
site hangs after its certificate was checked (measured; libcurl's copy of the authorities). So it costs less to start
another one in its place than to let stories of other sites wait behind it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

Task = Callable[[], object]


class Crew:
    """``size`` threads that get on with their tasks, and up to ``spare`` stand-ins for those that do not.

    A task counts as held up when it has been at work for ``patience`` seconds, unless it said that it `goes_on`: who
    has what it waited for needs a core, and more threads would only share it. Somebody calls `relieve` now and then;
    stand-ins are started there, and only where tasks wait. When a task that was held up ends, its thread ends with it
    if there are enough others. Tasks are begun in the order they came and must not raise.
    """

    def __init__(
        self,
        size: int,
        *,
        spare: int,
        patience: float = 1.0,
        name: str = "crew",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._size = max(1, size)
        self._spare = max(0, spare)
        self._patience = patience
        self._name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._threads: dict[int, threading.Thread] = {}
        self._began: dict[int, float] = {}
        self._held: set[int] = set()
        self._numbers = 0
        self._here = threading.local()
        self._closed = False

    @property
    def waiting(self) -> int:
        """Tasks that nobody has begun."""
        return self._tasks.qsize()

    def submit(self, task: Task) -> None:
        """Have a task done by the next thread that is free."""
        self._tasks.put(task)
        if len(self._threads) < self._size:
            with self._lock:
                self._start()

    def goes_on(self) -> None:
        """Said by a task in its own thread: it waits for nobody any more."""
        number = self._here.number
        if number not in self._held:
            self._began.pop(number, None)

    def relieve(self) -> int:
        """See who is held up and send in stand-ins for them. Returns how many are held up."""
        if not self._began:
            return 0
        late = self._clock() - self._patience
        with self._lock:
            for number, began in list(self._began.items()):
                if began <= late:
                    self._held.add(number)
            self._held &= self._began.keys()
            most = self._size + min(len(self._held), self._spare)
            for _ in range(min(most - len(self._threads), self._tasks.qsize())):
                self._start()
            return len(self._held)

    def close(self) -> None:
        """No task begins any more; threads end with what they are at. Does not wait for them."""
        self._closed = True
        for _ in list(self._threads):
            self._tasks.put(None)

    def _start(self) -> None:
        if self._closed:
            return
        self._numbers += 1
        number = self._numbers
        thread = threading.Thread(target=self._work, args=(number,), name=f"{self._name}-{number}")
        self._threads[number] = thread
        thread.start()

    def _work(self, number: int) -> None:
        self._here.number = number
        while (task := self._tasks.get()) is not None and not self._closed:
            self._began[number] = self._clock()
            task()
            self._began.pop(number, None)
            if number in self._held and self._is_one_too_many(number):
                return
        with self._lock:
            self._threads.pop(number, None)

    def _is_one_too_many(self, number: int) -> bool:
        with self._lock:
            self._held.discard(number)
            if len(self._threads) - len(self._held) <= self._size:
                return False
            del self._threads[number]
            return True
