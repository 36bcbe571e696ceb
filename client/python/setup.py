"""What pyproject.toml cannot say: the version, and the code that protoc generates at build time.

Works in the repository and in an unpacked source distribution, which carries copies of the .proto files.
"""

import re
import shutil
import tempfile
from email.parser import Parser
from importlib import resources
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
PROTO = "pixelclip/v1/segmentation.proto"
IMPORTED = ["google/rpc/status.proto"]  # its code comes with googleapis-common-protos
GENERATED = Path("pixelclip", "_proto")
PKG_INFO = HERE / "PKG-INFO"  # only a source distribution has it
PROTO_ROOT = (HERE if PKG_INFO.exists() else REPOSITORY) / "proto"


def version():
    """The version of the whole project: that of the top CMakeLists.txt."""
    if PKG_INFO.exists():
        return Parser().parsestr(PKG_INFO.read_text(encoding="utf-8"))["Version"]
    cmake = REPOSITORY / "CMakeLists.txt"
    match = re.search(
        r"^project\(pixelclip\s+VERSION\s+([0-9.]+)", cmake.read_text(encoding="utf-8"), re.MULTILINE
    )
    if match is None:
        raise RuntimeError(f"{cmake} has no project(pixelclip VERSION ...) line")
    return match.group(1)


def generate(package_root):
    """Writes segmentation_pb2.py and .pyi below `package_root`.

    The file keeps its place in the descriptor pool ("pixelclip/v1/segmentation.proto"), so that code which
    somebody else generated from it can live in the same process; only the Python module moves into this
    package.
    """
    from grpc_tools import protoc

    own = resources.files("grpc_tools") / "_proto"  # google/protobuf
    with tempfile.TemporaryDirectory() as out:
        paths = [f"--proto_path={PROTO_ROOT}", f"--proto_path={own}"]
        arguments = ["protoc", *paths, f"--python_out={out}", f"--pyi_out={out}", PROTO]
        if protoc.main(arguments) != 0:
            raise RuntimeError(f"protoc failed on {PROTO_ROOT / PROTO}")
        for path in Path(out, PROTO).parent.iterdir():
            shutil.copyfile(path, Path(package_root, GENERATED, path.name))


class BuildPyWithProto(build_py):
    def run(self):
        super().run()
        generate(HERE / "src" if self.editable_mode else self.build_lib)


class SdistWithProto(sdist):
    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        for proto in [PROTO, *IMPORTED]:
            copy = Path(base_dir, "proto", proto)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROTO_ROOT / proto, copy)


setup(version=version(), cmdclass={"build_py": BuildPyWithProto, "sdist": SdistWithProto})
