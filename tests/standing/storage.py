"""How each engine can hold a clock, and the values there that are good, odd, or no time at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from standing.choice import Chooser, Feature
from standing.world import Value
from wesretain.model.inventory import ClockFormat
from wesretain.model.schema import Kind

MICROSECOND = timedelta(microseconds=1)


WRONG_TIMES: tuple[Value, ...] = (1700000000, 20240506, 2024.5)
WRONG_NUMBERS: tuple[Value, ...] = ("soon", "", "2024-01-01", 1700000000.5)


@dataclass(frozen=True)
class Storage:
    """How an engine can hold a clock: the DDL type, what it means, and the format that the inventory must tell."""

    declared: str
    kind: Kind
    format: ClockFormat | None = None
    text: bool = False  # SQLite's dates
    micros: bool = True


_NUMBERS = (ClockFormat.EPOCH_SECONDS, ClockFormat.EPOCH_MILLISECONDS, ClockFormat.EPOCH_MICROSECONDS)
STORAGES: dict[str, tuple[Storage, ...]] = {
    "sqlite": (
        Storage("DATETIME", Kind.LOCAL_TIME, text=True),
        Storage("DATE", Kind.DATE, text=True),
        Storage("TIMESTAMP", Kind.LOCAL_TIME, text=True),
        Storage("TEXT", Kind.TEXT, ClockFormat.ISO),
        *(Storage("INTEGER", Kind.INTEGER, unit) for unit in _NUMBERS),
        Storage("REAL", Kind.FLOAT, ClockFormat.EPOCH_SECONDS),
        Storage("TEXT", Kind.TEXT, ClockFormat.EPOCH_SECONDS),
    ),
    "postgresql": (
        Storage("TIMESTAMP", Kind.LOCAL_TIME),
        Storage("DATE", Kind.DATE),
        Storage("TIMESTAMPTZ", Kind.INSTANT),
        Storage("TEXT", Kind.TEXT, ClockFormat.ISO),
        *(Storage("BIGINT", Kind.INTEGER, unit) for unit in _NUMBERS),
        Storage("NUMERIC(20, 6)", Kind.DECIMAL, ClockFormat.EPOCH_SECONDS),
        Storage("TEXT", Kind.TEXT, ClockFormat.EPOCH_SECONDS),
    ),
    "mariadb": (
        Storage("DATETIME", Kind.LOCAL_TIME, micros=False),
        Storage("DATETIME(6)", Kind.LOCAL_TIME),
        Storage("DATE", Kind.DATE),
        Storage("TIMESTAMP", Kind.INSTANT, micros=False),
        Storage("TIMESTAMP(6)", Kind.INSTANT),
        Storage("VARCHAR(60)", Kind.TEXT, ClockFormat.ISO),
        *(Storage("BIGINT", Kind.INTEGER, unit) for unit in _NUMBERS),
        Storage("DECIMAL(20, 6)", Kind.DECIMAL, ClockFormat.EPOCH_SECONDS),
        Storage("VARCHAR(60)", Kind.TEXT, ClockFormat.EPOCH_SECONDS),
    ),
}

ISO_ENDINGS = ("", "", "Z", "z", " Z", "+02:00", "-0330", "+05", " +05:45", "-15:45")
ISO_JUNK = (
    "",
    "n/a",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "2023-02-29",
    "2023-02-29 00:00:00",
    "2024-04-31 10:00:00",
    "2024-13-01",
    "2024-1-5",
    "2024-05-06T24:00",
    "2024-05-06 10:00:60",
    "2024-05-06 10:00:00+05:40",
    "2024-05-06 10:00:00+16:00",
    "2024-05-06Z",
    " 2024-05-06",
    "2024-05-06 ",
    "2024-05-06  10:00",
    "2024-05-06T10:00:00.1234567891",
    "2024-05-06T10:00:00,5",
    "2024-05-06T10",
    "####-##-##",
    "\uff12\uff10\uff12\uff14-05-06",
    "9999-12-31",
    "9999-12-31T23:59:59Z",
    "9000-01-01 00:00:00",
    "8999-12-31 23:59:59",
    "1970-01-01",
    "1970-01-02",
    "1970-01-01T23:59:59",
    "1970-01-02T00:30+05:00",
    "1970-01-01T23:30-05:00",
    "0044-03-15",
    "-0044-03-15",
    "infinity",
)


class TimeChooser(Chooser):
    """Draws the values of clocks."""

    def storages(self, born: bool) -> list[Storage]:
        """How a clock can be held here; dates of birth are dates and texts."""
        return [
            storage
            for storage in STORAGES[self.engine]
            if not (storage.format is ClockFormat.ISO and Feature.ISO_TEXT in self.without)
            and not (storage.format in _NUMBERS and Feature.EPOCHS in self.without)
            and not (born and (storage.format in _NUMBERS or storage.kind is Kind.INSTANT))
        ]

    def draw_silence(self, storage: Storage) -> tuple[str | None, ...]:
        """What the inventory may declare to be undated, or never: NULL, a sentinel, or a good value."""
        if storage.kind is Kind.INSTANT:
            return (None,)
        if storage.format in _NUMBERS:
            return self.pick(((None,), ("0",), ("1700000000",), ("0", "1700000000")))
        if storage.kind is Kind.DATE and not storage.text:
            return self.pick(((None,), ("2000-01-01",), ("9999-12-31",)))
        if storage.kind is Kind.LOCAL_TIME and not storage.text:
            zero = (("0000-00-00 00:00:00",),) if self.engine == "mariadb" else (("infinity",),)
            return self.pick(((None,), ("2000-01-01 00:00:00",), *zero))
        return self.pick(((None,), ("",), ("2000-01-01 00:00:00", "n/a"), ("9999-12-31",)))

    def named_value(self, text: str, storage: Storage) -> Value:
        if storage.kind is Kind.INTEGER:
            return int(text)
        if storage.kind is Kind.DECIMAL:
            return Decimal(text)
        if storage.kind is Kind.FLOAT:
            return float(text)
        if text.startswith("0000") or not text[:1].isdigit() or storage.text or storage.kind is Kind.TEXT:
            return text
        return date.fromisoformat(text) if storage.kind is Kind.DATE else datetime.fromisoformat(text)

    def spell(self, shown: datetime, instant: datetime | None, storage: Storage) -> Value:
        """A wall time, or the instant that it is, as the storage holds it."""
        instant = instant or shown.replace(tzinfo=UTC)
        if not storage.micros:
            shown, instant = shown.replace(microsecond=0), instant.replace(microsecond=0)
        if storage.format in _NUMBERS:
            micros = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND
            if storage.kind is Kind.DECIMAL:
                return Decimal(micros) / 1_000_000
            if storage.kind is Kind.FLOAT:
                return micros // 500_000 / 2  # half seconds, which every float can hold
            unit = {"epoch seconds": 1_000_000, "epoch milliseconds": 1_000, "epoch microseconds": 1}[
                storage.format or ""
            ]
            return str(micros // unit) if storage.kind is Kind.TEXT else micros // unit
        if storage.text or storage.kind is Kind.TEXT:
            return self.spell_iso(shown, instant)
        match storage.kind:
            case Kind.DATE:
                return shown.date()
            case Kind.INSTANT:
                return instant
            case _:
                return shown

    def spell_iso(self, shown: datetime, instant: datetime) -> str:
        """One of the many spellings; with an offset it says the instant, without one what the wall shows."""
        length = self.pick((19, 10, 16, 26, 21, 29))
        if length == 10:
            return shown.date().isoformat()
        ending = self.pick(ISO_ENDINGS)
        if ending:
            digits = "".join(c for c in ending if c.isdigit()).ljust(4, "0")
            ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            shown = (instant + (-ahead if "-" in ending else ahead)).replace(tzinfo=None)
        text = shown.isoformat(self.pick(("T", " ", "t")), "microseconds") + self.pick(("000", "999"))
        return text[:length] + ending

    def odd_time(self, storage: Storage) -> Value:
        """A value that a clock of this storage can hold, and that is no good time, or only just one."""
        if storage.format in _NUMBERS:
            return self.odd_number(storage)
        if storage.text or storage.kind is Kind.TEXT:
            if self.engine == "sqlite" and storage.text and self.chance(20, Feature.WRONG_STORAGE):
                return self.pick(WRONG_TIMES)
            return self.pick(ISO_JUNK)
        return self.pick(self.odd_date() if storage.kind is Kind.DATE else self.odd_typed_time(storage))

    def odd_date(self) -> list[Value]:
        literals: list[Value] = ["infinity", "-infinity", "0044-03-15 BC", "12345-06-07"]
        if self.engine == "mariadb":
            literals = ["0000-00-00", "2024-00-10", "2024-05-00"]
        good = ("9999-12-31", "9000-01-01", "8999-12-31", "1970-01-01", "1970-01-02", "0001-01-01")
        return literals + [date.fromisoformat(day) for day in good]

    def odd_typed_time(self, storage: Storage) -> list[Value]:
        zone = "+00" if storage.kind is Kind.INSTANT else ""
        literals: list[Value] = [
            "infinity",
            "-infinity",
            f"0044-03-15 00:00:00{zone} BC",
            f"12345-06-07 00:00:00{zone}",
        ]
        good = [
            "9999-12-31T23:59:59",
            "9000-01-01",
            "8999-12-31T23:59:59",
            "0001-01-01",
            "1970-01-01T23:59:59",
            "1970-01-02",
        ]
        if self.engine == "mariadb":
            literals = ["0000-00-00 00:00:00", "2024-00-10 00:00:00", "2024-05-00 00:00:00"]
            if storage.kind is Kind.INSTANT:
                literals, good = literals[:1], [*good[-2:], "2038-01-19T03:14:07"]  # where TIMESTAMP ends
        times = [datetime.fromisoformat(time) for time in good]
        return literals + [time.replace(tzinfo=UTC) if storage.kind is Kind.INSTANT else time for time in times]

    def odd_number(self, storage: Storage) -> Value:
        """Epoch numbers at the edges of what is a time, and texts that are no number."""
        unit = {"epoch seconds": 1, "epoch milliseconds": 1_000, "epoch microseconds": 1_000_000}[storage.format or ""]
        edges = [0, 1, -1, 86_399, 86_400, 221_845_391_999, 221_845_392_000, 253_402_300_799]
        numbers = [edge * unit for edge in edges] + [86_400 * unit - 1]
        if storage.kind is Kind.TEXT:
            junk = [
                "",
                "soon",
                " 1700000000",
                "1700000000 ",
                "+1",
                "1e9",
                "1700000000.5",
                "001700000000",
                "9" * 30,
                "\uff11\uff12",
            ]
            return self.pick([*junk, *map(str, numbers)])
        if storage.kind is Kind.DECIMAL:
            return Decimal(self.pick(numbers))
        if storage.kind is Kind.FLOAT:
            return float(self.pick(numbers))
        if self.engine == "sqlite" and self.chance(30, Feature.WRONG_STORAGE):
            return self.pick(WRONG_NUMBERS)
        return self.pick(numbers)
