"""pixelclip-train as a user runs it: a small run that is killed, stopped, starved and resumed, and what it leaves.

Nothing here sleeps: a test waits for a line of the program's own. When exactly a signal comes does not matter to what is
expected.
"""

import json
import pathlib
import resource
import signal
import subprocess

import pytest
from PIL import Image

from training import (  # noqa: F401
    BIN, STEPS, checkpoints, data, free_port, losses, start, start_ranks, train, variables_of, wait_for_a_step)


@pytest.fixture(scope="session")
def whole(data, tmp_path_factory):
    """A run that nobody disturbed."""
    out = tmp_path_factory.mktemp("whole") / "run"
    done = train(data, out)
    assert done.returncode == 0, done.stderr
    return out


def test_a_run_leaves_what_its_documents_promise(whole, data):
    assert [line["step"] for line in losses(whole)] == list(range(1, STEPS + 1))
    assert all(line["loss"] > 0 and line["gradient_norm"] > 0 for line in losses(whole))
    assert checkpoints(whole) == ["step_00000009.safetensors", "step_00000010.safetensors"]
    assert sorted(path.name for path in (whole / "grids").iterdir()) == ["step_00000005.png", "step_00000010.png"]
    assert Image.open(whole / "grids" / "step_00000010.png").width > 100
    assert len(list(whole.glob("events.out.tfevents.*"))) == 1
    assert "clusters: 8" in (whole / "settings.yaml").read_text()
    # What is saved with the run starts the same run.
    again = subprocess.run(
        [BIN / "pixelclip-train", "train", whole / "settings.yaml", "--print-settings"], capture_output=True, text=True)
    assert again.stdout == (whole / "settings.yaml").read_text()


@pytest.mark.parametrize("model", ["model", "pixelclip.pth"])
def test_the_engine_loads_what_was_trained(whole, data, tmp_path, model):
    subprocess.run(
        [BIN / "pixelclip-engine", "segment", "--model", whole / model, data / "pictures" / "00.png", "red", "blue",
         "--labels", tmp_path / "labels.png"],
        check=True, capture_output=True, timeout=120)
    assert Image.open(tmp_path / "labels.png").size == (96, 80)


def test_pytorch_reads_the_published_names(whole):
    torch = pytest.importorskip("torch")
    state = torch.load(whole / "pixelclip.pth", weights_only=True)["model"]
    assert state["sem_seg_head.predictor.prompt_tokens"].shape == (8, 4, 128)
    assert "teacher_encoder.visual.conv1.weight" in state and "head.proj.bias" in state


def test_a_killed_run_goes_on_as_if_nothing_had_happened(whole, data, tmp_path):
    out = tmp_path / "run"
    for _ in range(3):  # each time somewhere near the checkpoint of another step
        process = start(data, out, "--resume")
        wait_for_a_step(process)
        process.kill()
        process.wait()
        process.stderr.close()
    done = train(data, out, "--resume")
    assert done.returncode == 0, done.stderr
    assert losses(out) == losses(whole)
    assert not list(out.rglob("*.tmp"))
    for file in ("checkpoints/step_00000010.safetensors", "prompts.safetensors", "model/open_clip_model.safetensors"):
        # The checkpoint's metadata name where data and model lie, which are the same.
        assert (out / file).read_bytes() == (whole / file).read_bytes(), file


