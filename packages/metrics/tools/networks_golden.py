"""Expected values for the tests of the feature networks, LPIPS and the resize rules, by PyTorch in float64.

Writes networks.golden.json into the tests' folder. Needs PyTorch (1.13 was used), numpy and Pillow; the tests need only the
file. Weights and pictures come from a hash of their name and index (`hashed`), which the tests compute too, so that no weights are
stored. The architectures are written out here, apart from the ones under test.

    python3 packages/metrics/tools/networks_golden.py
"""
import json
import os

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

torch.set_default_dtype(torch.float64)


def hashed(name, n):
    """n numbers in [0, 1), float64: a 32-bit mix of FNV-1a(name) + index."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = np.arange(n, dtype=np.uint32) + np.uint32(seed)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x / 2.0**32


def uniform(name, shape, low, high):
    """As the tests store it: rounded to float32."""
    u = hashed(name, int(np.prod(shape)))
    return torch.from_numpy((low + (high - low) * u).astype(np.float32).astype(np.float64)).reshape(shape)


def weight(name, shape):
    bound = (6 / int(np.prod(shape[1:]))) ** 0.5
    return uniform(name, shape, -bound, bound)


def picture(name, shape):
    """Bytes."""
    return torch.from_numpy(np.floor(256 * hashed(name, int(np.prod(shape))))).reshape(shape)


# Inception-v3 of 2015


def basic(x, name, outputs, kernel, stride=1, pad=(0, 0)):
    kh, kw = kernel
    y = F.conv2d(x, weight(f"{name}.conv.weight", [outputs, x.shape[1], kh, kw]), stride=stride, padding=pad)
    gamma = uniform(f"{name}.bn.weight", [outputs], 0.8, 1.2)
    beta = uniform(f"{name}.bn.bias", [outputs], -0.2, 0.2)
    mean = uniform(f"{name}.bn.running_mean", [outputs], -0.2, 0.2)
    var = uniform(f"{name}.bn.running_var", [outputs], 0.5, 1.5)
    return F.relu(F.batch_norm(y, mean, var, gamma, beta, eps=1e-3))


def valid_average(x):
    return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


def inception_2015(x, last_pool):
    x = basic(x, "Conv2d_1a_3x3", 32, (3, 3), 2)
    x = basic(x, "Conv2d_2a_3x3", 32, (3, 3))
    x = basic(x, "Conv2d_2b_3x3", 64, (3, 3), pad=(1, 1))
    x = F.max_pool2d(x, 3, 2)
    x = basic(x, "Conv2d_3b_1x1", 80, (1, 1))
    x = basic(x, "Conv2d_4a_3x3", 192, (3, 3))
    x = F.max_pool2d(x, 3, 2)
    for m, pooled in (("Mixed_5b", 32), ("Mixed_5c", 64), ("Mixed_5d", 64)):
        b1 = basic(x, f"{m}.branch1x1", 64, (1, 1))
        b2 = basic(x, f"{m}.branch5x5_1", 48, (1, 1))
        b2 = basic(b2, f"{m}.branch5x5_2", 64, (5, 5), pad=(2, 2))
        b3 = basic(x, f"{m}.branch3x3dbl_1", 64, (1, 1))
        b3 = basic(b3, f"{m}.branch3x3dbl_2", 96, (3, 3), pad=(1, 1))
        b3 = basic(b3, f"{m}.branch3x3dbl_3", 96, (3, 3), pad=(1, 1))
        b4 = basic(valid_average(x), f"{m}.branch_pool", pooled, (1, 1))
        x = torch.cat([b1, b2, b3, b4], 1)
    m = "Mixed_6a"
    b1 = basic(x, f"{m}.branch3x3", 384, (3, 3), 2)
    b2 = basic(x, f"{m}.branch3x3dbl_1", 64, (1, 1))
    b2 = basic(b2, f"{m}.branch3x3dbl_2", 96, (3, 3), pad=(1, 1))
    b2 = basic(b2, f"{m}.branch3x3dbl_3", 96, (3, 3), 2)
    x = torch.cat([b1, b2, F.max_pool2d(x, 3, 2)], 1)
    for m, c in (("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)):
        b1 = basic(x, f"{m}.branch1x1", 192, (1, 1))
        if m == "Mixed_6d":
            spatial = b1[:, :7].permute(0, 2, 3, 1).flatten(1)
        b2 = basic(x, f"{m}.branch7x7_1", c, (1, 1))
        b2 = basic(b2, f"{m}.branch7x7_2", c, (1, 7), pad=(0, 3))
        b2 = basic(b2, f"{m}.branch7x7_3", 192, (7, 1), pad=(3, 0))
        b3 = basic(x, f"{m}.branch7x7dbl_1", c, (1, 1))
        b3 = basic(b3, f"{m}.branch7x7dbl_2", c, (7, 1), pad=(3, 0))
        b3 = basic(b3, f"{m}.branch7x7dbl_3", c, (1, 7), pad=(0, 3))
        b3 = basic(b3, f"{m}.branch7x7dbl_4", c, (7, 1), pad=(3, 0))
        b3 = basic(b3, f"{m}.branch7x7dbl_5", 192, (1, 7), pad=(0, 3))
        b4 = basic(valid_average(x), f"{m}.branch_pool", 192, (1, 1))
        x = torch.cat([b1, b2, b3, b4], 1)
    m = "Mixed_7a"
    b1 = basic(x, f"{m}.branch3x3_1", 192, (1, 1))
    b1 = basic(b1, f"{m}.branch3x3_2", 320, (3, 3), 2)
    b2 = basic(x, f"{m}.branch7x7x3_1", 192, (1, 1))
    b2 = basic(b2, f"{m}.branch7x7x3_2", 192, (1, 7), pad=(0, 3))
    b2 = basic(b2, f"{m}.branch7x7x3_3", 192, (7, 1), pad=(3, 0))
    b2 = basic(b2, f"{m}.branch7x7x3_4", 192, (3, 3), 2)
    x = torch.cat([b1, b2, F.max_pool2d(x, 3, 2)], 1)
    for m in ("Mixed_7b", "Mixed_7c"):
        pooled = F.max_pool2d(x, 3, 1, 1) if m == "Mixed_7c" and last_pool == "max" else valid_average(x)
        b1 = basic(x, f"{m}.branch1x1", 320, (1, 1))
        b2 = basic(x, f"{m}.branch3x3_1", 384, (1, 1))
        b2a = basic(b2, f"{m}.branch3x3_2a", 384, (1, 3), pad=(0, 1))
        b2b = basic(b2, f"{m}.branch3x3_2b", 384, (3, 1), pad=(1, 0))
        b3 = basic(x, f"{m}.branch3x3dbl_1", 448, (1, 1))
        b3 = basic(b3, f"{m}.branch3x3dbl_2", 384, (3, 3), pad=(1, 1))
        b3a = basic(b3, f"{m}.branch3x3dbl_3a", 384, (1, 3), pad=(0, 1))
        b3b = basic(b3, f"{m}.branch3x3dbl_3b", 384, (3, 1), pad=(1, 0))
        b4 = basic(pooled, f"{m}.branch_pool", 192, (1, 1))
        x = torch.cat([b1, b2a, b2b, b3a, b3b, b4], 1)
    pool = x.mean((2, 3))
    return pool, spatial, pool @ weight("fc.weight", [1008, 2048]).T


# The trunks of LPIPS: lists of taps


def conv(x, name, outputs, kernel, **options):
    w = weight(f"{name}.weight", [outputs, x.shape[1], kernel, kernel])
    return F.relu(F.conv2d(x, w, uniform(f"{name}.bias", [outputs], -0.1, 0.1), **options))


def pool(x, kind, size, stride, ceil=False):
    if kind == "max":
        return F.max_pool2d(x, size, stride, ceil_mode=ceil)
    return F.avg_pool2d(x, size, stride, ceil_mode=ceil)


def vgg(x, kind):
    taps = []
    plan = [64, 64, "T", "P", 128, 128, "T", "P", 256, 256, 256, "T", "P", 512, 512, 512, "T", "P", 512, 512, 512, "T"]
    index = 0
    for step in plan:
        if step == "T":
            taps.append(x)
        elif step == "P":
            x = pool(x, kind, 2, 2)
            index += 1
        else:
            x = conv(x, f"features.{index}", step, 3, padding=1)
            index += 2
    return taps


def alex(x, kind):
    a = conv(x, "features.0", 64, 11, stride=4, padding=2)
    b = conv(pool(a, kind, 3, 2), "features.3", 192, 5, padding=2)
    c = conv(pool(b, kind, 3, 2), "features.6", 384, 3, padding=1)
    d = conv(c, "features.8", 256, 3, padding=1)
    return [a, b, c, d, conv(d, "features.10", 256, 3, padding=1)]


def fire(x, index, squeezed, expanded):
    s = conv(x, f"features.{index}.squeeze", squeezed, 1)
    one = conv(s, f"features.{index}.expand1x1", expanded, 1)
    return torch.cat([one, conv(s, f"features.{index}.expand3x3", expanded, 3, padding=1)], 1)


def squeeze(x, kind):
    a = conv(x, "features.0", 64, 3, stride=2)
    b = fire(fire(pool(a, kind, 3, 2, True), 3, 16, 64), 4, 16, 64)
    c = fire(fire(pool(b, kind, 3, 2, True), 6, 32, 128), 7, 32, 128)
    d = fire(pool(c, kind, 3, 2, True), 9, 48, 192)
    e = fire(d, 10, 48, 192)
    f = fire(e, 11, 64, 256)
    return [a, b, c, d, e, f, fire(f, 12, 64, 256)]


def normalised(x):
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    return ((x + 1) / 2 - mean) / std


def lpips(trunk, a, b, kind, size=None):
    if size:
        a, b = [F.interpolate(x, (size, size), mode="bilinear", align_corners=False) for x in (a, b)]
    total = 0
    for i, (x, y) in enumerate(zip(trunk(normalised(a), kind), trunk(normalised(b), kind))):
        x, y = [t / (t.square().sum(1, keepdim=True).sqrt() + 1e-10) for t in (x, y)]
        head = uniform(f"lin{i}.model.1.weight", [1, x.shape[1], 1, 1], 0, 1)
        total = total + F.conv2d((x - y).square(), head).mean((1, 2, 3))
    return total


# Resize rules


def legacy_tensorflow(x, rows, columns):
    """What TensorFlow 1's ResizeBilinear computes, pixel by pixel."""

    def neighbours(n, to):
        scale = np.float32(n) / np.float32(to)
        source = np.arange(to, dtype=np.float32) * scale
        low = np.floor(source).astype(int)
        return low, np.minimum(low + 1, n - 1), (source - low).astype(np.float64)

    x = x.numpy()
    top, bottom, down = neighbours(x.shape[-2], rows)
    left, right, across = neighbours(x.shape[-1], columns)
    upper = x[..., top, :][..., left] * (1 - across) + x[..., top, :][..., right] * across
    lower = x[..., bottom, :][..., left] * (1 - across) + x[..., bottom, :][..., right] * across
    return torch.from_numpy(upper * (1 - down[:, None]) + lower * down[:, None])


