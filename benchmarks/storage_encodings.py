"""Sizes and times of candle files by encoding and compression: what the candle store chose.

Run: ``python benchmarks/storage_encodings.py [candles.parquet]``. Without a file one year of
1-minute candles is made up: prices on a 0.01 grid, volumes on a 0.00001 grid, as venues send them.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa  # noqa: TID253
import pyarrow.parquet as pq  # noqa: TID253

N_YEAR = 525_600
MONTH = 43_200
PRICES = ("open", "high", "low", "close")
SIZES = ("volume", "quote_volume")


def made_up(n: int = N_YEAR, seed: int = 7) -> pa.Table:
    rng = np.random.default_rng(seed)
    close = np.round(20_000 * np.exp(np.cumsum(rng.normal(0, 8e-4, n))), 2)
    open_ = np.concatenate(([20_000.0], close[:-1]))
    spread = np.abs(rng.normal(0, 6, (2, n)))
    high = np.round(np.maximum(open_, close) + spread[0], 2)
    low = np.round(np.minimum(open_, close) - spread[1], 2)
    volume = np.round(rng.lognormal(2, 1.2, n), 5)
    start = np.datetime64("2023-01-01", "ns").astype(np.int64)
    return table(
        start + np.arange(n) * 60_000_000_000,
        open_,
        high,
        low,
        close,
        volume,
        volume * (high + low) / 2,
        rng.poisson(900, n),
    )


def table(open_ns, open_, high, low, close, volume, quote_volume, trades_count) -> pa.Table:  # noqa: ANN001
    return pa.table(
        {
            "open_time": pa.array(open_ns).cast(pa.timestamp("ns", "UTC")),
            "open": open_,
            "high": high,
            "low": low,
            "close": close,
            "volume": volume,
            "quote_volume": quote_volume,
            "trades_count": trades_count,
            "source": pa.array(np.zeros(len(open_ns), np.int32)),
        }
    )


def from_file(path: str) -> pa.Table:
    got = pq.read_table(path)
    n = len(got)
    columns = [got[name].to_numpy() for name in (*PRICES, "volume")]
    quote = (
        got["quote_volume"].to_numpy()
        if "quote_volume" in got.column_names
        else columns[4] * columns[3]
    )
    count = got["trades_count"].to_numpy() if "trades_count" in got.column_names else np.full(n, -1)
    times = got["timestamp"].cast(pa.timestamp("ns", "UTC")).cast(pa.int64()).to_numpy()
    return table(times, *columns, quote, count)


def encodings(floats: str) -> dict[str, object]:
    if floats == "dictionary":
        return {"use_dictionary": True}
    encoding = dict.fromkeys((*PRICES, *SIZES), floats)
    encoding |= {"open_time": "DELTA_BINARY_PACKED", "trades_count": "DELTA_BINARY_PACKED"}
    return {"use_dictionary": ["source"], "column_encoding": encoding}


def best(run: Callable[[], object], times: int = 5) -> float:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return min(took) * 1e3


def measure(
    candles: pa.Table, floats: str, compression: str, level: int | None, rows: int, *, sums: bool
) -> None:
    def write() -> bytes:
        sink = io.BytesIO()
        pq.write_table(
            candles,
            sink,
            row_group_size=rows,
            compression=compression,
            compression_level=level,
            write_page_checksum=sums,
            **encodings(floats),
        )
        return sink.getvalue()

    data = write()
    middle = candles["open_time"][len(candles) // 2].value // 60_000_000_000

    def month() -> None:
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=sums)
        keep = []
        for group in range(file.metadata.num_row_groups):
            stats = file.metadata.row_group(group).column(0).statistics
            low, high = (t.value // 60_000_000_000 for t in (stats.min, stats.max))
            if high >= middle and low < middle + MONTH:
                keep.append(group)
        got = file.read_row_groups(keep, use_threads=False)
        for column in got.columns:
            column.to_numpy()

    name = compression + ("" if level is None else f"-{level}")
    n = len(candles)
    print(
        f"| {floats} | {name} | {rows // 1024}k | {'yes' if sums else 'no'} | {len(data) / n:.1f} "
        f"| {best(write, 3) * 1e7 / n / 1e3:.2f} | {best(month):.2f} |"
    )


def main() -> None:
    candles = from_file(sys.argv[1]) if len(sys.argv) > 1 else made_up()
    print(f"{len(candles):,} candles; time to encode is scaled to 10M candles, one thread\n")
    print(
        "| floats | compression | rows a group | page sums | bytes a candle "
        "| 10M encoded, s | month read, ms |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for floats in ("PLAIN", "BYTE_STREAM_SPLIT", "dictionary"):
        for compression, level in (
            ("none", None),
            ("snappy", None),
            ("lz4", None),
            ("zstd", 1),
            ("zstd", 3),
        ):
            measure(candles, floats, compression, level, 32 * 1024, sums=True)
    for rows in (8, 16, 64, 128, 512):
        measure(candles, "BYTE_STREAM_SPLIT", "lz4", None, rows * 1024, sums=True)
    measure(candles, "BYTE_STREAM_SPLIT", "lz4", None, 32 * 1024, sums=False)
    measure(candles, "BYTE_STREAM_SPLIT", "zstd", 1, 32 * 1024, sums=False)


if __name__ == "__main__":
    main()
