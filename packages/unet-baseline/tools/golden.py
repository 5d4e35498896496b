"""Writes the golden vectors of the U-Net: a small one in plain PyTorch, in double precision, with its gradients.

    /usr/bin/python3 tools/golden.py ../../golden/unet

The network is written from its description (Dhariwal & Nichol 2021; A.3 of the paper), as modules whose parameters
have the names of the package's. For each case: inputs x, t (and labels), parameters p/*, the output out, a random g,
and the gradients d_x and dp/* of sum(out * g).
"""

import json
import math
import os
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

CASES = {
    "residual": {
        "formula": "levels 1, 2; residual blocks change the size; embedding added; attention at 4; 3 classes",
        "config": {
            "channels": 4,
            "multipliers": [1, 2],
            "blocks": 1,
            "attention": [4],
            "headChannels": 8,
            "groups": 2,
            "resample": "residual",
            "scaleShift": False,
            "classes": 3,
        },
    },
    "conv": {
        "formula": "levels 1, 2; convolutions change the size; scale and shift; attention at 8 and 4, two heads at 4",
        "config": {
            "channels": 4,
            "multipliers": [1, 2],
            "blocks": 1,
            "attention": [8, 4],
            "headChannels": 4,
            "groups": 1,
            "resample": "conv",
            "scaleShift": True,
            "classes": 0,
        },
    },
}
BATCH, HEIGHT, WIDTH = 2, 8, 4


def conv3(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)


class Residual(nn.Module):
    def __init__(self, inputs, outputs, embedding, scale_shift, groups, mode=None):
        super().__init__()
        self.mode, self.scale_shift = mode, scale_shift
        self.norm1, self.conv1 = nn.GroupNorm(groups, inputs, eps=1e-5), conv3(inputs, outputs)
        self.embedding = nn.Linear(embedding, 2 * outputs if scale_shift else outputs)
        self.norm2, self.conv2 = nn.GroupNorm(groups, outputs, eps=1e-5), conv3(outputs, outputs)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def resize(self, x):
        if self.mode == "up":
            return F.interpolate(x, scale_factor=2, mode="nearest")
        return F.avg_pool2d(x, 2) if self.mode == "down" else x

    def forward(self, x, emb):
        h = self.conv1(self.resize(F.silu(self.norm1(x))))
        e = self.embedding(F.silu(emb))[:, :, None, None]
        if self.scale_shift:
            scale, shift = e.chunk(2, 1)
            h = self.norm2(h) * (1 + scale) + shift
        else:
            h = self.norm2(h + e)
        return self.skip(self.resize(x)) + self.conv2(F.silu(h))


class Attention(nn.Module):
    def __init__(self, width, head_channels, groups):
        super().__init__()
        self.d, self.norm = head_channels, nn.GroupNorm(groups, width, eps=1e-5)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        tokens = self.norm(x).flatten(2).transpose(1, 2)  # [batch, pixels, channels]
        parts = self.qkv(tokens).chunk(3, -1)  # [q all heads | k | v]
        q, k, v = (p.unflatten(-1, (-1, self.d)).transpose(1, 2) for p in parts)  # [batch, heads, pixels, d]
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(self.d), -1)
        mixed = (weights @ v).transpose(1, 2).flatten(2)
        return x + self.proj(mixed).transpose(1, 2).unflatten(-1, x.shape[2:])


class Block(nn.Module):
    def __init__(self, residual, attention):
        super().__init__()
        self.residual = residual
        if attention is not None:
            self.attention = attention

    def forward(self, x, emb):
        h = self.residual(x, emb)
        return self.attention(h) if hasattr(self, "attention") else h


