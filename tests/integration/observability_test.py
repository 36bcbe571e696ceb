"""deploy/prometheus and deploy/grafana, and the questions that deploy/k8s asks Prometheus: first on paper, then to a real
Prometheus that watched real servers on a bad day (bad_day.py).

Skipped where Prometheus (the Debian package prometheus) or PyYAML is missing.
"""

import json
import math
import pathlib
import re
import subprocess
import sys

import pytest

yaml = pytest.importorskip("yaml")

import bad_day  # noqa: E402

sys.path.insert(0, str(bad_day.REPOSITORY / "deploy" / "grafana"))
import dashboard  # noqa: E402
from fake_dcgm_exporter import FakeDcgmExporter  # noqa: E402

PROMETHEUS = bad_day.PROMETHEUS
PROMTOOL = bad_day.find_prometheus("promtool")

if not PROMTOOL or not bad_day.find_prometheus("prometheus"):
    pytest.skip("needs prometheus and promtool, of the Debian package prometheus", allow_module_level=True)

OPERATIONS = (bad_day.REPOSITORY / "docs" / "operations.md").read_text()
GROUPS = [group for name in ("recording.yml", "alerts.yml")
          for group in yaml.safe_load((PROMETHEUS / name).read_text())["groups"]]
RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
PANELS = [panel for panel in dashboard.load()["panels"] if panel["type"] != "row"]

# Labels that Prometheus and its configuration add.
PLACE = {"job", "instance", "namespace", "pod"}
# Of dcgm-exporter, on every metric.
GPU = {"gpu", "UUID", "device", "modelName", "Hostname"}


def documented():
    """The server's metrics as docs/operations.md lists them, which a test of the server compares with its own list."""
    metrics = {}
    for name, kind, labels in re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \| (.*?) \|", OPERATIONS, re.M):
        own = set(re.findall(r"`(\w+)`", labels)) | PLACE
        if kind == "histogram":
            metrics.update({name + "_bucket": own | {"le"}, name + "_sum": own, name + "_count": own})
        else:
            metrics[name] = own
    return metrics


def known():
    """Every metric that may be asked for, with its labels."""
    metrics = documented()
    metrics.update({field[0]: GPU | PLACE for field in FakeDcgmExporter.FIELDS})
    metrics.update({rule["record"]: {"namespace"} for rule in RULES if "record" in rule})
    metrics["up"] = PLACE
    metrics["ALERTS"] = PLACE | {"alertname", "alertstate"}
    return metrics


def autoscaler_questions():
    """Of the adapter's rules and KEDA's triggers in deploy/k8s, as they reach Prometheus."""
    questions = {}
    for file in sorted((bad_day.REPOSITORY / "deploy" / "k8s").rglob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text()):
            if not isinstance(document, dict):
                continue
            for rule in document.get("rules", []) if "kind" not in document else []:
                series = rule["seriesQuery"].partition("{")[0]
                questions[f"adapter, series of {rule['name']['as']}"] = rule["seriesQuery"]
                questions[f"adapter, {rule['name']['as']}"] = (
                    rule["metricsQuery"].replace("<<.Series>>", series).replace("<<.GroupBy>>", "pod")
                    .replace("<<.LabelMatchers>>", f'namespace="{bad_day.NAMESPACE}"'))
            if document.get("kind") == "ScaledObject":
                questions.update({f"KEDA, {trigger['name']}": trigger["metadata"]["query"]
                                  for trigger in document["spec"]["triggers"] if trigger["type"] == "prometheus"})
    return questions


def left_sides(expression):
    """What an alert looks at: its conditions, without what they are compared to (which they exceed on bad days only)."""
    conditions = re.split(r"\s+(?:and|or)\s+", expression.strip())
    sides = [re.sub(r"\s*(?:[<>]=?|[=!]=)\s.*$", "", condition, flags=re.S) for condition in conditions]
    sides = [side.lstrip("(") if side.count("(") > side.count(")") else side for side in sides]
    return [re.sub(r"^absent\((.*)\)$", r"\1", side) for side in sides]


