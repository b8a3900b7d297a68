"""Run every workload and write the tables of the README and docs/explanation/performance.md.

Run: python -m benchmarks.run [--quick] [--write] [--rows FILE]

The peers must be installed beside the library (vectorbt, vectorbt-rust, backtesting, backtrader,
TA-Lib, polars); absent ones are named and left out. `--rows` keeps all rows as JSON; with `--write`
alone, given an existing file of rows, the tables are written from it and nothing is run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.side_by_side import Row

ROOT = Path(__file__).parents[1]
START, END = "<!-- benchmarks:start -->", "<!-- benchmarks:end -->"
SCRIPTS: dict[str, list[list[str]]] = {
    "full": [
        ["benchmarks.backtests"],
        ["benchmarks.cold_start"],
        ["benchmarks.w5_metrics"],
        ["benchmarks.w6_indicators"],
        ["benchmarks.w6_indicators", "--fast"],
    ],
    "quick": [
        ["benchmarks.backtests", "--quick"],
        ["benchmarks.cold_start", "--runs", "3"],
        ["benchmarks.w5_metrics", "--curves", "1000", "--rounds", "3"],
        ["benchmarks.w6_indicators", "--rows", "200000"],
    ],
}
SHOWN_INDICATORS = ("sma(20)", "ema(20)", "bollinger(20,2)", "atr(14)", "rsi(14)")


def collect(kind: str) -> list[Row]:
    """Run the scripts one after the other and gather their rows."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, script in enumerate(SCRIPTS[kind]):
            path = Path(folder) / f"{number}.json"
            print(f"== {' '.join(script)}", flush=True)
            command = [sys.executable, "-W", "ignore", "-m", *script, "--json", str(path)]
            subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": _path()})
            fresh = json.loads(path.read_text(encoding="utf-8"))
            for row in fresh:
                row["fast"] = "--fast" in script
            rows += fresh
    return rows


def _path() -> str:
    return os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]))


def table(rows: list[Row]) -> str:
    """Return a Markdown table: who, how long, how many times, how much memory."""
    lines = [
        "| workload | AlgoTrendy | peer | peer's time | ratio | same result | peak memory |",
        "| --- | ---: | --- | ---: | ---: | --- | --- |",
    ]
    for row in rows:
        ratio, agree = row.get("ratio"), row.get("agree")
        memory = _mb(row.get("ours_mb"))
        if row.get("peer_mb") is not None:
            memory += f" / {_mb(row['peer_mb'])}"
        label = f"{row['workload']} {row['case']}" + (" (`fast`)" if row.get("fast") else "")
        lines.append(
            f"| {label} | {_time(row['ours_s'])} | {row.get('peer') or ''} | {_time(row.get('peer_s'))} "
            f"| {f'{ratio:.1f} ×' if isinstance(ratio, float) and agree is not False else ''} "
            f"| {'' if agree is None else 'yes' if agree else 'NO'} | {memory} |"
        )
    return "\n".join(lines)


def short(rows: list[Row]) -> list[Row]:
    """The rows of the README: no single indicators but the usual five, against each peer once."""
    return [
        row
        for row in rows
        if row["workload"] != "W6"
        or (str(row["case"]).startswith(SHOWN_INDICATORS) and not row.get("fast"))
    ]


def _time(seconds: object) -> str:
    if not isinstance(seconds, float):
        return ""
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def _mb(size: object) -> str:
    return f"{size:,.0f} MB" if isinstance(size, int | float) else ""


def machine() -> str:
    """What it was measured on, without naming the machine."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    import numpy as np

    return (
        f"Measured on {os.cpu_count()} shared cores ({model}), Python {platform.python_version()}, "
        f"numpy {np.__version__}, one thread, medians of interleaved runs. "
        "Read the ratios, not the times."
    )


def write(path: Path, text: str) -> None:
    """Put the text between the marks of a page."""
    page = path.read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{START}\n{text}\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it all runs")
    parser.add_argument("--write", action="store_true", help="write the tables into the pages")
    parser.add_argument("--rows", type=Path, help="JSON file of all rows, written or read")
    options = parser.parse_args()
    if options.write and options.rows is not None and options.rows.exists():
        kept = json.loads(options.rows.read_text(encoding="utf-8"))
        rows, note = kept["rows"], kept["machine"]
    else:
        rows, note = collect("quick" if options.quick else "full"), machine()
        if options.rows is not None:
            options.rows.write_text(json.dumps({"machine": note, "rows": rows}, indent=1) + "\n")
    print(table(rows))
    if options.write:
        write(ROOT / "README.md", f"{table(short(rows))}\n\n{note}")
        write(ROOT / "docs/explanation/performance.md", f"{table(rows)}\n\n{note}")


if __name__ == "__main__":
    main()
