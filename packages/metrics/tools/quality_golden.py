"""Expected values for the tests of what CLIP-IQA, MUSIQ and MANIQA do before their networks, by PyTorch in float32.

Writes quality.golden.json into the tests' folder. Needs PyTorch (2.13 was used; 1.13 rounds positions otherwise, and
differs by up to 3e-5) and numpy; the tests need only the file. Pictures come from a hash of their name and index, which
the tests compute too.

    python3 packages/metrics/tools/quality_golden.py
"""
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F


def picture(name, height, width):
    """[1, 3, height, width] in [0, 1]: bytes, each the top of a 32-bit mix of FNV-1a(name) + index, over 255."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = np.arange(3 * height * width, dtype=np.uint32) + np.uint32(seed)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    data = (x >> np.uint32(24)).astype(np.float32).reshape(1, 3, height, width)
    return torch.from_numpy(data) / 255


def colours(*values):
    return torch.tensor(values).view(1, 3, 1, 1)


def clipiqa(x):
    return (x - colours(0.48145466, 0.4578275, 0.40821073)) / colours(0.26862954, 0.26130258, 0.27577711)


def patches(x, scale, length):
    """Tokens [tokens, 3075] of one scale, with zeros up to `length` of them."""
    height, width = x.shape[2:]
    rows, columns = math.ceil(height / 32), math.ceil(width / 32)
    down, right = rows * 32 - height, columns * 32 - width
    x = F.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))
    pixels = F.unfold(x, 32, stride=32)[0].T
    grid = torch.arange(10.0).view(1, 1, 10)
    row, column = [F.interpolate(grid, n, mode="nearest").flatten() for n in (rows, columns)]
    position = (row[:, None] * 10 + column[None, :]).reshape(-1, 1)
    tokens = torch.cat([pixels, position, torch.full_like(position, scale), torch.ones_like(position)], 1)
    return F.pad(tokens, (0, 0, 0, max(length - len(tokens), 0)))


def musiq(x):
    x = (x - 0.5) * 2
    height, width = x.shape[2:]
    scales = []
    for scale, longer in enumerate((224, 384)):
        ratio = longer / max(height, width)
        size = (round(height * ratio), round(width * ratio))
        resized = F.interpolate(x, size, mode="bicubic", align_corners=False)
        scales.append(patches(resized, scale, (longer // 32) ** 2))
    return torch.cat([*scales, patches(x, 2, 0)])


def maniqa(x):
    x = (x - 0.5) / 0.5
    shorter = min(x.shape[2:])
    if shorter <= 224:
        x = F.interpolate(x, scale_factor=225 / shorter, mode="bilinear", align_corners=False)
    down, right = [(n - 224) // 4 for n in x.shape[2:]]
    corners = [(row * down, column * right) for row in range(5) for column in range(5)]
    return [x[0, :, i : i + 224, j : j + 224] for i, j in corners[:20]]


def some(x, every):
    return [float(f"{v:.8g}") for v in x.flatten()[::every].tolist()]


def main():
    out = {"clipiqa": [], "musiq": [], "maniqa": []}
    torch.manual_seed(0)
    logits = torch.randn(10) * 3 + 20
    score = logits.reshape(5, 2).double().softmax(1)[:, 0].mean()
    out["score"] = {"logits": some(logits, 1), "score": score.item()}

    height, width = 31, 50
    values = some(clipiqa(picture("quality", height, width)), 31)
    out["clipiqa"].append({"height": height, "width": width, "every": 31, "values": values})

    # One patch, more than one with uneven borders, padding tokens, made smaller, sides that end in halves.
    for height, width in ((32, 32), (45, 63), (97, 300), (401, 30), (64, 3)):
        tokens = musiq(picture("quality", height, width))
        labels = tokens[:, -3:].int().tolist()
        case = {"height": height, "width": width, "count": len(tokens), "every": 2003}
        case.update(labels=labels, values=some(tokens, case["every"]))
        out["musiq"].append(case)
    # All counts of patches up to 40 in one row.
    grid = torch.arange(10.0).view(1, 1, 10)
    out["grid"] = [F.interpolate(grid, n, mode="nearest").flatten().int().tolist() for n in range(1, 41)]

    # Twenty equal crops, a column of steps, only steps, the limit, and a side that rounding makes 224 instead of 225.
    rounded = next(n for n in range(33, 224) if int(n * (225 / n)) == 224)
    for height, width in ((32, 32), (40, 48), (250, 231), (224, 300), (rounded, rounded + 9)):
        seen = {}
        for crop in maniqa(picture("quality", height, width)):
            key = crop.numpy().tobytes()
            times = seen[key]["times"] + 1 if key in seen else 1
            seen[key] = {"times": times, "values": some(crop, 20011)}
        out["maniqa"].append({"height": height, "width": width, "every": 20011, "crops": list(seen.values())})

    path = os.path.join(os.path.dirname(__file__), "..", "test", "quality.golden.json")
    with open(path, "w") as f:
        json.dump(out, f, separators=(",", ":"))
        f.write("\n")


main()