@pytest.mark.parametrize("kind, status", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_with_a_checkpoint(whole, data, tmp_path, kind, status):
    out = tmp_path / "run"
    process = start(data, out, "--set", "run.checkpoint_every=1000")
    wait_for_a_step(process)
    process.send_signal(kind)
    process.communicate(timeout=300)
    if (out / "model").exists():
        pytest.skip("the run was over before the signal came")
    assert process.returncode == status
    done = len(losses(out))
    assert checkpoints(out) == [f"step_{done:08}.safetensors"]
    assert train(data, out, "--resume").returncode == 0
    assert losses(out) == losses(whole)


def test_a_full_disk_leaves_the_last_checkpoint(data, tmp_path):
    out = tmp_path / "run"
    assert train(data, out, "--set", "run.checkpoint_every=4").returncode == 0
    (out / "checkpoints" / "step_00000010.safetensors").unlink()

    def limit_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    full = train(data, out, "--resume", preexec_fn=limit_files)
    assert full.returncode == 1
    assert "step_00000009.safetensors: cannot be written: File too large" in full.stderr
    assert checkpoints(out) == ["step_00000008.safetensors"]
    assert train(data, out, "--resume").returncode == 0


def test_a_loss_that_is_not_finite_ends_the_run(data, tmp_path):
    out = tmp_path / "run"
    wild = ("--set", "method.base_rate=1e6", "--set", "method.encoder_rate_factor=1e6", "--set", "method.clip_norm=1e6")
    done = train(data, out, *wild)
    assert done.returncode == 1
    assert "expected finite numbers" in done.stderr
    steps = len(losses(out))
    assert checkpoints(out)[-1] == f"step_{steps:08}.safetensors"


def test_wrong_settings_are_named(data, tmp_path):
    def problem(*arguments):
        done = train(data, tmp_path / "run", *arguments)
        assert done.returncode == 2
        return done.stderr

    assert "data.masks is empty" in problem("--set", "data.masks=")
    assert "model.path is empty" in problem("--set", "model.path=")
    assert "run.batch is \"none\"; it must be an integer from 1" in problem("--batch", "none")
    assert "augmentation.cut_out_min: 0.9 is not from 0 to 0.5" in problem("--set", "augmentation.cut_out_min=0.9")
    assert "unknown key method.cluster;" in problem("--set", "method.cluster=3")
    (tmp_path / "bad.yaml").write_text("method:\n  clusters: 0\n")
    odd = start(data, tmp_path / "run", "--batch", "3", **variables_of(0, free_port()))
    assert "run.batch is 3; it must be a multiple of the 2 ranks" in odd.communicate(timeout=60)[1]
    assert odd.returncode == 2
    bad = subprocess.run([BIN / "pixelclip-train", "train", tmp_path / "bad.yaml"], capture_output=True, text=True)
    assert bad.returncode == 2 and "bad.yaml:2: method.clusters is \"0\"" in bad.stderr
    assert not (tmp_path / "run").exists()


def test_a_run_is_neither_overwritten_nor_changed_by_accident(whole, data):
    before = (whole / "losses.jsonl").read_bytes()
    again = train(data, whole)
    assert again.returncode == 1 and "holds a run already: add --resume" in again.stderr
    other = train(data, whole, "--resume", "--set", "method.momentum=0.9")
    assert other.returncode == 1
    assert "the run has method.momentum 0.999 and cannot go on with 0.9" in other.stderr
    assert (whole / "losses.jsonl").read_bytes() == before


def test_bfloat16_is_used_or_refused_by_name(whole, data, tmp_path):
    out = tmp_path / "run"
    done = train(data, out, "--set", "run.steps=2", "--set", "run.bfloat16=true")
    if "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text():
        assert done.returncode == 0, done.stderr
        exact = losses(whole)[0]["loss"]
        assert losses(out)[0]["loss"] == pytest.approx(exact, rel=0.02) and losses(out)[0]["loss"] != exact
    else:
        assert done.returncode == 1 and "run.bfloat16: precision bf16: this CPU has no AVX512-BF16" in done.stderr
        assert not out.exists()


def test_bad_pictures_are_counted_named_and_skipped(data, tmp_path):
    bad = tmp_path / "data"
    subprocess.run(["cp", "-r", data, bad], check=True)
    (bad / "pictures" / "03.png").write_bytes(b"no picture")
    done = train(bad, tmp_path / "run")
    assert done.returncode == 0 and done.stderr.count("skipped:") == 1 and "03.png" in done.stderr
    ended = train(bad, tmp_path / "ended", "--set", "data.max_bad_pictures=0")
    assert ended.returncode == 1 and "03.png" in ended.stderr


def test_two_ranks_learn_what_one_does(whole, data, tmp_path):
    out = tmp_path / "run"
    ranks = start_ranks(data, out)
    errors = [rank.communicate(timeout=300)[1] for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0, 0], errors
    assert "loss" not in errors[1]  # rank 0 alone tells
    one = [line["loss"] for line in losses(whole)]
    assert [line["loss"] for line in losses(out)] == pytest.approx(one, rel=1e-4)


@pytest.mark.parametrize("arguments, rank, problem", [
    ((), 0, "holds a run already: add --resume"),
    (("--resume", "--set", "method.momentum=0.9"), 0, "cannot go on with 0.9"),
])  # fmt: skip
def test_no_rank_waits_for_one_that_cannot_take_part(whole, data, arguments, rank, problem):
    ranks = start_ranks(data, whole, *arguments)
    errors = [each.communicate(timeout=120)[1] for each in ranks]
    assert [each.returncode for each in ranks] == [1, 1]
    assert all(problem in error for error in errors), errors


def test_all_ranks_end_if_one_has_no_pictures(data, tmp_path):
    ranks = start_ranks(data, tmp_path / "run", of_rank={1: ("--set", f"data.pictures={tmp_path}/nowhere")})
    errors = [each.communicate(timeout=120)[1] for each in ranks]
    assert [each.returncode for each in ranks] == [1, 1]
    assert "nowhere" in errors[1] and "rank 1 cannot take part: " in errors[0] and "nowhere" in errors[0]
    assert not (tmp_path / "run").exists()


def test_a_signal_to_one_rank_ends_all_at_the_same_step(data, tmp_path):
    out = tmp_path / "run"
    ranks = start_ranks(data, out)
    wait_for_a_step(ranks[0])
    ranks[1].send_signal(signal.SIGTERM)
    for rank in ranks:
        rank.communicate(timeout=300)
    assert [rank.returncode for rank in ranks] == [143, 143]
    assert checkpoints(out)[-1] == f"step_{len(losses(out)):08}.safetensors"


def test_a_lost_rank_ends_the_others_with_a_checkpoint(data, tmp_path):
    out = tmp_path / "run"
    ranks = start_ranks(data, out, "--set", "run.checkpoint_every=1000")
    wait_for_a_step(ranks[0])
    ranks[1].kill()
    errors = [rank.communicate(timeout=300)[1] for rank in ranks]
    if ranks[0].returncode == 0:
        pytest.skip("the run was over before the rank died")
    assert ranks[0].returncode == 1
    assert "what was learnt is in" in errors[0]
    assert checkpoints(out) == [f"step_{len(losses(out)):08}.safetensors"]


def test_export_writes_the_model_of_a_checkpoint(whole, tmp_path):
    run = [BIN / "pixelclip-train", "export"]
    subprocess.run([*run, whole, "--out", tmp_path / "newest"], check=True, timeout=120)
    weights = "model/open_clip_model.safetensors"
    assert (tmp_path / "newest" / weights).read_bytes() == (whole / weights).read_bytes()
    assert (tmp_path / "newest" / "pixelclip.pth").read_bytes() == (whole / "pixelclip.pth").read_bytes()
    earlier = whole / "checkpoints" / "step_00000009.safetensors"
    subprocess.run([*run, earlier, "--out", tmp_path / "earlier"], check=True, timeout=120)
    assert (tmp_path / "earlier" / weights).read_bytes() != (whole / weights).read_bytes()
    done = subprocess.run([*run, tmp_path / "nowhere"], capture_output=True, text=True)
    assert done.returncode == 1 and "nowhere" in done.stderr


def test_help_names_everything():
    told = subprocess.run([BIN / "pixelclip-train", "--help"], capture_output=True, text=True, check=True).stdout
    for name in ("train", "export", "evaluate", "classify-masks", "figures"):
        assert name in told
        subprocess.run([BIN / "pixelclip-train", name, "--help"], capture_output=True, check=True)
