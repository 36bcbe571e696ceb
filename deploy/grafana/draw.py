#!/usr/bin/env python3
"""Draws the dashboard from a Prometheus server, for pages that cannot show a live one:

    pip install -r deploy/grafana/requirements.txt
    deploy/grafana/draw.py --prometheus http://127.0.0.1:9090 --start UNIX --end UNIX --out dashboard.png

The panels, their places, queries, units and colours are those of pixelclip.json; everything is selected. Grafana draws
more than this: no tooltips here, and only the settings that the dashboard uses.
"""

import argparse
import datetime
import io
import json
import math
import re
import urllib.parse
import urllib.request

import matplotlib

matplotlib.use("agg")

import numpy
from matplotlib import pyplot
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import FancyBboxPatch, Rectangle
from PIL import Image

import dashboard
import units

WIDTH, UNIT, GAP, HEADER = 1500, 30, 8, 64  # pixels; UNIT is a row of Grafana's grid
PAGE, CARD, BORDER, GRID = "#111217", "#181b1f", "#26282e", "#2a2d33"
TEXT, STRONG, MUTED = "#ccccdc", "#f0f0f5", "#8f909c"
NAMED = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "blue": "#5794f2", "purple": "#b877d9"}
PALETTE = ["#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#37a2a8", "#ffb357", "#c4d0f5"]
HEAT = LinearSegmentedColormap.from_list("heat", [CARD, "#5a2a0c", "#b5520f", "#ff9830", "#ffe0b0"])


class Source:
    """Prometheus, and the time to be shown."""

    def __init__(self, url, start, end, interval):
        self.url, self.start, self.end = url, start, end
        self.rate_interval = f"{math.ceil(max(4 * interval, (end - start) / 12))}s"
        self.step = max(interval, (end - start) / 150)

    def _ask(self, path, **parameters):
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}") as answer:
            return json.load(answer)["data"]["result"]

    def series(self, panel):
        """Of all targets: the name in the legend, the labels, and values at self.times(), NaN where there are none."""
        times, found = self.times(), []
        for target in panel["targets"]:
            query = dashboard.expand(target["expr"], self.rate_interval)
            for series in self._ask("query_range", query=query, start=self.start, end=self.end, step=self.step):
                values = numpy.full(len(times), numpy.nan)
                for time, value in series["values"]:
                    values[round((time - self.start) / self.step)] = float(value)
                name = re.sub(r"\{\{(\w+)\}\}", lambda label: series["metric"].get(label[1], ""),
                              target.get("legendFormat", ""))
                found.append((name.strip(), series["metric"], values))
        return sorted(found, key=lambda series: series[0]) if len(panel["targets"]) == 1 else found

    def rows(self, panel):
        """A table's: labels and value now."""
        query = dashboard.expand(panel["targets"][0]["expr"], self.rate_interval)
        answer = self._ask("query", query=query, time=self.end)
        return [{**row["metric"], "Value": float(row["value"][1])} for row in answer]

    def times(self):
        return self.start + self.step * numpy.arange(int((self.end - self.start) / self.step) + 1)


class Page:
    """A figure in pixels from the upper left corner, with cards on it."""

    def __init__(self, height):
        self.height = height
        self.figure = pyplot.figure(figsize=(WIDTH / 100, height / 100), dpi=100, facecolor=PAGE)
        self.canvas = self.figure.add_axes([0, 0, 1, 1])
        self.canvas.set_xlim(0, WIDTH)
        self.canvas.set_ylim(height, 0)
        self.canvas.axis("off")
        self.renderer = self.figure.canvas.get_renderer()

    def text(self, x, y, text, size=9, color=TEXT, **options):
        return self.canvas.text(x, y, text, fontsize=size, color=color, **{"va": "center", **options})

    def width(self, text):
        return text.get_window_extent(self.renderer).width

    def card(self, x, y, w, h, title):
        self.canvas.add_patch(FancyBboxPatch((x, y), w, h, boxstyle="round,pad=0,rounding_size=3", facecolor=CARD,
                                             edgecolor=BORDER, linewidth=1))
        self.text(x + 10, y + 15, title, 9.5, STRONG, weight="bold")

    def axes(self, x, y, w, h):
        axes = self.figure.add_axes([x / WIDTH, 1 - (y + h) / self.height, w / WIDTH, h / self.height])
        axes.set_facecolor(CARD)
        for side in axes.spines.values():
            side.set_visible(False)
        axes.tick_params(length=0, labelsize=8, labelcolor=MUTED)
        return axes

    def make_room(self, axes):
        """Moves the left end of `axes` where its labels would stick out."""
        widest = max((self.width(label) for label in axes.get_yticklabels()), default=0)
        lack = max(0, widest + 16 - 66) / WIDTH
        left, bottom, width, height = axes.get_position().bounds
        axes.set_position([left + lack, bottom, width - lack, height])

    def legend(self, x, y, w, entries):
        """Lines of (name, colour), upwards from y; returns their height."""
        lines, left = [[]], x
        for name, color in entries:
            label = self.text(0, 0, name, 8, TEXT)
            needed = self.width(label) + 34
            if lines[-1] and left + needed > x + w:
                lines.append([])
                left = x
            lines[-1].append((label, left, color))
            left += needed
        for number, line in enumerate(lines):
            height = y - 15 * (len(lines) - 1 - number)
            for label, left, color in line:
                self.canvas.add_patch(Rectangle((left, height - 1.5), 13, 3, facecolor=color))
                label.set_position((left + 18, height))
        return 15 * len(lines)


