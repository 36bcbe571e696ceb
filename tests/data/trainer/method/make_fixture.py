"""Packs golden files of the published implementation's training into fixture.tar.xz.

    pip install torch safetensors
    python tests/data/trainer/method/make_fixture.py PARITY tests/data/trainer/method/fixture.tar.xz

PARITY has cluster/ (teacher features, masks and cluster embeddings; the logits, assignments and targets made of
them), decoder/ (its weights, an input, the output, the loss and gradients) and train/ (the weights, pictures and
masks of twelve steps; their losses and gradient norms, some parameters at the end). Everything stays as it is but
the token embeddings of train/: the rows that neither a prompt nor its sentence uses are zero, which makes the
archive small and changes no number. Left out is what a test computes from the rest.
"""

import argparse
import pathlib
import sys
import tempfile

from safetensors.torch import load_file, save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from make_fixtures import TOKEN_EMBEDDING, keep_rows, pack  # noqa: E402

# Start, "a photo of a {} {} {} {} in the scene", end.
SENTENCE = [49406, 320, 1125, 539, 39025, 530, 518, 3562, 49407]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parity", type=pathlib.Path)
    parser.add_argument("archive", type=pathlib.Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "method"
        folder.mkdir()
        for name in ("eps1", "eps100"):
            save_file(load_file(arguments.parity / "cluster" / f"{name}.safetensors"), folder / f"{name}.safetensors")
        decoder = load_file(arguments.parity / "decoder" / "golden.safetensors")
        del decoder["upsampled"]
        save_file(decoder, folder / "decoder.safetensors")

        trajectory = load_file(arguments.parity / "train" / "trajectory.safetensors")
        save_file(trajectory, folder / "trajectory.safetensors")
        initial = load_file(arguments.parity / "train" / "initial.safetensors")
        used = sorted(set(SENTENCE) | set(trajectory["prompt_word_ids"].flatten().tolist()))
        initial[TOKEN_EMBEDDING] = keep_rows(initial[TOKEN_EMBEDDING], used)
        decoder_names = [name for name in initial if name.startswith("head.")]
        save_file({name: initial.pop(name) for name in decoder_names}, folder / "initial_decoder.safetensors")
        save_file(initial, folder / "initial_clip.safetensors")
        pack(folder, arguments.archive)
    print(f"{arguments.archive}: {arguments.archive.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
