"""Makes the small weight files in test/fixtures/weights that the readers' tests read.

Run with Python 3, PyTorch (made with 1.13) and numpy: python3 tools/weights_fixtures.py
Tests do not need it. Every number is a multiple of 1/8, so that all float types hold it exactly.
"""

import json
import os
import pickle
import struct
from collections import OrderedDict

import numpy as np
import torch

FOLDER = os.path.join(os.path.dirname(__file__), "..", "test", "fixtures", "weights")
os.makedirs(FOLDER, exist_ok=True)
expected = {}


def path(name):
    return os.path.join(FOLDER, name)


def numbers(*shape, start=0, dtype=torch.float32):
    size = int(np.prod(shape))
    return ((torch.arange(size, dtype=torch.float64) + start) / 8 - 1).to(dtype).reshape(shape)


def expect(name, tensors):
    expected[name] = {
        key: {"shape": list(value.shape), "data": np.asarray(value, dtype=np.float64).ravel().tolist()}
        for key, value in tensors.items()
    }


# ---- PyTorch

def flatten(value, name=""):
    if isinstance(value, torch.Tensor):
        return {name or "tensor": value.detach().to(torch.float64).numpy()}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    out = {}
    for key, child in items:
        out.update(flatten(child, f"{name}.{key}" if name else str(key)))
    return out


def save(name, value, **options):
    torch.save(value, path(name), **options)
    expect(name, flatten(value))


torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.Flatten(), torch.nn.Linear(6, 2))
with torch.no_grad():
    for i, parameter in enumerate(model.parameters()):
        parameter.copy_(numbers(*parameter.shape, start=i))
state = model.state_dict()
LEGACY = {"_use_new_zipfile_serialization": False}
save("state_legacy.pth", state, **LEGACY)
save("state_zip.pth", state)
save("state_protocol4.pth", state, pickle_protocol=4)
save("state_legacy_protocol3.pth", state, pickle_protocol=3, **LEGACY)

block = numbers(4, 5)
mixed = {
    "epoch": 3,
    "rate": -0.125,
    "note": "naïve",
    "nothing": None,
    "flags": (True, False, ()),
    "large": 2**70,
    "small": -(2**20),
    "state_dict": OrderedDict(
        whole=block,
        row=block[1],
        column=block[:, 2],
        turned=block.t(),
        stepped=block[::2, 1::2],
        repeated=torch.ones(1).expand(2, 3),
        parameter=torch.nn.Parameter(numbers(2, 2)),
        scalar=torch.tensor(2.5),
        empty=torch.zeros(0, 3),
    ),
    "types": [
        numbers(5, dtype=torch.float64),
        numbers(5, dtype=torch.float16),
        numbers(5, dtype=torch.bfloat16),
        torch.tensor([-(2**40), 0, 7], dtype=torch.int64),
        torch.tensor([-(2**20), 5], dtype=torch.int32),
        torch.tensor([-300, 300], dtype=torch.int16),
        torch.tensor([-100, 100], dtype=torch.int8),
        torch.tensor([0, 255], dtype=torch.uint8),
        torch.tensor([True, False]),
    ],
    7: numbers(2),
}
save("mixed_legacy.pth", mixed, **LEGACY)
save("mixed_zip.pth", mixed)
save("alone_zip.pth", numbers(3))


class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(numbers(2, 3))
        self.register_buffer("mean", numbers(3, start=4))
        self.sizes = [1, 2]

    def forward(self, x):
        return x @ self.weight.t() + self.mean.sum() + self.sizes[0]


class Outer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(Inner())
        self.bias = torch.nn.Parameter(numbers(2, start=9))

    def forward(self, x):
        return self.layers(x) + self.bias


scripted = torch.jit.script(Outer().eval())
torch.jit.save(scripted, path("script.pt"))
expect("script.pt", flatten(dict(scripted.state_dict())))
torch.save(torch.nn.Linear(2, 2), path("whole_model.pth"))


class Hostile:
    def __reduce__(self):
        return os.system, ("touch imagefn-was-here",)


torch.save({"weight": numbers(2), "hook": Hostile()}, path("hostile_zip.pth"))
torch.save({"weight": numbers(2), "hook": Hostile()}, path("hostile_legacy.pth"), **LEGACY)
with open(path("hostile_plain.pkl"), "wb") as file:
    pickle.dump(Hostile(), file, protocol=4)

# ---- numpy