def questions(rate_interval):
    """Every expression of dashboard, rules, adapter and KEDA, by where it stands."""
    asked = {f"panel {panel['title']}, {target['refId']}": dashboard.expand(target["expr"], rate_interval)
             for panel in PANELS for target in panel["targets"]}
    for variable in dashboard.load()["templating"]["list"]:
        if variable["type"] == "query":
            query = dashboard.expand(variable["query"]["query"], "")
            asked[f"variable {variable['name']}"] = re.match(r"label_values\((.*), \w+\)", query)[1]
    asked.update({rule["record"]: rule["expr"] for rule in RULES if "record" in rule})
    for name, rule in ALERTS.items():
        asked.update({f"{name}, {number}": side for number, side in enumerate(left_sides(rule["expr"]))})
    return {**asked, **autoscaler_questions()}


GROUPING = r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)"


def selectors(expression):
    """The metrics of an expression, each with the labels that it is selected by; and all labels that it is grouped by."""
    text = re.sub(r"\[[^\]]*\]|offset \w+", "", expression)
    selected = re.findall(r"([\w:]+)\s*\{([^}]*)\}", text)
    found = [(name, set(re.findall(r"(\w+)\s*[=!]", matchers))) for name, matchers in selected]
    text = re.sub(r"\{[^}]*\}", "", text)
    grouped = {label for labels in re.findall(GROUPING, text) for label in re.findall(r"\w+", labels)}
    words = re.findall(r"(?<![\w:.])([a-zA-Z_][\w:]*)(?!\s*\(|[\w:])", re.sub(GROUPING, "", text))
    return found + [(name, set()) for name in set(words) - {"and", "or", "unless"} - {name for name, _ in found}], grouped


def promtool(*arguments):
    done = subprocess.run([PROMTOOL, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_are_well_formed():
    promtool("check", "rules", PROMETHEUS / "recording.yml", PROMETHEUS / "alerts.yml")


def test_alerts_fire_when_they_should_and_only_then():
    promtool("test", "rules", PROMETHEUS / "alerts_test.yml")


def test_groups_are_tried_in_their_order():
    """As Prometheus has them; promtool evaluates those that it is not told of in an order of chance."""
    tried = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())
    assert tried["group_eval_order"] == [group["name"] for group in GROUPS]


def test_every_alert_is_tried():
    tried = (PROMETHEUS / "alerts_test.yml").read_text()
    assert [name for name in ALERTS if name not in tried] == []


def test_every_alert_has_a_runbook_and_no_runbook_is_left_over():
    section = OPERATIONS.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^### (\w+)$", section, re.M)) == sorted(ALERTS)
    for name, rule in ALERTS.items():
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "description", "runbook"}


def test_rules_for_the_operator_are_these_rules():
    printed = subprocess.run([PROMETHEUS / "prometheus_rules.sh"], check=True, capture_output=True, text=True).stdout
    objects = list(yaml.safe_load_all(printed))
    assert {item["kind"] for item in objects} == {"PrometheusRule"}
    assert [rule for item in objects for group in item["spec"]["groups"] for rule in group["rules"]] == RULES


@pytest.mark.parametrize("where, expression", questions("1m").items())
def test_only_what_the_server_has_is_asked_for(where, expression):
    metrics = known()
    found, grouped = selectors(expression)
    assert found, expression
    for name, labels in found:
        assert name in metrics, f"there is no metric {name}"
        assert labels <= metrics[name], f"{name} has no {labels - metrics[name]}"
    labels = set().union(*(metrics[name] for name, _ in found)) | {"replica", "device"}
    assert grouped <= labels


