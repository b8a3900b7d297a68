"""The shell of a self-contained page: policy, style, data, scripts, attribution.

Laws: nothing is loaded from anywhere; only the scripts listed by hash may run; the same content
gives the same bytes.
Used by: the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from algotrendy.plotting.markup import Markup, embed_json, join, script_source, tag

__all__ = ["page"]

_CHART_SCRIPT = "lightweight-charts.js"


def _static(name: str) -> str:
    return files("algotrendy.plotting").joinpath("static", name).read_text(encoding="utf-8")


def _attribution() -> Markup:
    """The notice that the chart library's licence asks to be shown, with its link."""
    return tag(
        "p",
        "Charts: TradingView Lightweight Charts™, Copyright (c) 2023-2026 TradingView, Inc. ",
        tag(
            "a",
            "https://www.tradingview.com/",
            href="https://www.tradingview.com/",
            rel="noopener noreferrer",
        ),
        " Licensed under the Apache License, Version 2.0.",
    )


def page(
    *,
    title: str,
    header: Markup,
    navigation: Iterable[tuple[str, str]],
    body: Iterable[Markup | None],
    charts: dict[str, object],
) -> str:
    """Put a page together.

    Parameters
    ----------
    title : of the browser's tab
    header : what stands on top
    navigation : (anchor, name) of the sections
    body : the sections; None is left out
    charts : data of interactive charts by name; empty leaves the chart library out

    Returns
    -------
    str
        A complete HTML document.
    """
    own = _static("report.js")
    scripts = [own, _static(_CHART_SCRIPT)] if charts else [own]
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(script_source, scripts))}",
            "style-src 'unsafe-inline'",  # the chart library adds a style element of its own
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Markup(_static("report.css"))),
    )
    links = [tag("li", tag("a", name, href=f"#{anchor}")) for anchor, name in navigation]
    content = tag(
        "body",
        tag("a", "Skip to the figures", href="#content", class_="skip"),
        tag("header", header, class_="top"),
        tag("nav", tag("ul", *links), aria_label="Sections"),
        tag("main", *body, id="content"),
        tag("footer", _attribution() if charts else None),
        embed_json(charts, element_id="charts-data"),
        *(Markup(f"<script>{script}</script>") for script in scripts),
    )
    return join([Markup("<!doctype html>\n"), tag("html", head, content, lang="en"), "\n"])
