"""Values as Grafana writes them, for the units that the dashboard uses."""

import math

DURATIONS = [(86400 * 7, "weeks"), (86400, "days"), (3600, "hours"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs")]
BYTES = [(2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B")]
THOUSANDS = [(1e9, "Bil"), (1e6, "Mil"), (1e3, "K"), (1, "")]
WORDS = {"reqps": "req/s", "percent": "%", "watt": "W", "celsius": "°C"}


def number(value, decimals=None):
    """Three digits, or as many behind the point as asked for."""
    if decimals is None:
        decimals = max(0, 2 - int(math.floor(math.log10(abs(value))))) if value else 0
        text = f"{value:.{min(decimals, 3)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.{decimals}f}"


def scaled(value, scales, decimals):
    size, word = next((scale for scale in scales if abs(value) >= scale[0]), scales[-1])
    return f"{number(value / size, decimals)} {word}".strip()


def write(value, unit, decimals=None):
    if unit == "s":
        return scaled(value, DURATIONS, decimals) if value else "0 s"
    if unit == "bytes":
        return scaled(value, BYTES, decimals)
    if unit == "short":
        return scaled(value, THOUSANDS, decimals) if abs(value) >= 1 else number(value, decimals)
    if unit == "percentunit":
        return number(100 * value, decimals) + " %"
    if unit.startswith("suffix:"):
        return number(value, decimals) + unit.removeprefix("suffix:")
    return f"{number(value, decimals)} {WORDS[unit]}"
