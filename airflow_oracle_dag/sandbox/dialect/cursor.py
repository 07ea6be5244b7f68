"""A reader of tokens that the hand-written parsers share."""

from __future__ import annotations

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token
from airflow_oracle_dag.sandbox.session import OracleError


class TokenCursor:
    """Read tokens one after the other.

    :param text: the source, for the parts that are taken over as they stand.
    """

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.index = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.index]

    def peek(self, ahead: int = 1) -> Token:
        """Look further ahead."""
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        """Take the next token."""
        token = self.tokens[self.index]
        if token.kind is not Kind.END:
            self.index += 1
        return token

    def at(self, *values: str) -> bool:
        """Tell whether the next tokens are these words or operators."""
        for ahead, value in enumerate(values):
            token = self.peek(ahead)
            if token.kind not in (Kind.WORD, Kind.OP) or token.value != value:
                return False
        return True

    def at_any(self, *values: str) -> bool:
        """Tell whether the next token is one of these words or operators."""
        token = self.token
        return token.kind in (Kind.WORD, Kind.OP) and token.value in values

    def take(self, *values: str) -> bool:
        """Take these words if they come next."""
        if self.at(*values):
            self.index += len(values)
            return True
        return False

    def expect(self, *values: str) -> None:
        """Take these words or fail."""
        for value in values:
            if not self.take(value):
                raise self.error(f"missing or invalid keyword, expected {value}")

    def error(self, message: str, code: int = 905) -> OracleError:
        """Make a syntax error at the next token."""
        return OracleError(code, message, self.token.start)

    def at_end(self) -> bool:
        """Tell whether everything was read."""
        return self.token.kind is Kind.END

    def finish(self) -> None:
        """Fail if anything is left."""
        if not self.at_end():
            raise self.error("SQL command not properly ended", 933)

    def name(self) -> str:
        """Take an identifier in Oracle's own case."""
        token = self.token
        if token.kind not in (Kind.WORD, Kind.QUOTED):
            raise self.error("invalid identifier", 904 if self.at_end() else 903)
        if len(token.value.encode()) > 63:
            raise OracleError(
                3001, f"unimplemented feature (sandbox): name {token.value} over 63 bytes"
            )
        self.index += 1
        return token.value

    def qualified(self) -> tuple[str | None, str]:
        """Take ``[owner.]name``."""
        first = self.name()
        if self.take("."):
            return first, self.name()
        return None, first

    def number(self) -> int:
        """Take a whole number, perhaps negative."""
        sign = -1 if self.take("-") else 1
        token = self.token
        if token.kind is not Kind.NUMBER or not token.value.isdigit():
            raise self.error("missing number", 1748)
        self.index += 1
        return sign * int(token.value)

    def parenthesised(self) -> str:
        """Take ``( … )`` and return the text between."""
        if not self.at("("):
            raise self.error("missing left parenthesis", 906)
        start = self.token.end
        self.skip_parenthesised()
        return self.text[start : self.tokens[self.index - 1].start]

    def skip_parenthesised(self) -> None:
        """Take ``( … )``."""
        depth = 0
        while not self.at_end():
            if self.at("("):
                depth += 1
            elif self.at(")"):
                depth -= 1
            self.next()
            if depth == 0:
                return
        raise self.error("missing right parenthesis", 907)

    def until(self, *stops: str) -> str:
        """Take tokens up to a stop word outside parentheses and return their text."""
        start = self.token.start
        end = start
        while not self.at_end() and not self.at_any(*stops):
            if self.at("("):
                self.skip_parenthesised()
            else:
                self.next()
            end = self.tokens[self.index - 1].end
        return self.text[start:end]