class Level(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList()


class Unet(nn.Module):
    def __init__(self, config, size):
        super().__init__()
        c, embedding = config["channels"], 4 * config["channels"]
        self.frequencies = c // 2
        self.time = nn.ModuleDict({"fc1": nn.Linear(c, embedding), "fc2": nn.Linear(embedding, embedding)})
        if config["classes"]:
            self.labels = nn.Parameter(torch.zeros(config["classes"], embedding))
        self.conv_resample = config["resample"] == "conv"

        def residual(inputs, outputs, mode=None):
            return Residual(inputs, outputs, embedding, config["scaleShift"], config["groups"], mode)

        def attention(width):
            return Attention(width, config["headChannels"], config["groups"])

        def resample(width, mode):
            if not self.conv_resample:
                return residual(width, width, mode)
            return conv3(width, width, 2 if mode == "down" else 1)

        self.input = conv3(3, c)
        width, skips = c, [c]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for l, m in enumerate(config["multipliers"]):
            level = Level()
            for _ in range(config["blocks"]):
                level.blocks.append(
                    Block(residual(width, m * c), attention(m * c) if size in config["attention"] else None)
                )
                width = m * c
                skips.append(width)
            if l < len(config["multipliers"]) - 1:
                level.resample = resample(width, "down")
                skips.append(width)
                size //= 2
            self.down.append(level)
        self.middle = nn.ModuleDict(
            {"before": residual(width, width), "attention": attention(width), "after": residual(width, width)}
        )
        for l, m in reversed(list(enumerate(config["multipliers"]))):
            level = Level()
            for _ in range(config["blocks"] + 1):
                level.blocks.append(
                    Block(
                        residual(width + skips.pop(), m * c),
                        attention(m * c) if size in config["attention"] else None,
                    )
                )
                width = m * c
            if l > 0:
                level.resample = resample(width, "up")
                size *= 2
            self.up.append(level)
        self.norm, self.output = nn.GroupNorm(config["groups"], width, eps=1e-5), conv3(width, 3)

    def forward(self, x, t, labels=None):
        w = torch.exp(-math.log(10000) * torch.arange(self.frequencies, dtype=t.dtype) / self.frequencies)
        angles = t[:, None] * w
        emb = self.time["fc2"](F.silu(self.time["fc1"](torch.cat([angles.cos(), angles.sin()], -1))))
        if labels is not None:
            emb = emb + self.labels[labels]
        h = self.input(x)
        skips = [h]
        for level in self.down:
            for block in level.blocks:
                h = block(h, emb)
                skips.append(h)
            if hasattr(level, "resample"):
                h = level.resample(h) if self.conv_resample else level.resample(h, emb)
                skips.append(h)
        h = self.middle["after"](self.middle["attention"](self.middle["before"](h, emb)), emb)
        for level in self.up:
            for block in level.blocks:
                h = block(torch.cat([h, skips.pop()], 1), emb)
            if hasattr(level, "resample"):
                if self.conv_resample:
                    h = level.resample(F.interpolate(h, scale_factor=2, mode="nearest"))
                else:
                    h = level.resample(h, emb)
        return self.output(F.silu(self.norm(h)))


def make(config):
    """The arrays of one case by name."""
    net = Unet(config, max(HEIGHT, WIDTH)).double()
    with torch.no_grad():
        # Every layer carries a signal, also those that begin at zero.
        for name, p in net.named_parameters():
            is_scale = "norm" in name and name.endswith("weight")
            spread = 0.2 if p.dim() == 1 else 0.7 / math.sqrt(p[0].numel())
            p.copy_((torch.randn_like(p) * spread + (1 if is_scale else 0)).float())
    x = torch.randn(BATCH, 3, HEIGHT, WIDTH).double().requires_grad_()
    t = torch.tensor([-120.25, 310.5]).double()
    labels = torch.tensor([2, 0]) if config["classes"] else None
    out = net(x, t, labels)
    g = torch.randn(out.shape).double()
    (out * g).sum().backward()
    arrays = {"x": x, "t": t, "out": out, "g": g, "d_x": x.grad}
    if labels is not None:
        arrays["labels"] = labels
    for name, p in net.named_parameters():
        arrays[f"p/{name}"], arrays[f"dp/{name}"] = p, p.grad
    return {name: a.detach().numpy().astype("<f4") for name, a in arrays.items()}


def write_safetensors(path, arrays):
    header, blobs, at = {}, [], 0
    for name, a in arrays.items():
        blob = np.ascontiguousarray(a).tobytes()
        header[name] = {"dtype": "F32", "shape": list(a.shape), "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(20)
    arrays, cases = {}, {}
    for name, case in CASES.items():
        arrays.update({f"{name}/{key}": a for key, a in make(case["config"]).items()})
        cases[name] = {"formula": case["formula"], "rtol": 1e-4, "atol": 1e-5, "config": case["config"]}
    write_safetensors(os.path.join(folder, "unet.safetensors"), arrays)
    manifest = {
        "about": "A tiny U-Net in double precision; gradients are of sum(out * g).",
        "torch": torch.__version__,
        "fixtures": {"unet": {"file": "unet.safetensors", "cases": cases}},
    }
    with open(os.path.join(folder, "manifest.json"), "w") as file:
        json.dump(manifest, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
