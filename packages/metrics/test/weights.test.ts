// Readers of weight files, against small files that PyTorch and numpy wrote (tools/weights_fixtures.py).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type NumberArray,
  openNpz,
  readNpy,
  readNpz,
  readPth,
  readSqueezenetNcnn,
  readTensorflowConstants,
  readWeights,
  readWeightsBytes,
} from "@imagefn/metrics";
import { type HostArray, writeSafetensors } from "@imagefn/ops";
import t from "tap";

const folder = new URL("../test/fixtures/weights/", import.meta.url).pathname;
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
type Expected = Record<string, { shape: number[]; data: number[] }>;
const expected: Record<string, Expected> = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));

/** Shapes and numbers, the latter rounded to float32. */
const rounded = (tensors: Expected) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [name, { shape, data: data.map(Math.fround) }]),
  );
const plain = (tensors: ReadonlyMap<string, HostArray>) =>
  Object.fromEntries([...tensors].map(([name, { shape, data }]) => [name, { shape, data: [...data] }]));

for (const [name, tensors] of Object.entries(expected))
  t.test(`what ${name} holds`, async (t) => {
    const wanted = rounded(tensors);
    t.same(plain(await readWeights(join(folder, name))), wanted, "from disk");
    const shifted = new Uint8Array(bytesOf(name).length + 3);
    shifted.set(bytesOf(name), 3);
    t.same(plain(readWeightsBytes(shifted.subarray(3))), wanted, "from the middle of other bytes");
  });

t.test("names are in the file's order, and only what is asked for is read", async (t) => {
  for (const file of ["state_legacy.pth", "state_zip.pth", "arrays.npz", "graph.pb"]) {
    const names = Object.keys(expected[file]);
    t.same([...readWeightsBytes(bytesOf(file)).keys()], names);
    const some = readWeightsBytes(bytesOf(file), { keep: (name) => name === names[1] });
    t.same(plain(some), { [names[1]]: rounded(expected[file])[names[1]] }, file);
  }
});

t.test("what is read is a copy", async (t) => {
  const bytes = bytesOf("state_legacy.pth");
  const before = plain(readPth(bytes));
  for (const { data } of readPth(bytes).values()) data.fill(9);
  t.same(plain(readPth(bytes)), before);
  const shared = readPth(bytesOf("mixed_zip.pth"));
  shared.get("state_dict.whole")!.data.fill(9);
  t.not(shared.get("state_dict.row")!.data[0], 9, "though tensors share a storage in the file");
});

t.test("types and order of numpy's arrays", async (t) => {
  for (const file of ["arrays.npz", "arrays_deflated.npz"]) {
    const arrays = readNpz(bytesOf(file));
    const types: Record<string, [string, NumberArray]> = {
      float32: ["float32", new Float32Array()],
      float64: ["float64", new Float64Array()],
      float16: ["float16", new Float32Array()],
      big: ["float32", new Float32Array()],
      int64: ["int64", new Float64Array()],
      uint64: ["uint64", new Float64Array()],
      int32big: ["int32", new Int32Array()],
      int16: ["int16", new Int16Array()],
      uint16: ["uint16", new Uint16Array()],
      uint32: ["uint32", new Uint32Array()],
      int8: ["int8", new Int8Array()],
      uint8: ["uint8", new Uint8Array()],
      bool: ["bool", new Uint8Array()],
    };
    for (const [name, [type, data]] of Object.entries(types)) {
      const array = arrays.get(name)!;
      t.equal(array.type, type, `${file}: ${name}`);
      t.equal(array.data.constructor, data.constructor);
    }
    for (const [name, { shape, data }] of Object.entries(expected[file]))
      t.same(
        { shape: arrays.get(name)!.shape, data: [...arrays.get(name)!.data] },
        { shape, data },
        `${name} exactly`,
      );
  }
  t.same([...readNpy(bytesOf("array.npy")).data], expected["array.npy"].arr_0.data);
});