def test_every_metric_of_the_server_is_looked_at():
    asked = {name for expression in questions("1m").values() for name, _ in selectors(expression)[0]}
    families = {re.sub("_(bucket|sum|count)$", "", name) for name in documented()}
    assert sorted(families - {re.sub("_(bucket|sum|count)$", "", name) for name in asked}) == []


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_panels_say_what_they_show(panel):
    assert len(panel["description"]) > 20
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def missing(ours, theirs, where="dashboard"):
    """The places of `ours` that `theirs`, what somebody else made of it, has not or has otherwise."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [place for key, value in ours.items() for place in missing(value, theirs.get(key), f"{where}.{key}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [place for i, value in enumerate(ours) for place in missing(value, theirs[i], f"{where}[{i}]")]
    return [] if ours == theirs else [where]


def test_grafana_knows_every_field():
    """What Grafana's own types read of the dashboard and write again is all of it."""
    pytest.importorskip("grafana_foundation_sdk", reason="grafana-foundation-sdk is not installed")
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    def through_grafana(board):
        return json.loads(JSONEncoder().encode(Dashboard.from_json(board)))

    register_default_plugins()
    assert missing(dashboard.load(), through_grafana(dashboard.load())) == []
    misspelt = dashboard.load()
    misspelt["panels"][0]["options"]["colourMode"] = "value"
    assert missing(misspelt, through_grafana(misspelt)) == ["dashboard.panels[0].options.colourMode"]


def test_panels_lie_side_by_side():
    board = dashboard.load()["panels"]
    taken = [(x, y) for panel in board for grid in [panel["gridPos"]] for x in range(grid["x"], grid["x"] + grid["w"])
             for y in range(grid["y"], grid["y"] + grid["h"])]
    assert len(taken) == len(set(taken))
    assert {x for x, _ in taken} == set(range(24))
    assert len(taken) == 24 * (1 + max(y for _, y in taken))  # no holes
    assert len({panel["id"] for panel in board}) == len({panel["title"] for panel in board}) == len(board)


@pytest.fixture(scope="module")
def watched():
    with bad_day.day() as day:
        promtool("check", "config", day.prometheus.configuration)
        day.live(seconds=6)
        yield day


# Longer than Prometheus, which comes every second, is ever late on a busy machine.
RATE_INTERVAL = "30s"


def test_every_question_is_answered(watched):
    def unanswered():
        def answers(expression):
            return [float(value) for series in watched.history(expression) for _, value in series["values"]]

        return {where: expression for where, expression in questions(RATE_INTERVAL).items()
                if not any(map(math.isfinite, answers(expression)))}

    watched.eventually(lambda: not unanswered())
    assert unanswered() == {}


def test_legends_name_labels_that_are_there(watched):
    for panel in PANELS:
        for target in panel["targets"]:
            wanted = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
            answer = watched.history(dashboard.expand(target["expr"], RATE_INTERVAL))
            assert all(wanted <= set(series["metric"]) for series in answer), panel["title"]


def test_the_lost_replica_raises_the_alarm(watched):
    def lost():
        alerts = watched.prometheus.ask("alerts")["alerts"]
        return [alert["labels"] for alert in alerts
                if alert["state"] == "firing" and alert["labels"]["alertname"] == "PixelclipReplicaLost"]

    assert [(labels["instance"], labels["replica"], labels["job"], labels["namespace"])
            for labels in watched.eventually(lost)] == [
        (watched.servers[1].name, "1", "pixelclip", bad_day.NAMESPACE)]


def test_servers_are_known_by_their_pods_and_nothing_else_is_scraped(watched):
    up = watched.history('up{job="pixelclip"}')
    assert sorted(series["metric"]["instance"] for series in up) == [server.name for server in watched.servers]
    assert all("1" in [value for _, value in series["values"]] for series in up)


def test_the_dashboard_can_be_drawn(watched, tmp_path):
    pytest.importorskip("matplotlib", reason="drawing needs deploy/grafana/requirements.txt")
    import draw

    source = draw.Source(watched.prometheus.url, watched.started, watched.now(), interval=1)
    draw.draw(source, tmp_path / "dashboard.png", "a test")
    assert (tmp_path / "dashboard.png").read_bytes()[:4] == b"\x89PNG"
