from __future__ import annotations

import threading
from typing import Any


class Mailbox:
    """Hands things from several threads to one, one at a time, until the latter loses interest."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: list[Any] = []
        self._closed = False

    def put(self, item: object) -> bool:
        """Waits until the one before was taken. False, and `item` is dropped, if the mailbox is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._items)
            if not self._closed:
                self._items.append(item)
                self._changed.notify_all()
            return not self._closed

    def take(self) -> Any:
        """Waits for the next one."""
        with self._changed:
            self._changed.wait_for(lambda: self._items)
            item = self._items.pop()
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Lets everybody go who waits to put something in."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
