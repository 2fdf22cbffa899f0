"""Durable storage: `store.write(fn)` and `store.read(fn)` run plain functions off the event loop.

Because a transaction is a plain `def`, it cannot wait for the network (law 2). Functions may be run
again after a lost race or a failed batch, so they hold no state of their own.
"""

from hub.store.base import Hint, Store, Tx
from hub.store.hot import Hot, HotUpdate
from hub.store.opening import open_store

__all__ = ["Hint", "Hot", "HotUpdate", "Store", "Tx", "open_store"]
