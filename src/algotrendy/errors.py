"""The one error tree: every failure of ours, sorted by what the caller should do next.

::

    AlgoTrendyError
    ├─ UsageError                 fix the call
    │  ├─ InvalidValue            (ValueError)
    │  │  ├─ InvalidSymbol
    │  │  ├─ InvalidBars
    │  │  ├─ InvalidOrder
    │  │  └─ InvalidSignal
    │  ├─ InvalidState
    │  └─ Unsupported
    ├─ SetupError                 fix the installation or the settings
    │  ├─ MissingExtra            (ImportError)
    │  ├─ UnknownName             (LookupError)
    │  └─ InvalidSettings
    ├─ RiskRejected
    ├─ BrokerError
    │  ├─ OrderRefused
    │  ├─ InsufficientFunds
    │  ├─ DuplicateOrderId
    │  ├─ OrderNotFound
    │  ├─ AuthenticationFailed
    │  ├─ RateLimited
    │  ├─ VenueUnavailable
    │  ├─ ClockSkew
    │  └─ OutcomeUnknown
    ├─ DataError
    │  ├─ GapFound
    │  ├─ StaleData
    │  ├─ SourcesExhausted
    │  └─ NoData
    ├─ StorageError
    │  ├─ SchemaMismatch
    │  └─ WriteUnconfirmed
    └─ EngineError
       ├─ RunFailed
       ├─ RunTimeout
       └─ RemoteIncomplete

Laws: a text says what was, what is allowed and what to do; `code` is public API and never changes
meaning; `retryable` speaks of reads only; every error survives a process pool.
Used by: everything.
"""

from __future__ import annotations

from typing import ClassVar, final

__all__ = [
    "AlgoTrendyError",
    "AuthenticationFailed",
    "BrokerError",
    "ClockSkew",
    "DataError",
    "DuplicateOrderId",
    "EngineError",
    "GapFound",
    "InsufficientFunds",
    "InvalidBars",
    "InvalidOrder",
    "InvalidSettings",
    "InvalidSignal",
    "InvalidState",
    "InvalidSymbol",
    "InvalidValue",
    "MissingExtra",
    "NoData",
    "OrderNotFound",
    "OrderRefused",
    "OutcomeUnknown",
    "RateLimited",
    "RemoteIncomplete",
    "RiskRejected",
    "RunFailed",
    "RunTimeout",
    "SchemaMismatch",
    "SetupError",
    "SourcesExhausted",
    "StaleData",
    "StorageError",
    "UnknownName",
    "Unsupported",
    "UsageError",
    "VenueUnavailable",
    "WriteUnconfirmed",
]


def _rebuild(
    cls: type[AlgoTrendyError], args: tuple[object, ...], state: dict[str, object]
) -> AlgoTrendyError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


class AlgoTrendyError(Exception):
    """Every error of ours. `hint` is the next step for a human."""

    code: ClassVar[str] = "algotrendy"
    retryable: ClassVar[bool] = False
    hint: str

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.args[0]}; {self.hint}" if self.hint else str(self.args[0])

    def __reduce__(
        self,
    ) -> tuple[object, tuple[type[AlgoTrendyError], tuple[object, ...], dict[str, object]]]:
        # Keyword-only constructors must survive process pools.
        return _rebuild, (type(self), self.args, self.__dict__.copy())


class UsageError(AlgoTrendyError):
    """The call is wrong. React: fix the call."""

    code = "usage"


class InvalidValue(UsageError, ValueError):
    """A value breaks a rule. React: read `rule`, use `hint`.

    Parameters
    ----------
    field : where: the parameter, column or key, as the caller wrote it
    value : what was there
    rule : what is allowed
    hint : what to do
    """

    code = "usage.invalid_value"
    field: str
    value: object
    rule: str

    def __init__(self, field: str, *, value: object, rule: str, hint: str = "") -> None:
        super().__init__(f"{field} was {value!r}, {rule}", hint=hint)
        self.field, self.value, self.rule = field, value, rule


@final
class InvalidSymbol(InvalidValue):
    """The text is no symbol of the unified grammar. React: write BASE/QUOTE, BASE/QUOTE:SETTLE or TICKER."""  # noqa: E501

    code = "usage.invalid_symbol"


@final
class InvalidBars(InvalidValue):
    """Bars break a rule of time or price. React: repair the named row; `row` is counted from 0."""

    code = "usage.invalid_bars"
    row: int | None
    column: str

    def __init__(
        self, column: str, *, value: object, rule: str, row: int | None = None, hint: str = ""
    ) -> None:
        place = column if row is None else f"row {row}, column {column}"
        super().__init__(place, value=value, rule=rule, hint=hint)
        self.row, self.column = row, column


@final
class InvalidSignal(InvalidValue):
    """A strategy returned something no engine can trade. React: fix the strategy at the named bar."""

    code = "usage.invalid_signal"
    strategy: str
    bar: int | None

    def __init__(
        self, strategy: str, *, value: object, rule: str, bar: int | None = None, hint: str = ""
    ) -> None:
        place = f"strategy {strategy!r}" if bar is None else f"strategy {strategy!r} at bar {bar}"
        super().__init__(place, value=value, rule=rule, hint=hint)
        self.strategy, self.bar = strategy, bar


@final
class InvalidOrder(InvalidValue):
    """The order cannot be sent as it is. React: use `suggestion`, which itself passes, or skip the order."""  # noqa: E501

    code = "usage.invalid_order"
    suggestion: object | None

    def __init__(
        self, field: str, *, value: object, rule: str, suggestion: object | None = None
    ) -> None:
        super().__init__(
            field, value=value, rule=rule, hint="" if suggestion is None else f"{suggestion} passes"
        )
        self.suggestion = suggestion

    def __str__(self) -> str:
        text = f"{self.field} was {self.value}, {self.rule}"
        return f"{text}; {self.hint}" if self.hint else text


