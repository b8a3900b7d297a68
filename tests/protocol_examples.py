"""The minimal implementations in the docstrings of `algotrendy.protocols`, found and run."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap

from algotrendy import model, protocols

# Module -> (the class its docstring shows, the contract it claims to meet).
EXAMPLES = {
    "broker": ("InstantBroker", "Broker"),
    "cache": ("DictCache", "Cache"),
    "channel": ("ListChannel", "DataChannel"),
    "clock": ("StepClock", "Clock"),
    "engine": ("IdleEngine", "BacktestEngine"),
    "notifier": ("ListNotifier", "Notifier"),
    "observer": ("ListObserver", "Observer"),
    "predictor": ("LinearPredictor", "Predictor"),
    "risk": ("MaxOrderValue", "RiskRule"),
    "store": ("DictStore", "BarStore"),
    "strategy": ("BuyTheDip", "EventStrategy"),
}

# Where names come from that are in neither `algotrendy.model` nor `algotrendy.protocols`.
HOMES = {
    "AsyncIterator": "collections.abc",
    "Callable": "collections.abc",
    "Mapping": "collections.abc",
    "Sequence": "collections.abc",
    "Decimal": "decimal",
    "BacktestResult": "algotrendy.backtests.result",
    "BacktestSpec": "algotrendy.backtests.spec",
    "FillMode": "algotrendy.backtests.spec",
    "Trades": "algotrendy.backtests.trades",
    "NoData": "algotrendy.errors",
    "Unsupported": "algotrendy.errors",
}

MODULES = {"np": "numpy as np", "dataclasses": "dataclasses"}


def example(module: str) -> str:
    """Return the code block of a protocol's docstring."""
    text = inspect.getdoc(importlib.import_module(f"algotrendy.protocols.{module}")) or ""
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("    "))
    after = next(i for i, line in enumerate(lines[first:], first) if line and line[0] != " ")
    return textwrap.dedent("\n".join(lines[first:after])).strip() + "\n"


def program(module: str) -> str:
    """Return the code block, the imports its author would write, and the claim that it fits."""
    name, contract = EXAMPLES[module]
    code = f"{example(module)}\n\ndef proves(made: {name}) -> {contract}:\n    return made\n"
    homes = dict.fromkeys(model.__all__, "algotrendy.model")
    homes |= dict.fromkeys(protocols.__all__, "algotrendy.protocols")
    homes |= HOMES
    if module == "engine":  # there, the columns of refused orders are meant
        homes["Refused"] = "algotrendy.backtests.trades"
    used = set(re.findall(r"[A-Za-z_]+", code))
    imports = [f"from {homes[name]} import {name}" for name in sorted(used & set(homes))]
    modules = [f"import {line}" for name, line in MODULES.items() if f"{name}." in code]
    return "\n".join(["from __future__ import annotations", *modules, *imports, "\n", code])


def minimal(module: str) -> type:
    """Run the code block and return the class it makes."""
    namespace: dict[str, object] = {"__name__": f"example_{module}"}
    exec(compile(program(module), f"docstring of protocols.{module}", "exec"), namespace)  # noqa: S102
    found = namespace[EXAMPLES[module][0]]
    assert isinstance(found, type)
    return found


def members(contract: type) -> set[str]:
    """Names of what a contract requires."""
    return {name for name in vars(contract) if not name.startswith("_")}