def clean(x, rows, columns):
    planes = []
    for plane in x.numpy():
        image = Image.fromarray(plane.astype(np.float32), mode="F")
        planes.append(np.asarray(image.resize((columns, rows), resample=Image.BICUBIC)).clip(0, 255))
    return torch.from_numpy(np.stack(planes).astype(np.float64))


def torch_bilinear(align):
    return lambda x, rows, columns: F.interpolate(
        x[None].float(), (rows, columns), mode="bilinear", align_corners=align or None
    )[0].double()


RULES = {
    "legacy_tensorflow": legacy_tensorflow,
    "legacy_pytorch": torch_bilinear(False),
    "clean": clean,
    "align_corners": torch_bilinear(True),
}


def numbers(x, every=1):
    return [float(f"{v:.9g}") for v in x.detach().flatten()[::every].tolist()]


def main():
    out = {"inception": {}, "lpips": {}, "resize": []}
    side = 107
    x = (picture("inception", [2, 3, side, side]) - 128) / 128
    features, spatial, logits = inception_2015(x, "max")
    average, _, _ = inception_2015(x, "average")
    out["inception"] = {
        "side": side,
        "every": 16,
        "pool": numbers(features, 16),
        "poolAverage": numbers(average, 16),
        "spatial": numbers(spatial),
        "logits": numbers(logits, 16),
    }
    for name, trunk, side in (("vgg", vgg, 32), ("alex", alex, 40), ("squeeze", squeeze, 34)):
        a = (picture("a", [2, 3, side, side]) / 127.5 - 1).requires_grad_()
        b = picture("b", [2, 3, side, side]) / 127.5 - 1
        case = {"side": side, "every": 61, "size": 50}
        taps = trunk(normalised(a), "max")
        case["taps"] = [{"shape": list(t.shape), "mean": float(t.mean()), "some": numbers(t, t.numel() // 7)} for t in taps]
        for kind in ("max", "average"):
            distance = lpips(trunk, a, b, kind)
            (gradient,) = torch.autograd.grad(distance.sum(), a)
            resized = lpips(trunk, a, b, kind, case["size"])
            case[kind] = {
                "distance": numbers(distance),
                "gradient": numbers(gradient, case["every"]),
                "resized": numbers(resized),
            }
        out["lpips"][name] = case
    for rule, resize in RULES.items():
        for source, target in (((5, 7), (11, 9)), ((13, 6), (4, 6)), ((3, 4), (3, 17)), ((1, 9), (5, 2))):
            x = picture("resize", [2, *source])
            out["resize"].append({"rule": rule, "from": source, "to": target, "values": numbers(resize(x, *target))})
    path = os.path.join(os.path.dirname(__file__), "..", "test", "networks.golden.json")
    with open(path, "w") as f:
        json.dump(out, f, separators=(",", ":"))
        f.write("\n")


main()