def threshold_color(panel, value):
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return NAMED[[step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]]


def colors_of(panel, names):
    fixed = {override["matcher"]["options"]: NAMED[override["properties"][0]["value"]["fixedColor"]]
             for override in panel["fieldConfig"]["overrides"]}
    free = iter([color for color in PALETTE if color not in fixed.values()] * 4)
    return [fixed.get(name) or next(free) for name in names]


def time_axis(axes, source):
    span, room = source.end - source.start, axes.get_position().width * WIDTH / 75
    step = next(step for step in (10, 20, 30, 60, 300, 600, 1800, 3600, 10800, 86400) if span / step <= min(6, room))
    ticks = numpy.arange(math.ceil(source.start / step) * step, source.end, step)
    axes.set_xlim(source.start, source.end)
    form = "%H:%M:%S" if step < 60 else "%H:%M"
    clock = [datetime.datetime.fromtimestamp(tick, datetime.timezone.utc) for tick in ticks]
    axes.set_xticks(ticks, [time.strftime(form) for time in clock])


def value_axis(axes, panel, high):
    defaults = panel["fieldConfig"]["defaults"]
    unit, low = defaults["unit"], defaults["min"]
    if "scaleDistribution" in defaults["custom"]:
        axes.set_yscale("log")
        axes.minorticks_off()
        ticks = 10.0 ** numpy.arange(math.log10(low), math.ceil(math.log10(high)))
    elif unit == "bytes":
        step = 2.0 ** math.ceil(math.log2(high / 4))
        ticks = numpy.arange(0, high, step)
    else:
        ticks = [tick for tick in matplotlib.ticker.MaxNLocator(4).tick_values(low, high) if low <= tick <= high]
    axes.set_ylim(low, high)
    axes.set_yticks(ticks, [units.write(tick, unit) for tick in ticks])
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def draw_stat(page, panel, source, x, y, w, h):
    _, _, values = source.series(panel)[0]
    here = numpy.isfinite(values)
    last = values[here][-1]
    defaults = panel["fieldConfig"]["defaults"]
    color = threshold_color(panel, last)
    value = page.text(x + w / 2, y + 26 + (h - 26) * 0.36, units.write(last, defaults["unit"], defaults.get("decimals")),
                      22, color, ha="center", weight="bold", zorder=5)
    value.set_fontsize(22 * min(1, (w - 24) / page.width(value)))
    axes = page.axes(x + 1, y + h * 0.66, w - 2, h * 0.34 - 1)
    axes.axis("off")
    times = source.times()
    axes.fill_between(times, 0, numpy.where(here, values, numpy.nan), color=color, alpha=0.2, linewidth=0)
    axes.plot(times, values, color=color, linewidth=1.2)
    axes.set_xlim(source.start, source.end)
    axes.set_ylim(0, 1.1 * max(numpy.nanmax(values[here]), 1e-9))


def draw_timeseries(page, panel, source, x, y, w, h):
    found, times = source.series(panel), source.times()
    defaults = panel["fieldConfig"]["defaults"]
    colors = colors_of(panel, [name for name, _, _ in found])
    legend = page.legend(x + 12, y + h - 13, w - 20, [(name, color) for (name, _, _), color in zip(found, colors)])
    axes = page.axes(x + 66, y + 32, w - 80, h - 32 - legend - 32)
    values = numpy.array([series for _, _, series in found])
    values[~numpy.isfinite(values)] = numpy.nan
    if "stacking" in defaults["custom"]:
        values = numpy.nan_to_num(values)
        axes.stackplot(times, values, colors=colors, alpha=0.75, linewidth=0)
        highest = values.sum(axis=0).max()
    else:
        for series, color in zip(values, colors):
            axes.fill_between(times, 0, series, color=color, alpha=0.05, linewidth=0)
            axes.plot(times, series, color=color, linewidth=1.4)
        highest = numpy.nanmax(values)
    for step in defaults.get("thresholds", {}).get("steps", [])[1:]:
        axes.axhline(step["value"], color=NAMED[step["color"]], linewidth=1, linestyle=(0, (5, 4)))
        highest = max(highest, step["value"])
    value_axis(axes, panel, defaults.get("max", 1.08 * highest or 1) * 1.001)
    time_axis(axes, source)
    page.make_room(axes)