t.test("a .npz on disk, some rows at a time", async (t) => {
  for (const file of ["arrays.npz", "arrays_deflated.npz"]) {
    const npz = openNpz(join(folder, file));
    t.same([...npz.names], Object.keys(expected[file]));
    t.same(npz.header("uint8"), { shape: [5, 2, 2, 3], type: "uint8" });
    const blocks = [...npz.blocks("uint8", 2)];
    t.same(
      blocks.map(({ shape }) => shape),
      [
        [2, 2, 2, 3],
        [2, 2, 2, 3],
        [1, 2, 2, 3],
      ],
    );
    t.same(
      blocks.flatMap(({ data }) => [...data]),
      expected[file].uint8.data,
    );
    t.same(
      [...npz.blocks("big", 1)].flatMap(({ data }) => [...data]),
      expected[file].big.data,
      "big-endian",
    );
    t.same([...npz.blocks("empty")], []);
    t.same(npz.read("fortran").data, Float64Array.from(expected[file].fortran.data));
    t.same(
      [...npz.blocks("fortran", 1)].flatMap(({ data }) => [...data]),
      expected[file].fortran.data,
    );
    t.throws(() => [...npz.blocks("scalar")], /it is one number\): read it whole/);
    t.throws(() => [...npz.blocks("uint8", 0)], /at least one row \(got 0\)/);
    t.throws(() => npz.read("arr_0"), /has no array "arr_0" \(it has "float32", /);
    npz.close();
  }
  t.throws(() => openNpz(join(folder, "none.npz")), /^metrics: cannot open .*none\.npz \(ENOENT/);
  t.throws(() => openNpz(join(folder, "graph.pb")), {
    message:
      /^metrics: not a readable numpy archive \(\.npz\) at .*graph\.pb: the end of its zip directory is missing/,
  });
});

t.test("nothing but tensors comes out of a pickle", async (t) => {
  for (const file of ["hostile_zip.pth", "hostile_legacy.pth", "hostile_plain.pkl"])
    t.throws(() => readPth(bytesOf(file)), {
      message:
        /^metrics: not a readable PyTorch file \(\.pth\): its pickle names "posix\.system".*nothing in the file was run/,
    });
  t.notOk(existsSync("imagefn-was-here"), "and nothing was run");
  t.throws(
    () => readPth(bytesOf("whole_model.pth")),
    /names "torch\.nn\.modules\.linear\.Linear".*save its state dict/,
  );
  t.throws(() => readNpz(bytesOf("objects.npz")), /the array "names": it holds Python objects/);
  t.throws(() => readNpz(bytesOf("strings.npz")), /of type "<U2" \(expected floats or integers\)/);
});

t.test("files of another kind are named", async (t) => {
  const dir = t.testdir();
  const says = async (content: string | Uint8Array, message: RegExp) => {
    const path = join(dir, "weights.pth");
    writeFileSync(path, content);
    await t.rejects(readWeights(path), { message });
    await t.rejects(readWeights(path), { message: /^metrics: cannot read the weights .*weights\.pth: it / });
  };
  const formats =
    /; formats that can be read: \.pth and \.pt of PyTorch .* \.safetensors, \.npz, \.npy, .*\.pb/;
  await says("", /it is empty; formats that can be read/);
  await says("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", /Git LFS pointer/);
  await says("\n<!DOCTYPE html><html>404</html>", /a web page/);
  await says("\x89HDF\r\n\x1a\n0000", /it is .*; formats that can be read/);
  await says(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0), /packed by gzip/);
  await says(Uint8Array.of(8, 7, 0x12, 3, 0x70, 0x79, 0x74), /ONNX model, which is run/);
  await says("hello, world", formats);
  await says(
    Uint8Array.from(`PK\x05\x06${"\0".repeat(18)}`, (c) => c.charCodeAt(0)),
    /zip archive of neither PyTorch nor numpy \(it has no entries\)/,
  );
  await says(bytesOf("state_zip.pth").subarray(0, 2000), /directory is missing \(truncated\?\)/);
  await says(
    bytesOf("state_legacy.pth").subarray(0, 1500),
    /looks like a PyTorch pickle file, but .*truncated/,
  );
  await t.rejects(readWeights(join(dir, "none.pth")), /cannot read the weights .*none\.pth \(ENOENT/);
  mkdirSync(join(dir, "folder"));
  await t.rejects(readWeights(join(dir, "folder")), /cannot read the weights .*folder \(.*folder/);
});

t.test(".safetensors", async (t) => {
  const tensors = new Map([
    ["a", { shape: [2], data: Float32Array.of(1, 2) }],
    ["b", { shape: [], data: Float32Array.of(3) }],
  ]);
  t.same(readWeightsBytes(writeSafetensors(tensors)), tensors);
  t.same([...readWeightsBytes(writeSafetensors(tensors), { keep: (name) => name === "b" }).keys()], ["b"]);
  t.throws(() => readWeightsBytes(writeSafetensors(tensors).subarray(0, 130)), {
    message: /^metrics: cannot read the weights: it looks like a \.safetensors file, but .* \(truncated\?\)$/,
  });
});

t.test("constants of TensorFlow", async (t) => {
  const graph = bytesOf("graph.pb");
  t.same(readTensorflowConstants(graph).get("ints"), { shape: [2], data: Float32Array.of(-3, 7) });
  t.notOk(readTensorflowConstants(graph).has("label"), "but no strings");
  t.throws(
    () => readTensorflowConstants(graph.subarray(0, 300)),
    /TensorFlow graph \(\.pb\): a field at byte \d+ is cut off/,
  );
  const noConstants = Uint8Array.of(10, 7, 10, 1, 120, 18, 2, 79, 112);
  t.throws(() => readTensorflowConstants(noConstants), /no constants among its 1 nodes; freeze/);
});

t.test("SqueezeNet 1.1 of ncnn", async (t) => {
  // A pattern instead of real weights.
  const bytes = squeezenet();
  const tensors = readSqueezenetNcnn(bytes);
  t.equal(tensors.size, 52);
  t.equal(
    [...tensors.values()].reduce((n, { data }) => n + data.length, 0),
    1_235_496,
    "parameters",
  );
  t.same(tensors.get("features.12.expand3x3.weight")!.shape, [256, 64, 3, 3]);
  t.same(tensors.get("classifier.1.bias"), { shape: [1000], data: new Float32Array(1000).fill(26) });
  t.ok(tensors.get("features.3.squeeze.weight")!.data.every((v) => v === 2));
  t.equal(readWeightsBytes(bytes).size, 52, "by content");
  bytes[0]++;
  t.throws(() => readSqueezenetNcnn(bytes), /weights of features\.0 at byte 0 are tagged 0x1306b48/);
  bytes[0]--;
  t.throws(() => readSqueezenetNcnn(bytes.subarray(0, -4)), /truncated/);
  t.throws(
    () => readSqueezenetNcnn(new Uint8Array([...bytes, 0])),
    /it has 2478985 bytes \(expected 2478984\)/,
  );
});

/** A file of the right layout: in the i-th convolution, counted from 1, every number is i. */
function squeezenet(): Uint8Array {
  const convolutions: [out: number, input: number, size: number][] = [[64, 3, 9]];
  const fires = [
    [64, 16, 64],
    [128, 16, 64],
    [128, 32, 128],
    [256, 32, 128],
    [256, 48, 192],
    [384, 48, 192],
    [384, 64, 256],
    [512, 64, 256],
  ];
  for (const [input, squeeze, expand] of fires)
    convolutions.push([squeeze, input, 1], [expand, squeeze, 1], [expand, squeeze, 9]);
  convolutions.push([1000, 512, 1]);
  const parts = convolutions.map(([out, input, size], i) => {
    const exponent = Math.floor(Math.log2(i + 1));
    const half = ((exponent + 15) << 10) | (((i + 1) / 2 ** exponent - 1) * 1024);
    return Buffer.concat([
      Uint8Array.of(0x47, 0x6b, 0x30, 0x01),
      new Uint8Array(new Uint16Array(out * input * size).fill(half).buffer),
      new Uint8Array(new Float32Array(out).fill(i + 1).buffer),
    ]);
  });
  return new Uint8Array(Buffer.concat(parts));
}
