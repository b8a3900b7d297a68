"""Write the shipped sample files from the `bokeh_sampledata` package; run by hand, seldom.

    pip install bokeh_sampledata==2026.1
    python tools/make_samples.py

What is done: the rows of each share are taken as they are (date, open, high, low, close, volume,
adjusted close), in order of time, and written as one gzip CSV a share without a time stamp, so that
the same input gives the same bytes. FB is left out: it has less than a year.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import io
import sys
from pathlib import Path

_EXPECTED = "e73fe05d106b7da1abe8f947264c514afd02cef5c9db4864b9437c84d6bd6069"
_NAMES = ("AAPL", "GOOG", "IBM", "MSFT")
_HEADER = "date,open,high,low,close,volume,adjusted_close"
_TARGET = Path(__file__).parents[1] / "src/algotrendy/sample"


def main() -> int:
    """Read the package's file, check its hash, write one file a share."""
    found = importlib.util.find_spec("bokeh_sampledata")
    if found is None or found.origin is None:
        sys.stderr.write("run: pip install bokeh_sampledata==2026.1\n")
        return 1
    raw = gzip.decompress((Path(found.origin).parent / "_data/stocks.csv.gz").read_bytes())
    digest = hashlib.sha256(raw).hexdigest()
    if digest != _EXPECTED:
        sys.stderr.write(f"stocks.csv has SHA-256 {digest}, expected {_EXPECTED}\n")
        return 1
    rows: dict[str, list[str]] = {name: [] for name in _NAMES}
    for row in csv.DictReader(io.StringIO(raw.decode("ascii"))):
        if row["Ticker"] in rows:
            cells = ("Date", "Open", "High", "Low", "Close", "Volume", "Adj Close")
            rows[row["Ticker"]].append(",".join(row[cell] for cell in cells))
    for name, lines in rows.items():
        text = "\n".join([_HEADER, *sorted(lines), ""])
        path = _TARGET / f"{name}.csv.gz"
        path.write_bytes(gzip.compress(text.encode("ascii"), compresslevel=9, mtime=0))
        sys.stdout.write(f"{path.name}: {len(lines)} rows, {path.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