def draw_heatmap(page, panel, source, x, y, w, h):
    buckets = [(float(labels["le"]), values) for _, labels, values in source.series(panel)]
    buckets.sort(key=lambda bucket: bucket[0])
    bounds = [bound for bound, _ in buckets]  # the last is infinite
    counts = numpy.diff(numpy.nan_to_num([values for _, values in buckets]), axis=0, prepend=0).clip(0)[:, ::3]
    used = numpy.flatnonzero(counts.sum(axis=1) > 0)
    low, high = max(used[0] - 1, 0), used[-1] + 1
    axes = page.axes(x + 66, y + 32, w - 80, h - 32 - 32)
    edges = source.start + 3 * source.step * (numpy.arange(counts.shape[1] + 1) - 0.5)
    brightness = counts[low:high] ** 0.4
    axes.pcolormesh(edges, numpy.arange(high - low + 1), brightness, cmap=HEAT, edgecolor=CARD, linewidth=0.2)
    ticks = range(1, high - low + 1, 2)
    axes.set_yticks(ticks, [units.write(bounds[low + tick - 1], "s") for tick in ticks])
    time_axis(axes, source)


def draw_timeline(page, panel, source, x, y, w, h):
    found, times = source.series(panel), source.times()
    mapping = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
    states = [(state["text"], NAMED[state["color"]]) for state in mapping.values()]
    legend = page.legend(x + 12, y + h - 13, w - 20, states)
    longest = max(page.width(page.text(0, -99, name, 8)) for name, _, _ in found)
    axes = page.axes(x + 20 + longest, y + 32, w - 34 - longest, h - 32 - legend - 32)
    for row, (_, _, values) in enumerate(found):
        for state, look in mapping.items():
            axes.fill_between(times, row + 0.12, row + 0.88, where=values == float(state), step="post",
                              color=NAMED[look["color"]], alpha=0.8, linewidth=0)
    axes.set_ylim(len(found), 0)
    axes.set_yticks(numpy.arange(len(found)) + 0.5, [name for name, _, _ in found])
    time_axis(axes, source)


def draw_table(page, panel, source, x, y, w, h):
    options = panel["transformations"][0]["options"]
    rows, unit = source.rows(panel), panel["fieldConfig"]["defaults"]["unit"]
    order = options["indexByName"]
    columns = [name for name in sorted(order, key=order.get) if any(name in row for row in rows)]
    cells = [[options["renameByName"].get(name, name) for name in columns]]
    cells += [[units.write(row[name], unit) if name == "Value" else row.get(name, "")[:12 if name == "commit" else None]
               for name in columns] for row in rows]
    for number, line in enumerate(cells):
        for column, cell in enumerate(line):
            page.text(x + 12 + column * (w - 24) / len(columns), y + 44 + 25 * number, cell, 8.5,
                      TEXT if number else NAMED["blue"], weight="normal" if number else "bold")
        if number:
            page.canvas.plot([x + 10, x + w - 10], [y + 31 + 25 * number] * 2, color=GRID, linewidth=0.8)


DRAW = {"stat": draw_stat, "timeseries": draw_timeseries, "heatmap": draw_heatmap, "state-timeline": draw_timeline,
        "table": draw_table}


def draw(source, out, subtitle):
    board = dashboard.load()
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    page = Page(HEADER + bottom * UNIT + GAP)
    page.text(16, HEADER / 2, board["title"], 16, STRONG, weight="bold")
    page.text(WIDTH - 16, HEADER / 2, subtitle, 10, MUTED, ha="right")
    for panel in board["panels"]:
        grid = panel["gridPos"]
        column = (WIDTH - GAP) / 24
        x, y = GAP + grid["x"] * column, HEADER + grid["y"] * UNIT
        w, h = grid["w"] * column - GAP, grid["h"] * UNIT - GAP
        if panel["type"] == "row":
            page.text(x + 4, y + UNIT / 2 - 2, "▾", 10, MUTED)
            page.text(x + 22, y + UNIT / 2 - 3, panel["title"], 11, STRONG, weight="bold")
            continue
        page.card(x, y, w, h, panel["title"])
        DRAW[panel["type"]](page, panel, source, x, y, w, h)
    picture = io.BytesIO()
    page.figure.savefig(picture, facecolor=PAGE)
    Image.open(picture).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(out, optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prometheus", required=True, help="its address, http://HOST:PORT")
    parser.add_argument("--start", type=float, required=True, help="seconds since the epoch")
    parser.add_argument("--end", type=float, required=True, help="seconds since the epoch")
    parser.add_argument("--interval", type=float, default=15, help="seconds between two scrapes [15]")
    parser.add_argument("--subtitle", default="", help="to stand in the upper right corner")
    parser.add_argument("--out", required=True, help="PNG file to write")
    arguments = parser.parse_args()
    source = Source(arguments.prometheus, arguments.start, arguments.end, arguments.interval)
    draw(source, arguments.out, arguments.subtitle)


if __name__ == "__main__":
    main()