grid = np.arange(12).reshape(3, 4)
arrays = {
    "float32": (grid / 8).astype("<f4"),
    "float64": (grid / 8).astype("<f8"),
    "float16": (grid / 8).astype("<f2"),
    "big": (grid / 8).astype(">f4"),
    "fortran": np.asfortranarray(np.arange(24).reshape(2, 3, 4) / 8),
    "int64": np.array([-(2**50), 3], dtype="<i8"),
    "uint64": np.array([2**40], dtype="<u8"),
    "int32big": np.array([-70000, 70000], dtype=">i4"),
    "int16": np.array([-300, 300], dtype="<i2"),
    "uint16": np.array([65535], dtype="<u2"),
    "uint32": np.array([2**32 - 1], dtype="<u4"),
    "int8": np.array([-128, 127], dtype="i1"),
    "uint8": np.arange(60, dtype="u1").reshape(5, 2, 2, 3),
    "bool": np.array([True, False, True]),
    "scalar": np.array(2.5),
    "empty": np.zeros((0, 3)),
}
for name, write in {"arrays.npz": np.savez, "arrays_deflated.npz": np.savez_compressed}.items():
    write(path(name), **arrays)
    expect(name, arrays)
np.save(path("array.npy"), arrays["float32"])
expect("array.npy", {"arr_0": arrays["float32"]})
np.savez(path("objects.npz"), fine=grid, names=np.array(["a", None], dtype=object))
np.savez(path("strings.npz"), names=np.array(["a", "bc"]))

# ---- TensorFlow: a GraphDef, written field by field

def varint(n):
    n &= 2**64 - 1
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(dtype, shape, values):
    return field(1, dtype) + field(2, b"".join(field(2, field(1, d)) for d in shape)) + values


def node(name, op, tensor_proto=None, dtype=1):
    attrs = field(5, field(1, "dtype") + field(2, field(6, dtype)))
    if tensor_proto is not None:
        attrs += field(5, field(1, "value") + field(2, field(8, tensor_proto)))
    return field(1, field(1, name) + field(2, op) + field(3, "^input") + attrs)


FLOAT, INT32, STRING, INT64, BOOL, HALF = 1, 3, 7, 9, 10, 19
content = lambda array: field(4, array.tobytes())
kernel = (np.arange(36) / 8).astype("<f4").reshape(3, 3, 2, 2)
constants = {
    "conv/conv2d_params": (kernel, tensor(FLOAT, kernel.shape, content(kernel))),
    "listed": (np.float32([0.5, -2]), tensor(FLOAT, [2], varint(5 << 3 | 5) + struct.pack("<f", 0.5) + varint(5 << 3 | 5) + struct.pack("<f", -2))),
    "packed": (np.float32([[1.5, 2.5], [2.5, 2.5]]), tensor(FLOAT, [2, 2], field(5, struct.pack("<2f", 1.5, 2.5)))),
    "filled": (np.full((2, 3), 0.125), tensor(FLOAT, [2, 3], field(5, struct.pack("<f", 0.125)))),
    "zeros": (np.zeros(3), tensor(FLOAT, [3], b"")),
    "scalar": (np.float32(0.001), tensor(FLOAT, [], field(5, struct.pack("<f", 0.001)))),
    "ints": (np.array([-3, 7]), tensor(INT32, [2], field(7, varint(-3) + varint(7)))),
    "axis": (np.array(1), tensor(INT32, [], field(7, 1))),
    "longs": (np.array([-(2**40)]), tensor(INT64, [1], content(np.array([-(2**40)], dtype="<i8")))),
    "half": (np.float16([1.5, -0.25]), tensor(HALF, [2], content(np.array([1.5, -0.25], dtype="<f2")))),
    "half_listed": (np.float16([0.5]), tensor(HALF, [1], field(13, varint(0x3800)))),
    "flag": (np.array(1), tensor(BOOL, [], field(11, 1))),
}
graph = node("input", "Placeholder")
for name, (_, proto) in constants.items():
    graph += node(name, "Const", proto)
graph += node("label", "Const", tensor(STRING, [], field(8, b"cat")), STRING) + node("conv", "Conv2D")
graph += field(4, field(1, 22))
with open(path("graph.pb"), "wb") as file:
    file.write(graph)
expect("graph.pb", {name: value for name, (value, _) in constants.items()})

with open(path("expected.json"), "w") as file:
    json.dump(expected, file, separators=(",", ":"))
total = sum(os.path.getsize(path(name)) for name in os.listdir(FOLDER))
print(f"{len(os.listdir(FOLDER))} files, {total} bytes")
