"""Checks that the PyTorch half of the benchmark is the same network, and that it trains.

    python3 bench/torch_check.py

The encoder and decoder blocks, the image function and a small U-Net against the golden vectors, parameter counts
against configs.json, a gradient for every parameter, and a falling loss over 20 steps of configuration a.
"""

import json
import os
import struct
from functools import partial
from types import SimpleNamespace
from unittest import mock

from torch_environment import import_torch, start_with_threads

HERE = os.path.dirname(os.path.abspath(__file__))


def golden(torch, file, case):
    """name -> tensor of one case of a golden .safetensors file."""
    with open(os.path.join(HERE, "..", "golden", f"{file}.safetensors"), "rb") as f:
        data = f.read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name.startswith(case + "/") and entry["dtype"] == "F32":
            low, high = (start + offset for offset in entry["data_offsets"])
            flat = torch.frombuffer(bytearray(data[low:high]), dtype=torch.float32)
            tensors[name[len(case) + 1 :]] = flat.reshape(entry["shape"])
    return tensors


def expect_close(torch, name, got, expected):
    torch.testing.assert_close(got, expected, rtol=5e-5, atol=2e-5)
    print(f"ok - {name}")


def check_blocks(torch):
    from torch_model import CmFunc, DecoderBlock, EncoderBlock, InrLayer, cell_centres, embed_coordinates

    for case, names in (("dit_block", {}), ("dec_block", {"nq": "norm_cross", "nm": "norm_ff", "proj": "out"})):
        tensors = golden(torch, "blocks", case)
        block = EncoderBlock(32, 4) if case == "dit_block" else DecoderBlock(32, 4, False)
        for key, value in tensors.items():
            if key.startswith("p/"):
                layer, leaf = key[2:].replace("mlp.", "").rsplit(".", 1)
                setattr(getattr(block, names.get(layer, layer)), leaf, torch.nn.Parameter(value))
        c = torch.nn.functional.silu(tensors["c"]) if "c" in tensors else tensors["d"]
        # The golden decoder block differs from the specification's: biases in q and kv, the tanh form of GELU.
        tanh_gelu = partial(torch.nn.functional.gelu, approximate="tanh")
        with mock.patch("torch_model.F.gelu", lambda x, **_: tanh_gelu(x)):
            expect_close(torch, case, block(tensors["x"], c), tensors["out"])

    tensors = golden(torch, "inr", "inr")
    layers, weights = [], []
    for i in range(3):
        generated, base = tensors[f"m{i}"], tensors[f"p/w.{i}"]
        layer = InrLayer(8, *base.shape, generated.shape[2])
        layer.norm = layer.linear = torch.nn.Identity()
        layer.base = torch.nn.Parameter(base.t().reshape(layer.base.shape))
        layer.bias = torch.nn.Parameter(tensors[f"p/b.{i}"])
        layers.append(layer)
        weights.append(layer(generated.transpose(1, 2)))
    unit = (cell_centres(6, 5) + 1) / 2  # the golden case has its coordinates in [0, 1]
    embedded = embed_coordinates(unit, {"peDim": 8, "peSigma": 16})
    expect_close(torch, "positional embedding", embedded[0], tensors["pe"])
    image = CmFunc.render(SimpleNamespace(inr=layers), weights, embedded, 6, 5)
    expect_close(torch, "image function", image.flatten(2).transpose(1, 2), tensors["out"])


def check_unet(torch):
    from torch_unet import Unet

    with open(os.path.join(HERE, "..", "golden", "unet", "manifest.json")) as file:
        config = json.load(file)["fixtures"]["unet"]["cases"]["conv"]["config"]
    tensors = golden(torch, "unet/unet", "conv")
    model = Unet({**config, "imageSize": tensors["x"].shape[2]})
    # Here the layers of all levels stand in one list each way; the golden names have levels, each with its last layer.
    levels, blocks = len(config["multipliers"]), config["blocks"]
    at = {}
    for way, count in (("down", blocks), ("up", blocks + 1)):
        for level in range(levels):
            for i in range(count):
                at[f"{way}.{level}.blocks.{i}"] = f"{way}.{level * (count + 1) + i}"
            at[f"{way}.{level}.resample"] = f"{way}.{level * (count + 1) + count}"
    at |= {"time.fc1": "time1", "time.fc2": "time2", "middle.before": "middle.0", "middle.attention": "middle.1"}
    at["middle.after"] = "middle.2"
    own = dict(model.named_parameters())
    seen = set()
    for key, value in tensors.items():
        if key.startswith("p/"):
            name = key[2:]
            prefix = next((p for p in at if name.startswith(p + ".")), None)
            name = at[prefix] + name[len(prefix) :] if prefix else name
            own[name].copy_(value.reshape(own[name].shape))
            seen.add(name)
    assert seen == set(own), f"not in the golden vectors: {sorted(set(own) - seen)}"
    expect_close(torch, "small U-Net", model.network(tensors["x"], tensors["t"]), tensors["out"])


def check_parameters():
    from torch_step import load_config, network

    for name in ("a", "b", "c", "unet-a", "unet-b"):
        config = load_config(name)
        count = sum(p.numel() for p in network(config).parameters())
        assert count == config["parameters"], f"{name}: {count}, configs.json says {config['parameters']}"
        print(f"ok - {name} has {count} parameters")


def check_training(torch):
    import torch_step

    torch.manual_seed(0)
    # Two levels, 80 and 0.002: the target is then the clean image itself, so the loss has no noise floor to hide in.
    with mock.patch("torch_step.LEVELS", 2):
        model, step = torch_step.training_step(torch, torch_step.load_config("a"))
        losses = [step() for _ in range(20)]
    # The zero-initialised gates hold back most of the encoder's gradient at first; by now all of it flows.
    missing = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
    assert not missing, f"no gradient reached {missing}"
    print(f"ok - gradient reaches all {len(list(model.parameters()))} parameter tensors")
    first, last = sum(losses[:5]) / 5, sum(losses[-5:]) / 5
    assert last < first, f"loss did not fall: {first} to {last}"
    print(f"ok - loss falls from {first:.3f} to {last:.3f} (means of the first and last 5 of 20 steps)")


def main():
    start_with_threads(1)
    torch = import_torch(1)
    with torch.no_grad():
        check_blocks(torch)
        check_unet(torch)
    check_parameters()
    check_training(torch)


if __name__ == "__main__":
    main()
