"""The models in memory: loaded when first asked for, replaced when their package is, put out when memory is wanted."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from portal.translation.errors import ModelFaultError, NoModelError
from portal.translation.model import Model, load_model
from portal.translation.packages.store import Pair, Store

DEFAULT_MEMORY_BYTES: Final = 2 << 30


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model, and which package it came from."""

    model: Model
    digest: str
    size_bytes: int


class Models:
    """The least recently used models give way; one that is computing stays until it is done."""

    def __init__(self, store: Store, *, lanes: int, memory_bytes: int = DEFAULT_MEMORY_BYTES) -> None:
        self._store = store
        self._lanes = lanes
        self._memory_bytes = memory_bytes
        self._loaded: OrderedDict[Pair, Loaded] = OrderedDict()
        self._lock = threading.Lock()
        self._loading: dict[Pair, threading.Lock] = {}

    @property
    def loaded(self) -> list[Pair]:
        """Which pairs are in memory, the least recently used first."""
        with self._lock:
            return list(self._loaded)

    def get(self, pair: Pair) -> Loaded:
        """The model of the package that is active now.

        Raises NoModelError, and ModelFaultError where the package's files are no longer what was installed.
        """
        digest = self._store.active().get(pair)
        if digest is None:
            with self._lock:
                self._loaded.pop(pair, None)
            raise NoModelError(*pair)
        found = self._look_up(pair, digest)
        if found is not None:
            return found
        with self._lock:
            loading = self._loading.setdefault(pair, threading.Lock())
        with loading:  # one thread loads, the others wait for it
            found = self._look_up(pair, digest)
            return self._load(pair) if found is None else found

    def _look_up(self, pair: Pair, digest: str) -> Loaded | None:
        with self._lock:
            found = self._loaded.get(pair)
            if found is None or found.digest != digest:
                return None
            self._loaded.move_to_end(pair)
            return found

    def _load(self, pair: Pair) -> Loaded:
        installed = self._store.find(pair)
        wrong = self._store.verify(pair)
        if wrong:
            msg = f"the package {pair[0]}->{pair[1]} is damaged ({wrong[0]}). Install it again"
            raise ModelFaultError(msg)
        model = load_model(installed.folder, installed.metadata, threads=1, lanes=self._lanes)
        found = Loaded(model, installed.digest, installed.size_bytes)
        with self._lock:
            self._loaded.pop(pair, None)
            room = self._memory_bytes - found.size_bytes
            while self._loaded and sum(one.size_bytes for one in self._loaded.values()) > room:
                self._loaded.popitem(last=False)
            self._loaded[pair] = found
        return found
