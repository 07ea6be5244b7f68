"""Name the numbers of Oracle Net and TTC that the sandbox uses.

Source: the public source of the python-oracledb thin driver, which documents them by use.
"""

from __future__ import annotations

from enum import IntEnum

PROTOCOL_VERSION = 318
FIELD_VERSION = 7  # 12.1: the shortest form of every later message
MAX_STRING_SIZE = 32767  # what the runtime capabilities promise
CHARSET_UTF8 = 873
CHARSET_UTF16 = 2000
FORM_IMPLICIT = 1  # character set form: database character set
FORM_NATIONAL = 2  # character set form: national character set, UTF-16 on the wire

LENGTH_MAX_SHORT = 252
LENGTH_ESCAPE = 253
LENGTH_LONG = 254
LENGTH_NULL = 255
CHUNK_SIZE = 32767


class PacketType(IntEnum):
    """Types of a TNS packet."""

    CONNECT = 1
    ACCEPT = 2
    REFUSE = 4
    DATA = 6
    MARKER = 12


class MarkerType(IntEnum):
    """What a MARKER packet asks for."""

    BREAK = 1
    RESET = 2
    INTERRUPT = 3


DATA_FLAG_EOF = 0x0040


class MessageType(IntEnum):
    """First byte of a TTC message."""

    PROTOCOL = 1
    DATA_TYPES = 2
    FUNCTION = 3
    ERROR = 4
    ROW_HEADER = 6
    ROW_DATA = 7
    PARAMETER = 8
    STATUS = 9
    IO_VECTOR = 11
    LOB_DATA = 14
    DESCRIBE = 16
    PIGGYBACK = 17
    IMPLICIT_RESULTS = 27


class Function(IntEnum):
    """Function codes of messages 3 and 17."""

    REEXECUTE = 4
    FETCH = 5
    LOGOFF = 9
    COMMIT = 14
    ROLLBACK = 15
    REEXECUTE_AND_FETCH = 78
    EXECUTE = 94
    LOB_OPERATION = 96
    CLOSE_CURSORS = 105
    AUTH_PHASE_TWO = 115
    AUTH_PHASE_ONE = 118
    SET_ATTRIBUTES = 135
    PING = 147
    SET_SCHEMA = 152


#: Bits of a log-in's mode by which a client wants to be more than its user: as SYSOPER, SYSDBA,
#: in the preliminary mode, and as SYSASM, SYSBACKUP, SYSDG, SYSKM or SYSRAC.
ADMINISTRATIVE = 0x40 | 0x20 | 0x08 | 0x400000 | 0xF000000


class ExecuteOption:
    """Option bits of an execute call; plain integers, because every call asks for several."""

    PARSE = 0x01
    BIND = 0x08
    DEFINE = 0x10
    EXECUTE = 0x20
    FETCH = 0x40
    COMMIT = 0x100
    NOT_PLSQL = 0x8000
    DESCRIBE = 0x20000
    BATCH_ERRORS = 0x80000


EXECUTE_FLAG_ROW_COUNTS = 0x4000
EXECUTE_FLAG_SCROLLABLE = 0x02
REEXECUTE_OPTION_COMMIT = 0x1


class DataType(IntEnum):
    """Numbers of the data types on the wire."""

    VARCHAR = 1
    NUMBER = 2
    BINARY_INTEGER = 3
    LONG = 8
    ROWID = 11
    DATE = 12
    RAW = 23
    LONG_RAW = 24
    CHAR = 96
    BINARY_FLOAT = 100
    BINARY_DOUBLE = 101
    CURSOR = 102
    CLOB = 112
    BLOB = 113
    TIMESTAMP = 180
    TIMESTAMP_TZ = 181
    INTERVAL_YM = 182
    INTERVAL_DS = 183
    UROWID = 208
    TIMESTAMP_LTZ = 231
    BOOLEAN = 252


BIND_FLAG_ARRAY = 0x40


class LobOperation(IntEnum):
    """Operation codes of a LOB call."""

    GET_LENGTH = 0x0001
    READ = 0x0002
    TRIM = 0x0020
    WRITE = 0x0040
    CREATE_TEMPORARY = 0x0110
    FREE_TEMPORARY = 0x0111
    GET_CHUNK_SIZE = 0x4000
    OPEN = 0x8000
    CLOSE = 0x10000
    IS_OPEN = 0x11000
    FREE_ARRAY = 0x80111


STATUS_IN_TRANSACTION = 0x2
VERIFIER_12C = 0x4815
LOCATOR_SIZE = 40
