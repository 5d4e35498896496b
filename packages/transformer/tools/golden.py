"""Writes golden/generators.safetensors: values and gradients of a small DiT and a small U-ViT, by PyTorch.

Run it in any folder; it needs torch and numpy. The modules follow the papers (Peebles & Xie 2023; Bao et al. 2023) and
share nothing with the package but the names of the parameters. All is computed in double precision from float32 numbers.
"""
import json
import math
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

FOLDER = Path(__file__).resolve().parents[3] / "golden"
CONFIG = {"dim": 16, "heads": 2, "patch": 2, "mlpRatio": 2, "classes": 3, "height": 4, "width": 6}
CASES = {
    "dit": ({**CONFIG, "depth": 2}, "DiT with labels; final adaLN; tokens (row, column, channel)"),
    "uvit": ({**CONFIG, "depth": 5}, "U-ViT: [label, time, patches], long skips last in first out, time MLP, conv3"),
}


def sinusoid(t, dim):
    w = torch.exp(-math.log(10000) * torch.arange(dim // 2, dtype=t.dtype) / (dim // 2))
    return torch.cat([torch.cos(t[:, None] * w), torch.sin(t[:, None] * w)], 1)


def positions(rows, columns, dim):
    """[rows * columns, dim]: sines and cosines of the column, then of the row."""
    w = 1 / 10000 ** (torch.arange(dim // 4).double() / (dim / 4))
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    parts = [f(axis.reshape(-1, 1) * w) for axis in (column, row) for f in (torch.sin, torch.cos)]
    return torch.cat(parts, 1)


def attention(layers, x, heads):
    b, n, dim = x.shape
    q, k, v = layers.qkv(x).reshape(b, n, 3, heads, dim // heads).permute(2, 0, 3, 1, 4)
    weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(dim // heads), -1)
    return layers.proj((weights @ v).transpose(1, 2).reshape(b, n, dim))


def pictures(tokens, patch, height, width):
    b = tokens.shape[0]
    cells = tokens.reshape(b, height // patch, width // patch, patch, patch, 3)
    return torch.einsum("nhwpqc->nchpwq", cells).reshape(b, 3, height, width)


class Layers(nn.Module):
    """Named layers."""

    def __init__(self, **layers):
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)


class DitBlock(Layers):
    def __init__(self, dim, ratio):
        super().__init__(
            qkv=nn.Linear(dim, 3 * dim),
            proj=nn.Linear(dim, dim),
            mlp=Layers(fc1=nn.Linear(dim, ratio * dim), fc2=nn.Linear(ratio * dim, dim)),
            ada=nn.Linear(dim, 6 * dim),
        )

    def forward(self, x, c, heads):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.ada(F.silu(c))[:, None].chunk(6, -1)
        norm = lambda h: F.layer_norm(h, h.shape[-1:], eps=1e-6)
        x = x + gate1 * attention(self, norm(x) * (1 + scale1) + shift1, heads)
        h = self.mlp.fc1(norm(x) * (1 + scale2) + shift2)
        return x + gate2 * self.mlp.fc2(F.gelu(h, approximate="tanh"))


class Dit(nn.Module):
    def __init__(self, dim, heads, depth, patch, mlpRatio, classes, height, width):
        super().__init__()
        self.heads, self.size = heads, (patch, height, width)
        self.patch = nn.Conv2d(3, dim, patch, stride=patch)
        self.time = Layers(fc1=nn.Linear(256, dim), fc2=nn.Linear(dim, dim))
        self.labels = nn.Parameter(torch.zeros(classes, dim))
        self.blocks = nn.ModuleList(DitBlock(dim, mlpRatio) for _ in range(depth))
        self.final = Layers(ada=nn.Linear(dim, 2 * dim), linear=nn.Linear(dim, 3 * patch * patch))

    def forward(self, x, t, labels):
        patch, height, width = self.size
        h = self.patch(x).flatten(2).transpose(1, 2)
        h = h + positions(height // patch, width // patch, h.shape[-1])
        c = self.time.fc2(F.silu(self.time.fc1(sinusoid(t, 256)))) + self.labels[labels]
        for block in self.blocks:
            h = block(h, c, self.heads)
        shift, scale = self.final.ada(F.silu(c))[:, None].chunk(2, -1)
        h = F.layer_norm(h, h.shape[-1:], eps=1e-6) * (1 + scale) + shift
        return pictures(self.final.linear(h), patch, height, width)


class UvitBlock(Layers):
    def __init__(self, dim, ratio, skip):
        super().__init__(
            **({"skip": nn.Linear(2 * dim, dim)} if skip else {}),
            mlp=Layers(norm=nn.LayerNorm(dim), fc1=nn.Linear(dim, ratio * dim), fc2=nn.Linear(ratio * dim, dim)),
        )
        qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.add_module("self", Layers(norm=nn.LayerNorm(dim), qkv=qkv, proj=nn.Linear(dim, dim)))

    def forward(self, x, heads, skip=None):
        own, mlp = self.get_submodule("self"), self.mlp
        if skip is not None:
            x = self.skip(torch.cat([x, skip], -1))
        x = x + attention(own, own.norm(x), heads)
        return x + mlp.fc2(F.gelu(mlp.fc1(mlp.norm(x))))


class Uvit(nn.Module):
    def __init__(self, dim, heads, depth, patch, mlpRatio, classes, height, width):
        super().__init__()
        self.heads, self.size = heads, (patch, height, width)
        block = lambda skip=False: UvitBlock(dim, mlpRatio, skip)
        self.patch = nn.Conv2d(3, dim, patch, stride=patch)
        self.time = Layers(fc1=nn.Linear(dim, 4 * dim), fc2=nn.Linear(4 * dim, dim))
        self.labels = nn.Parameter(torch.zeros(classes, dim))
        self.positions = nn.Parameter(torch.zeros(2 + height * width // patch**2, dim))
        self.inBlocks = nn.ModuleList(block() for _ in range(depth // 2))
        self.midBlock = block()
        self.outBlocks = nn.ModuleList(block(skip=True) for _ in range(depth // 2))
        self.norm = nn.LayerNorm(dim)
        self.linear = nn.Linear(dim, 3 * patch * patch)
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x, t, labels):
        time = self.time.fc2(F.silu(self.time.fc1(sinusoid(t, self.norm.normalized_shape[0]))))
        patches = self.patch(x).flatten(2).transpose(1, 2)
        h = torch.cat([self.labels[labels][:, None], time[:, None], patches], 1) + self.positions
        skips = []
        for block in self.inBlocks:
            h = block(h, self.heads)
            skips.append(h)
        h = self.midBlock(h, self.heads)
        for block in self.outBlocks:
            h = block(h, self.heads, skips.pop())
        return self.conv(pictures(self.linear(self.norm(h))[:, 2:], *self.size))


def numbers(random, shape):
    """Numbers of N(0, 1) that float32 holds exactly."""
    return torch.from_numpy(random.standard_normal(shape).astype(np.float32)).double()


def fill(model, random):
    """Values that keep signals near 1 on every path, in place of the layers that begin at 0."""
    for name, p in model.named_parameters():
        z = numbers(random, p.shape)
        if p.ndim > 1 and name.endswith("weight"):
            z = z / math.sqrt(p[0].numel())
        else:
            z = z * 0.25 + (1 if "norm.weight" in name else 0)
        p.data = z.float().double()


def case(model, config, random):
    fill(model, random)
    shape = (2, 3, config["height"], config["width"])
    x = numbers(random, shape).requires_grad_()
    # Not far from 0: in float32, the angles of the sinusoid are off by 1e-7 t.
    t = torch.tensor([-12.25, 7.5]).double()
    labels = torch.tensor([2, 1])
    out = model(x, t, labels)
    g = numbers(random, shape)
    (out * g).sum().backward()
    arrays = {"x": x, "t": t, "labels": labels, "g": g, "out": out, "d_x": x.grad}
    for name, p in model.named_parameters():
        # A patch embedding is stored as a linear layer.
        flat = (lambda v: v.flatten(1)) if name == "patch.weight" else (lambda v: v)
        arrays[f"p/{name}"] = flat(p)
        arrays[f"dp/{name}"] = flat(p.grad)
    return {name: v.detach().numpy().astype("<f4") for name, v in arrays.items()}


def write(path, arrays):
    header, data = {}, b""
    for name, v in arrays.items():
        raw = np.ascontiguousarray(v).tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(v.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header, separators=(",", ":"))
    text += " " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text.encode() + data)


def main():
    arrays, cases = {}, {}
    for seed, (name, (config, formula)) in enumerate(CASES.items()):
        model = {"dit": Dit, "uvit": Uvit}[name](**config).double()
        made = case(model, config, np.random.default_rng(seed))
        arrays.update({f"{name}/{k}": v for k, v in made.items()})
        cases[name] = {"formula": formula, "rtol": 5e-5, "atol": 2e-5, "attrs": config}
    write(FOLDER / "generators.safetensors", arrays)
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    manifest["fixtures"]["generators"] = {"file": "generators.safetensors", "cases": cases}
    (FOLDER / "manifest.json").write_text(json.dumps(manifest, indent=1))


main()
