"""Who watches what, and to whom something may have happened."""

import threading

from mesh.watching.watcher import Watcher

Topic = tuple[str, str]


def topic_of(watcher: Watcher) -> Topic:
    """Channel and payload of what is notified for it."""
    return watcher.watch.channel, watcher.key


class Registry:
    """Used by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._everyone: set[Watcher] = set()
        self._by_topic: dict[Topic, set[Watcher]] = {}
        self._woken: set[Watcher] = set()

    def __len__(self) -> int:
        return len(self._everyone)

    def everyone(self) -> list[Watcher]:
        with self._lock:
            return list(self._everyone)

    def add(self, watcher: Watcher) -> None:
        """It is woken by that: there may be events already."""
        with self._lock:
            self._everyone.add(watcher)
            self._by_topic.setdefault(topic_of(watcher), set()).add(watcher)
            self._woken.add(watcher)

    def remove(self, watcher: Watcher) -> None:
        topic = topic_of(watcher)
        with self._lock:
            self._everyone.remove(watcher)
            self._woken.discard(watcher)
            self._by_topic[topic].remove(watcher)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    def wake(self, topic: Topic) -> None:
        with self._lock:
            self._woken |= self._by_topic.get(topic, set())

    def wake_everyone(self) -> None:
        with self._lock:
            self._woken |= self._everyone

    def take_woken(self) -> list[Watcher]:
        with self._lock:
            woken, self._woken = self._woken, set()
            return list(woken)
