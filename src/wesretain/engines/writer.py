"""A live database that may be written to, in transactions whose end is always known or looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from wesretain.engines.base import Live
from wesretain.engines.lists import LISTS, is_list
from wesretain.engines.trouble import Trouble, error_for
from wesretain.errors import WesretainError


@dataclass(frozen=True, slots=True)
class Writer(Live):
    """A live database for `apply` and what it needs. A statement outside of `transaction` and `batch` stands alone."""

    def transaction(self) -> AbstractContextManager[None]:
        """All statements inside are done, or none is; each sees what others have committed before it.

        Raises:
            ConnectionLost: where the connection broke; at the end, it is not known whether they were done.
            WesretainError: in our own words.
        """
        return self._all_or_nothing(self.engine.begin)

    def batch(self) -> AbstractContextManager[None]:
        """The same; what the statements see of what others commit meanwhile says `Engine.sees_one_state`."""
        return self._all_or_nothing(self.engine.begin_batch)

    @contextmanager
    def _all_or_nothing(self, begin: Callable[[sa.Connection], None]) -> Iterator[None]:
        # A signal may meet any line: none of them may leave the transaction open.
        try:
            with self.translating():
                begin(self.connection)
            yield
            with self.translating():
                self.connection.exec_driver_sql("COMMIT")
        except BaseException:
            with suppress(WesretainError):  # SQLite leaves it open where COMMIT fails
                self.undo()
            raise

    def undo(self) -> None:
        """Undo the transaction that is open, if one is.

        Raises:
            WesretainError: where it cannot be known that none is open any more.
        """
        with self.translating():
            driver = self.connection.connection
        try:
            driver.rollback()  # not SQLAlchemy's own, which does nothing any more once a signal has stopped it
        except self.connection.dialect.loaded_dbapi.Error as error:
            raise self.engine.translate(error, self.name) from None

    def _execute(self, statement: sa.Executable, parameters: Mapping[str, Any]) -> sa.CursorResult[Any]:
        lists = {name: value for name, value in parameters.items() if is_list(value)}
        others = {name: value for name, value in parameters.items() if name not in lists}
        return self.connection.execute(statement, others, execution_options={LISTS: lists})

    def change(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None, table: str = "") -> int:
        """Carry out a statement that changes rows, and say how many it found.

        Raises:
            BatchRefused: where a constraint, a trigger or a lock is in the way.
            WesretainError: in our own words.
        """
        try:
            return int(self._execute(statement, parameters or {}).rowcount)
        except sa.exc.SQLAlchemyError as error:
            raise self.engine.translate_change(error, self.name, table) from None
        except (OverflowError, UnicodeEncodeError):  # the driver cannot send a value of ours
            raise error_for(Trouble.MISFIT, self.name, self.engine.name, table=table) from None
