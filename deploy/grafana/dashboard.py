"""Reads pixelclip.json as Grafana does: panels, and expressions with the dashboard's variables filled in."""

import json
import pathlib

FILE = pathlib.Path(__file__).parent / "pixelclip.json"


def load():
    return json.loads(FILE.read_text())


def expand(expression, rate_interval):
    """With everything selected; `rate_interval` such as "1m"."""
    expression = expression.replace("$__rate_interval", rate_interval)
    for variable in load()["templating"]["list"]:
        expression = expression.replace("$" + variable["name"], variable.get("allValue", ""))
    return expression
