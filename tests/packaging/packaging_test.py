"""What releases are made with: version, Dockerfile, service, bill of materials, Go module.

PIXELCLIP_BIN: folder of the binaries. What needs a tool that is not installed is skipped.
"""

import configparser
import importlib.metadata
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGING = REPOSITORY / "packaging"
DOCKERFILE = REPOSITORY / "docker/Dockerfile"
BINARIES = ["pixelclip", "pixelclip-engine", "pixelclip-load", "pixelclip-server", "pixelclip-train"]


def run(*command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    assert result.returncode == 0, result.stdout
    return result.stdout


def tool(name):
    """A program of the test's environment or of the system."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="module")
def version():
    return run(PACKAGING / "version.sh").strip()


@pytest.fixture(scope="module")
def unit():
    parser = configparser.RawConfigParser(strict=False)  # systemd allows a key twice
    parser.optionxform = str
    parser.read(PACKAGING / "pixelclip-server.service")
    return parser


@pytest.mark.parametrize("binary", BINARIES)
def test_binaries_have_the_version(binary, version):
    assert run(Path(os.environ["PIXELCLIP_BIN"], binary), "--version").split()[-1] == version


def test_python_package_has_the_version(version):
    assert importlib.metadata.version("pixelclip") == version


def stages():
    """The Dockerfile's stages: name -> instructions."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text())
    result = {}
    for line in text.splitlines():
        if match := re.match(r"FROM (\S+) AS (\S+)", line):
            result[match.group(2)] = []
        elif result and re.match(r"[A-Z]+ ", line):
            result[list(result)[-1]].append(line)
    return result


def test_dockerfile_passes_the_linter():
    run(tool("hadolint"), DOCKERFILE)


def test_base_image_is_pinned_by_digest():
    (base,) = re.findall(r"^ARG DEBIAN=(\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    assert re.fullmatch(r"debian:bookworm-\d{8}-slim@sha256:[0-9a-f]{64}", base)


@pytest.mark.parametrize("image", ["server", "trainer"])
def test_images_run_without_rights(image):
    instructions = stages()[image]
    assert "USER 65532:65532" in instructions
    assert any(line.startswith("HEALTHCHECK ") for line in instructions)
    assert f"COPY --from=build /out/{image}/ /" in instructions


def test_context_has_all_that_the_build_reads():
    """.dockerignore names what the build takes; each folder of the top CMakeLists.txt is among it."""
    allowed = re.findall(r"^!(\S+)", (REPOSITORY / ".dockerignore").read_text(), re.MULTILINE)
    for folder in re.findall(
        r"^ *add_subdirectory\((\S+)\)", (REPOSITORY / "CMakeLists.txt").read_text(), re.MULTILINE
    ):
        assert folder == "tests" or folder in allowed
    for path in allowed:
        assert (REPOSITORY / path).exists()


def test_wheels_for_gpus_are_those_of_libtorch():
    """NVIDIA's versions are PyTorch's own; of those that both variants have, scripts/setup.sh knows."""
    pinned = dict(
        re.findall(r"^(\S+)==(\S+) --hash", (REPOSITORY / "docker/cuda-wheels.txt").read_text(), re.MULTILINE)
    )
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pixelclip"
    root = Path(os.environ.get("LIBTORCH_ROOT") or next(cache.glob("libtorch-*/"), cache))
    metadata = next(root.glob("torch-*.dist-info/METADATA"), None)
    if metadata is None:
        pytest.skip("LibTorch came without its wheel's metadata")
    required = dict(
        re.findall(r"^Requires-Dist: (nvidia-\S+?)==([^;\s]+)", metadata.read_text(), re.MULTILINE)
    )
    assert required
    for name, wanted in required.items():
        assert pinned[name] == wanted


def seconds(config, key):
    return float(re.search(rf"^{key} = (\S+)$", config, re.MULTILINE).group(1))


def test_systemd_waits_for_the_drain(unit):
    config = (PACKAGING / "server.conf").read_text()
    drain = seconds(config, "drain-delay-seconds") + seconds(config, "drain-seconds")
    assert float(unit["Service"]["TimeoutStopSec"]) >= drain + 5


def test_server_takes_the_shipped_settings(tmp_path):
    """A model that is not there ends it after it has read them."""
    result = subprocess.run(
        [Path(os.environ["PIXELCLIP_BIN"], "pixelclip-server"), "--config", PACKAGING / "server.conf",
         "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--model", tmp_path / "none"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert result.returncode == 1
    settings = json.loads(result.stderr.splitlines()[0])
    assert settings["event"] == "settings"
    assert settings["drain-seconds"] == 30


def test_service_is_ready_when_the_server_says_so(unit, tmp_path):
    """As systemd hears it: not before calls are taken, and again before they are refused."""
    assert unit["Service"]["Type"] == "notify"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIXELCLIP_")}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(120)
        command = [Path(os.environ["PIXELCLIP_BIN"], "pixelclip-server"), "--listen", "127.0.0.1:0"]
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env={**environment, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        ) as server:
            try:
                assert manager.recv(64) == b"READY=1"
                server.terminate()
                assert manager.recv(64) == b"STOPPING=1"
                _, log = server.communicate(timeout=120)
            finally:
                server.kill()
    assert server.returncode == 0
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert {"listening", "draining"} <= set(events)


def test_service_is_hardened(unit):
    service = unit["Service"]
    assert service["DynamicUser"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    # Either would break LibTorch: see the unit.
    assert "MemoryDenyWriteExecute" not in service
    assert "ProcSubset" not in service


def test_systemd_finds_little_exposed():
    # 0 is nothing exposed, 10 all.
    run(
        tool("systemd-analyze"),
        "security",
        "--offline=yes",
        "--threshold=20",
        PACKAGING / "pixelclip-server.service",
    )


@pytest.fixture
def prefix(tmp_path):
    """As installed, with a file of each kind."""
    for name in ["bin/pixelclip", "share/pixelclip/models/mini/open_clip_config.json"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(name)
    (tmp_path / "lib/pixelclip").mkdir(parents=True)
    (tmp_path / "lib/pixelclip/libc10.so").write_text("")
    doc = tmp_path / "share/doc/pixelclip"
    doc.mkdir(parents=True)
    (doc / "debian-packages").write_text("libc6 (>= 2.36)\nlibstdc++6 (>= 12)\n")
    return tmp_path


def bill(prefix):
    environment = dict(os.environ, SOURCE_DATE_EPOCH="1700000000")
    return run(
        PACKAGING / "sbom.py", "--prefix", prefix, "--version", "1.2.3", "--commit", "abc", env=environment
    )


def test_bill_of_materials_names_what_is_there(prefix):
    components = {component["name"]: component for component in json.loads(bill(prefix))["components"]}
    assert components["torch"]["components"][0]["name"] == "lib/pixelclip/libc10.so"
    assert components["libstdc++6"]["purl"].startswith("pkg:deb/debian/libstdc%2B%2B6@12")
    assert components["share/pixelclip/models/mini/open_clip_config.json"]["type"] == "data"


def test_bill_of_materials_is_valid_and_the_same_each_time(prefix):
    validation = pytest.importorskip(
        "cyclonedx.validation.json", reason="cyclonedx-python-lib is not installed"
    )
    from cyclonedx.schema import SchemaVersion

    text = bill(prefix)
    assert validation.JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert text == bill(prefix)


def test_bill_of_materials_wants_to_know_where_a_library_came_from(prefix):
    (prefix / "lib/pixelclip/libstranger.so").write_text("")
    environment = dict(os.environ, SOURCE_DATE_EPOCH="1700000000")
    command = [PACKAGING / "sbom.py", "--prefix", prefix, "--version", "1.2.3", "--commit", "abc"]
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert result.returncode == 1
    assert "libstranger.so" in result.stderr


def test_go_module_is_one_that_go_takes(tmp_path, version):
    tool("go")
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a Git repository")
    environment = dict(os.environ, SOURCE_DATE_EPOCH="1700000000")
    run(PACKAGING / "go_module.py", "--version", version, "--out", tmp_path, env=environment)
    (info,) = tmp_path.rglob("*.info")
    assert json.loads(info.read_text())["Version"] == f"v{version}"
    assert info.parent.relative_to(tmp_path) == Path("pixelclip.dev/go/@v")
