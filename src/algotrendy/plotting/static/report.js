// Draws the report's charts from the JSON block in the page. No network, no storage.
// Marks on <html> say what happened: data-charts (how many were built), data-error (what went wrong).
(function () {
  "use strict";
  const root = document.documentElement;
  function fail(text) {
    const before = root.getAttribute("data-error");
    root.setAttribute("data-error", (before ? before + " | " : "") + text);
  }
  window.addEventListener("error", (event) => fail(String(event.message)));
  window.addEventListener("securitypolicyviolation", (event) => fail("policy: " + event.violatedDirective));

  const built = [];

  function palette() {
    const style = getComputedStyle(root);
    const read = (name) => style.getPropertyValue("--" + name).trim();
    return {
      card: read("card"), text: read("text"), soft: read("soft"), line: read("line"), grid: read("grid"),
      accent: read("accent"), gain: read("gain"), loss: read("loss"), held: read("held"),
    };
  }
  function faded(hex, share) {
    const part = (at) => parseInt(hex.slice(at, at + 2), 16);
    return "rgba(" + part(1) + "," + part(3) + "," + part(5) + "," + share + ")";
  }
  function running(steps) {
    let sum = 0;
    return steps.map((step) => (sum += step));
  }
  function points(times, values) {
    return times.map((time, at) => (values[at] === null ? { time } : { time, value: values[at] }));
  }
  function colorOptions(colors) {
    return {
      layout: {
        background: { type: "solid", color: colors.card }, textColor: colors.soft,
        panes: { separatorColor: colors.line, separatorHoverColor: faded(colors.accent, 0.3) },
      },
      grid: { vertLines: { color: colors.grid }, horzLines: { color: colors.grid } },
      rightPriceScale: { borderColor: colors.line },
      timeScale: { borderColor: colors.line },
    };
  }
  function newChart(box, colors, daily) {
    const chart = window.LightweightCharts.createChart(box, { autoSize: true });
    chart.applyOptions({
      layout: { fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily, attributionLogo: true },
      crosshair: { mode: 0 },
      rightPriceScale: { minimumWidth: 78 },
      timeScale: { timeVisible: !daily, secondsVisible: false, minBarSpacing: 0.02, rightOffset: 2 },
      localization: { locale: "en-GB" },
      // A page must scroll under a finger or a wheel: only sideways drags move the chart.
      handleScroll: { vertTouchDrag: false, mouseWheel: false },
    });
    chart.applyOptions(colorOptions(colors));
    return chart;
  }
  function number(value, decimals) {
    if (value === null || value === undefined) return "n/a";
    return value.toLocaleString("en-GB", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  }
  const money = (value) => number(value, 2);
  const percent = (value) => (value * 100).toFixed(2) + "%";
  function clock(seconds, daily) {
    const text = new Date(seconds * 1000).toISOString();
    return daily ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
  }

  // Draws each trade from entry to exit at its fill prices; a series primitive of the chart library.
  function tradeLayer(chart, series, trades, colors) {
    const view = {
      zOrder: () => "top",
      renderer: () => ({
        draw(target) {
          const range = chart.timeScale().getVisibleLogicalRange();
          if (!range) return;
          const seen = [];
          for (let at = 0; at < trades.entry.length; at += 1) {
            if (trades.exit[at] >= range.from - 1 && trades.entry[at] <= range.to + 1) seen.push(at);
          }
          target.useBitmapCoordinateSpace((scope) => drawTrades(scope, chart, series, trades, seen, colors()));
        },
      }),
    };
    return { paneViews: () => [view], updateAllViews() {} };
  }
  function drawTrades(scope, chart, series, trades, seen, colors) {
    const pen = scope.context;
    const ratio = scope.horizontalPixelRatio;
    const detailed = seen.length <= Math.max(scope.mediaSize.width / 10, 30);
    const across = (slot) => chart.timeScale().logicalToCoordinate(slot) * ratio;
    const down = (price) => series.priceToCoordinate(price) * scope.verticalPixelRatio;
    pen.lineWidth = (detailed ? 1.6 : 1.2) * ratio;
    for (const at of seen) {
      const color = trades.gain[at] ? colors.gain : colors.loss;
      const x = across(trades.entry[at]);
      const y = down(trades.entryPrice[at]);
      const endX = across(trades.exit[at]);
      const endY = down(trades.exitPrice[at]);
      pen.strokeStyle = color;
      pen.globalAlpha = 0.9;
      pen.setLineDash(trades.open[at] ? [5 * ratio, 4 * ratio] : []);
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(endX, endY);
      pen.stroke();
      if (!detailed) continue;
      pen.setLineDash([]);
      const size = 5 * ratio;
      const tip = trades.side[at] > 0 ? -size : size;
      pen.globalAlpha = 1;
      pen.fillStyle = colors.text;
      pen.beginPath();
      pen.moveTo(x, y + tip);
      pen.lineTo(x - size, y - tip);
      pen.lineTo(x + size, y - tip);
      pen.closePath();
      pen.fill();
      if (trades.open[at]) continue;
      pen.fillStyle = colors.card;
      pen.strokeStyle = color;
      pen.beginPath();
      pen.arc(endX, endY, 3.4 * ratio, 0, 2 * Math.PI);
      pen.fill();
      pen.stroke();
    }
    pen.globalAlpha = 1;
    pen.setLineDash([]);
  }

  function seriesOptions(colors, data) {
    const plain = { lastValueVisible: false, priceLineVisible: false };
    return {
      candles: {
        upColor: faded(colors.gain, 0.55), downColor: faded(colors.loss, 0.55), borderVisible: false,
        wickUpColor: faded(colors.gain, 0.75), wickDownColor: faded(colors.loss, 0.75),
        priceLineVisible: false,
        priceFormat: { type: "price", precision: data.decimals || 2, minMove: Math.pow(10, -(data.decimals || 2)) },
      },
      volume: { ...plain, priceScaleId: "volume", color: faded(colors.held, 0.28), priceFormat: { type: "volume" } },
      equity: {
        priceLineVisible: false, baseValue: { type: "price", price: data.cash }, lineWidth: 2, topLineColor: colors.accent,
        bottomLineColor: colors.loss, topFillColor1: faded(colors.accent, 0.24), topFillColor2: faded(colors.accent, 0.03),
        bottomFillColor1: faded(colors.loss, 0.03), bottomFillColor2: faded(colors.loss, 0.2),
        priceFormat: { type: "custom", formatter: money, minMove: 0.01 },
      },
      held: { ...plain, color: colors.held, lineWidth: 1, lineStyle: 2, crosshairMarkerVisible: false },
      drawdown: {
        priceLineVisible: false, baseValue: { type: "price", price: 0 }, lineWidth: 1, topLineColor: colors.loss,
        bottomLineColor: colors.loss, topFillColor1: "transparent", topFillColor2: "transparent",
        bottomFillColor1: faded(colors.loss, 0.05), bottomFillColor2: faded(colors.loss, 0.35),
        priceFormat: { type: "custom", formatter: percent, minMove: 0.0001 },
      },
    };
  }

  function backtest(data) {
    const LC = window.LightweightCharts;
    const box = document.getElementById("backtest-chart");
    const times = running(data.times);
    let colors = palette();
    box.hidden = false;
    const chart = newChart(box, colors, data.daily);
    let options = seriesOptions(colors, data);
    const series = {};
    let pane = 0;
    if (data.close) {
      series.candles = chart.addSeries(LC.CandlestickSeries, options.candles, pane);
      series.candles.setData(
        times.map((time, at) =>
          data.close[at] === null
            ? { time }
            : { time, open: data.open[at], high: data.high[at], low: data.low[at], close: data.close[at] }
        )
      );
      series.volume = chart.addSeries(LC.HistogramSeries, options.volume, pane);
      series.volume.setData(points(times, data.volume));
      series.volume.priceScale().applyOptions({ scaleMargins: { top: 0.86, bottom: 0 } });
      series.candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.16 } });
      series.candles.attachPrimitive(tradeLayer(chart, series.candles, data.trades, () => colors));
      pane += 1;
    }
    const names = [];
    series.equity = chart.addSeries(LC.BaselineSeries, options.equity, pane);
    series.equity.setData(points(times, data.equity));
    if (data.held) {
      series.held = chart.addSeries(LC.LineSeries, options.held, pane);
      series.held.setData(points(times, data.held));
    }
    series.drawdown = chart.addSeries(LC.BaselineSeries, options.drawdown, pane + 1);
    series.drawdown.setData(points(times, data.drawdown));
    const panes = chart.panes();
    const shares = pane === 1 ? [5, 3, 2] : [3, 2];
    const labels = pane === 1 ? ["Price, a candle is " + data.label, "Equity", "Drawdown"] : ["Equity", "Drawdown"];
    panes.forEach((each, at) => {
      each.setStretchFactor(shares[at]);
      names.push(LC.createTextWatermark(each, watermark(labels[at], colors)));
    });
    chart.timeScale().fitContent();
    legend(chart, data, times);
    controls(chart, box, data, times, series);
    built.push({
      chart, box,
      recolor() {
        colors = palette();
        options = seriesOptions(colors, data);
        chart.applyOptions(colorOptions(colors));
        Object.keys(series).forEach((name) => series[name].applyOptions(options[name]));
        names.forEach((name, at) => name.applyOptions(watermark(labels[at], colors)));
      },
    });
    document.getElementById("backtest-fallback").hidden = true;
  }
  function watermark(text, colors) {
    return { horzAlign: "left", vertAlign: "top", lines: [{ text: " " + text, color: colors.soft, fontSize: 12, lineHeight: 22 }] };
  }

  function legend(chart, data, times) {
    const place = document.getElementById("backtest-legend");
    function show(at) {
      const items = [["", clock(times[at], data.daily) + " UTC"]];
      if (data.close) {
        ["open", "high", "low", "close"].forEach((name) => items.push([name, number(data[name][at], data.decimals)]));
      }
      items.push(["equity", money(data.equity[at])]);
      if (data.held) items.push(["buy and hold", money(data.held[at])]);
      items.push(["drawdown", data.drawdown[at] === null ? "n/a" : percent(data.drawdown[at])]);
      place.replaceChildren(
        ...items.map(([name, text]) => {
          const span = document.createElement("span");
          const value = document.createElement("b");
          value.textContent = text;
          span.append(name ? name + " " : "", value);
          return span;
        })
      );
    }
    show(times.length - 1);
    chart.subscribeCrosshairMove((event) => {
      const at = event.logical === undefined || event.logical === null ? times.length - 1 : Math.round(event.logical);
      show(Math.min(Math.max(at, 0), times.length - 1));
    });
  }

  function controls(chart, box, data, times, series) {
    const scale = chart.timeScale();
    const bar = document.getElementById("backtest-buttons");
    function button(text, act) {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.addEventListener("click", () => act(made));
      bar.append(made);
      return made;
    }
    button("All", () => scale.fitContent());
    const DAY = 86400;
    const last = times[times.length - 1];
    const whole = last - times[0];
    [["Last year", 365], ["Last 90 days", 90], ["Last 30 days", 30], ["Last 7 days", 7], ["Last day", 1]].forEach(([text, days]) => {
      if (whole < days * DAY * 1.15) return;
      const from = times.findIndex((time) => time >= last - days * DAY);
      if (times.length - from < 12) return;
      button(text, () => scale.setVisibleLogicalRange({ from: from - 0.5, to: times.length + 0.5 }));
    });
    if (series.candles) {
      const made = button("Log scale", () => {
        const on = made.getAttribute("aria-pressed") !== "true";
        made.setAttribute("aria-pressed", String(on));
        series.candles.priceScale().applyOptions({ mode: on ? 1 : 0 });
        series.equity.priceScale().applyOptions({ mode: on ? 1 : 0 });
      });
      made.setAttribute("aria-pressed", "false");
    }
    bar.hidden = false;
    box.addEventListener("keydown", (event) => {
      const range = scale.getVisibleLogicalRange();
      if (!range || event.ctrlKey || event.metaKey || event.altKey) return;
      const span = range.to - range.from;
      const moves = {
        ArrowLeft: [-0.1, -0.1], ArrowRight: [0.1, 0.1], "+": [0.15, -0.15], "=": [0.15, -0.15], "-": [-0.2, 0.2],
      };
      if (event.key === "Home") scale.fitContent();
      else if (moves[event.key]) {
        const [left, right] = moves[event.key];
        scale.setVisibleLogicalRange({ from: range.from + left * span, to: range.to + right * span });
      } else return;
      event.preventDefault();
    });
  }

  // Dashed lines where a test period starts.
  function foldLayer(chart, starts, colors) {
    const view = {
      zOrder: () => "bottom",
      renderer: () => ({
        draw(target) {
          target.useBitmapCoordinateSpace((scope) => {
            const pen = scope.context;
            pen.strokeStyle = colors().held;
            pen.globalAlpha = 0.5;
            pen.lineWidth = scope.horizontalPixelRatio;
            pen.setLineDash([3 * scope.horizontalPixelRatio, 3 * scope.horizontalPixelRatio]);
            pen.beginPath();
            for (const start of starts) {
              const x = chart.timeScale().logicalToCoordinate(start) * scope.horizontalPixelRatio;
              pen.moveTo(x, 0);
              pen.lineTo(x, scope.bitmapSize.height);
            }
            pen.stroke();
            pen.setLineDash([]);
            pen.globalAlpha = 1;
          });
        },
      }),
    };
    return { paneViews: () => [view], updateAllViews() {} };
  }

  function walk(data) {
    const LC = window.LightweightCharts;
    const box = document.getElementById("walk-chart");
    const times = running(data.times);
    const options = (colors) => ({
      lineColor: colors.accent, topColor: faded(colors.accent, 0.25), bottomColor: faded(colors.accent, 0.02), lineWidth: 2,
      priceLineVisible: false, priceFormat: { type: "custom", formatter: money, minMove: 0.01 },
    });
    const chart = newChart(box, palette(), data.daily);
    const line = chart.addSeries(LC.AreaSeries, options(palette()));
    line.setData(points(times, data.equity));
    let colors = palette();
    line.attachPrimitive(foldLayer(chart, data.folds, () => colors));
    chart.timeScale().fitContent();
    built.push({
      chart, box,
      recolor() {
        colors = palette();
        chart.applyOptions(colorOptions(colors));
        line.applyOptions(options(palette()));
      },
    });
  }

  function start() {
    const data = JSON.parse(document.getElementById("charts-data").textContent);
    if (!window.LightweightCharts) return;
    if (data.backtest) backtest(data.backtest);
    if (data.walk && data.walk.times.length) walk(data.walk);
    root.setAttribute("data-charts", String(built.length));
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => built.forEach((each) => each.recolor()));
    // Paper gets a picture in the light colours: the live canvases cannot be repainted in time.
    window.addEventListener("beforeprint", () => {
      root.classList.add("printing");
      built.forEach((each) => {
        each.recolor();
        each.picture = each.chart.takeScreenshot(true);
        each.picture.className = "picture";
        each.box.after(each.picture);
      });
    });
    window.addEventListener("afterprint", () => {
      root.classList.remove("printing");
      built.forEach((each) => {
        each.picture.remove();
        each.recolor();
      });
    });
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
