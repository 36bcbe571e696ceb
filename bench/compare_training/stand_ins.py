"""What the published sources import and a training step on prepared tensors does not need, by name only.

detectron2 is the framework that they plug into. Of it a step uses one class, ImageList, and three decorators; those are
written here. Every other name is an empty class: enough to be imported, subclassed or put in a type hint, and an error as
soon as it is used.
"""
import importlib.abc
import importlib.machinery
import sys
import types

import torch

PACKAGES = ("detectron2", "einops", "fast_pytorch_kmeans", "fvcore", "pycocotools")


class ImageList:
    """Pictures of one size as a batch; that is all that is done to them, since crops have one size."""

    def __init__(self, tensor):
        self.tensor = tensor
        self.image_sizes = [tuple(tensor.shape[-2:])] * len(tensor)

    def __len__(self):
        return len(self.tensor)

    @classmethod
    def from_tensors(cls, pictures):
        return cls(torch.stack(pictures))


class Registry:
    def register(self):
        return lambda registered: registered


KNOWN = {
    "ImageList": ImageList,
    "configurable": lambda function: function,  # arguments are passed as such
    "META_ARCH_REGISTRY": Registry(),
    "SEM_SEG_HEADS_REGISTRY": Registry(),
}


class StandIn(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return KNOWN.get(name) or type(name, (), {})


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in PACKAGES:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


def install(checkout):
    """Makes `import pixelclip.…` and `import train_net` find the checkout's sources, and these what they import."""
    sys.meta_path.insert(0, Finder())
    package = StandIn("pixelclip")  # not its __init__.py, which registers data sets
    package.__path__ = [str(checkout / "pixelclip")]
    sys.modules["pixelclip"] = package
    sys.path.insert(0, str(checkout))
