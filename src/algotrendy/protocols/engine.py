"""Backtest engine: runs one specification on its bars and returns the result.

Implement one method and two members; inherit nothing. An engine is synchronous and picklable, so it
runs in any ``concurrent.futures.Executor``. The ids in its docstring, such as ENG-01, name checks.

    class IdleEngine:
        \"\"\"Runs nothing: every result is the cash it started with.\"\"\"

        name = "idle"
        capabilities = EngineCapabilities(fills=frozenset({FillMode.NEXT_OPEN}))

        def run(self, spec: BacktestSpec, *, on_progress: Progress | None = None) -> BacktestResult:
            if spec.fill not in self.capabilities.fills:
                raise Unsupported(f"{self.name} cannot fill at {spec.fill}")
            none, rows, codes = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.uint8)
            trades = Trades(
                entry_bar=rows, exit_bar=rows, direction=rows, quantity=none, entry_price=none,
                exit_price=none, entry_fee=none, exit_fee=none, slippage_cost=none, pnl=none,
                return_fraction=none, exit_reason=codes, ambiguous=np.zeros(0, np.bool_),
            )
            refused = Refused(
                bar=rows, direction=rows, price=none, wanted=none, filled=none, cash=none,
                reason=codes,
            )
            if on_progress is not None:
                on_progress(len(spec.bars), len(spec.bars))
            return BacktestResult(
                spec=spec, engine=self.name, final_equity=spec.cash,
                trades_columns=trades, refused_columns=refused,
            )

Laws: the same spec on the same data gives the same numbers; nothing refused, ambiguous, pending or
missing is left out; what an engine cannot do it refuses, it never approximates silently.
Used by: the front door `at.backtest`, sweeps, walk-forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from algotrendy.backtests.result import BacktestResult
    from algotrendy.backtests.spec import BacktestSpec, FillMode

__all__ = [
    "BacktestEngine",
    "EngineCapabilities",
    "Progress",
    "SupportsMany",
    "SupportsResume",
]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EngineCapabilities:
    """What this engine can do; the kit skips what is not claimed.

    Parameters
    ----------
    fills : which fill modes
    exits : stop loss, take profit and `max_bars`
    trailing : trailing stops
    shorts, leverage : short positions, and leverage above 1
    many_symbols : bars of many symbols on one cash ledger
    is_exact : gives the same trades as the event engine, to 1e-9
    is_remote : runs elsewhere: data or code leave this machine
    """

    fills: frozenset[FillMode]
    exits: bool = False
    trailing: bool = False
    shorts: bool = False
    leverage: bool = False
    many_symbols: bool = False
    is_exact: bool = False
    is_remote: bool = False


class Progress(Protocol):
    """Told from time to time how far a run is; any function of two integers fits."""

    def __call__(self, done: int, total: int, /) -> None:
        """Take note. Raising here ends the run."""
        ...


class BacktestEngine(Protocol):
    """Runs backtests."""

    @property
    def name(self) -> str:
        """A short name, printed in every result. A class attribute is enough."""
        ...

    @property
    def capabilities(self) -> EngineCapabilities:
        """What this engine can do. A class attribute is enough, a `ClassVar` is not."""
        ...

    def run(self, spec: BacktestSpec, /, *, on_progress: Progress | None = None) -> BacktestResult:
        """Run the specification and return its result, which names this engine (ENG-01).

        Pure: the same spec gives the same result (ENG-02), the spec and its bars are unchanged
        (ENG-03). No decision fills before it is known (ENG-04): cutting off later bars changes no
        earlier trade (ENG-05). No signal, no trade: equity stays the cash (ENG-06). Cash never goes
        below zero without leverage (ENG-07). `on_progress` changes no number (ENG-08), is told
        rising values up to the total (ENG-09).

        Raises `Unsupported` for what is not claimed (ENG-10), `InvalidSignal` for a strategy that
        returns something untradable, `GapFound` by the policy of the spec, `RunFailed` with the
        strategy's own error as cause (ENG-11).
        """
        ...


@runtime_checkable
class SupportsMany(Protocol):
    """An engine that runs many parameter sets of one spec faster than one by one."""

    def run_many(
        self, spec: BacktestSpec, params: Sequence[Mapping[str, object]], /
    ) -> Sequence[BacktestResult]:
        """Return one result a parameter set, in order, equal to `run` of each (ENG-21)."""
        ...


@runtime_checkable
class SupportsResume(Protocol):
    """An engine whose runs live elsewhere and outlive this process."""

    def start(self, spec: BacktestSpec, /) -> str:
        """Start a run and return its handle, text to be kept (ENG-22).

        Not idempotent. Raises `OutcomeUnknown` when nobody knows whether it started.
        """
        ...

    def resume(self, handle: str, spec: BacktestSpec, /) -> BacktestResult:
        """Wait for the run and return its result; may be called again (ENG-23).

        Raises `RemoteIncomplete` while there is none, `RunFailed`, `RunTimeout`.
        """
        ...