@final
class InvalidState(UsageError):
    """The object cannot do this now. React: follow `hint`."""

    code = "usage.invalid_state"


@final
class Unsupported(UsageError):
    """The implementation lacks the ability. React: use one that has it; the text names it."""

    code = "usage.unsupported"


class SetupError(AlgoTrendyError):
    """The installation or the settings are wrong. React: fix them and start again."""

    code = "setup"


@final
class MissingExtra(SetupError, ImportError):
    """An optional package is absent. React: run the command in `hint`."""

    code = "setup.missing_extra"
    package: str
    extra: str

    def __init__(self, package: str, *, extra: str) -> None:
        super().__init__(
            f"{package} is not installed, it comes with the extra {extra!r}",
            hint=f"pip install 'algotrendy[{extra}]'",
        )
        self.package, self.extra = package, extra


@final
class UnknownName(SetupError, LookupError):
    """No such name. React: pick one of `close` or `known`."""

    code = "setup.unknown_name"
    kind: str
    asked: str
    known: tuple[str, ...]
    close: tuple[str, ...]

    def __init__(self, kind: str, asked: str, *, known: tuple[str, ...]) -> None:
        from difflib import get_close_matches  # 2 ms that only a typo should pay

        close = tuple(get_close_matches(asked, known, n=3))
        hint = f"did you mean {' or '.join(repr(c) for c in close)}?" if close else ""
        listed = ", ".join(known) if known else "none"
        super().__init__(f"{kind} {asked!r} is unknown, known: {listed}", hint=hint)
        self.kind, self.asked, self.known, self.close = kind, asked, known, close


@final
class InvalidSettings(SetupError):
    """A setting is missing or wrong. React: fix the setting named in the text."""

    code = "setup.invalid_settings"


@final
class RiskRejected(AlgoTrendyError):
    """A risk rule refused the order. React: read `verdicts`; do not send the order another way."""

    code = "risk.rejected"
    verdicts: tuple[object, ...]

    def __init__(self, message: str, *, verdicts: tuple[object, ...], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.verdicts = verdicts


class BrokerError(AlgoTrendyError):
    """The venue or the way to it failed. React: by the leaf."""

    code = "broker"


@final
class OrderRefused(BrokerError):
    """The venue refused the order for sure. React: read its reason; the order does not exist."""

    code = "broker.order_refused"


@final
class InsufficientFunds(BrokerError):
    """The account cannot pay. React: reduce the order or fund the account."""

    code = "broker.insufficient_funds"


@final
class DuplicateOrderId(BrokerError):
    """The client order id exists at the venue. React: look the order up and adopt it."""

    code = "broker.duplicate_order_id"


@final
class OrderNotFound(BrokerError):
    """The venue does not know the order. React: look again later; one answer proves nothing."""

    code = "broker.order_not_found"


@final
class AuthenticationFailed(BrokerError):
    """The venue refused the credentials. React: check key, permissions and address list."""

    code = "broker.authentication_failed"


@final
class RateLimited(BrokerError):
    """Too many requests. React: wait `retry_after_s`, then go on slower."""

    code = "broker.rate_limited"
    retryable = True
    retry_after_s: float | None

    def __init__(self, message: str, *, retry_after_s: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


@final
class VenueUnavailable(BrokerError):
    """The venue does not answer or answers with an error. React: a read may be tried again."""

    code = "broker.venue_unavailable"
    retryable = True


@final
class ClockSkew(BrokerError):
    """The local clock is too far from the venue's. React: synchronise the clock."""

    code = "broker.clock_skew"


@final
class OutcomeUnknown(BrokerError):
    """Nobody knows whether the write took effect. React: resolve it, never send it again."""

    code = "broker.outcome_unknown"


class DataError(AlgoTrendyError):
    """Market data is missing, old or contradictory. React: by the leaf."""

    code = "data"


@final
class GapFound(DataError):
    """Bars are missing and the policy is `error`. React: back-fill, or choose `skip` or `mark`."""

    code = "data.gap_found"


@final
class StaleData(DataError):
    """The newest data is too old to act on. React: check the source."""

    code = "data.stale"
    retryable = True


@final
class SourcesExhausted(DataError):
    """Every ranked source failed. React: read the reasons, source by source."""

    code = "data.sources_exhausted"
    retryable = True


@final
class NoData(DataError):
    """Nothing is stored or served for this request. React: fetch it, or ask for another range."""

    code = "data.no_data"


class StorageError(AlgoTrendyError):
    """A store failed. React: by the leaf; what was acknowledged is kept."""

    code = "storage"


@final
class SchemaMismatch(StorageError):
    """The stored layout is another version. React: migrate, or open it with the version named."""

    code = "storage.schema_mismatch"


@final
class WriteUnconfirmed(StorageError):
    """The write was not acknowledged. React: it may or may not be there; write again, it is idempotent."""  # noqa: E501

    code = "storage.write_unconfirmed"


class EngineError(AlgoTrendyError):
    """A backtest engine failed. React: by the leaf."""

    code = "engine"


@final
class RunFailed(EngineError):
    """The run ended with an error. React: read the cause."""

    code = "engine.run_failed"


@final
class RunTimeout(EngineError):
    """The run took longer than allowed. React: raise the limit or make the run smaller."""

    code = "engine.run_timeout"


@final
class RemoteIncomplete(EngineError):
    """A remote engine has no complete result yet. React: resume by the handle."""

    code = "engine.remote_incomplete"
