"""Cut a connection of the driver from outside, while another thread waits in its call.

Neither of the driver's own ways does that: `close` waits for the call, and `cancel` asks a server
which may be out of reach. What ends the wait is that the socket is shut down: the call then fails
as it does when the network breaks (DPY-4011), and the server, if it can be reached at all, learns
that its client is gone.

The driver has no way to give its socket away. It is found by what the garbage collector knows of
the connection's own objects, so that nothing of the driver's inside is named; where it is not found
- thick mode, where the client libraries hold it - nothing is done.
"""

from __future__ import annotations

import asyncio
import gc
import socket
from typing import Any, List, Set, Tuple, Union

import oracledb

_DEEPEST = 4  # connection -> protocol -> transport -> socket
_MOST = 2000  # objects that are looked at


def sever(connection: Union[oracledb.Connection, oracledb.AsyncConnection]) -> bool:
    """Shut a connection's socket down; tell whether it could be found.

    From any thread; but an asynchronous connection only from that of its event loop.
    """
    found = _socket_of(getattr(connection, "_impl", None))
    if found is None:
        return False
    if isinstance(found, asyncio.WriteTransport):
        found.abort()
        return True
    try:
        # Not the method of an SSLSocket, which takes the encryption away from a read under way.
        socket.socket.shutdown(found, socket.SHUT_RDWR)
    except OSError:
        return True  # it is down already
    return True


def _socket_of(start: Any) -> Union[socket.socket, asyncio.WriteTransport, None]:
    seen = {id(start)}
    level: List[Any] = [start]
    for _ in range(_DEEPEST):
        level = [one for one in gc.get_referents(*level) if _is_new(one, seen)]
        for one in level:
            if isinstance(one, (socket.socket, asyncio.WriteTransport)):
                return one
        if len(seen) > _MOST:
            return None
    return None


#: What holds no connection of its own, and may hold everything else.
_STRANGERS: Tuple[type, ...] = (type, dict, str, bytes, int, type(socket))


def _is_new(one: Any, seen: Set[int]) -> bool:
    if id(one) in seen or isinstance(one, _STRANGERS):
        return False
    seen.add(id(one))
    return True
