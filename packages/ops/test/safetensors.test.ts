// .safetensors files: what is written comes back, and nothing but an error comes of a damaged file.
import { type HostArray, random, readSafetensors, safetensorsParts, writeSafetensors } from "@imagefn/ops";
import t from "tap";

const array = (shape: number[], ...data: number[]): HostArray => ({ shape, data: Float32Array.from(data) });

const tensors = new Map<string, HostArray>([
  ["layer.0.weight", array([2, 3], 1, -2, 3.5, 4e-30, -0, Number.POSITIVE_INFINITY)],
  ["scalar", array([], 7)],
  ["empty", array([0, 3])],
  ["größe", array([1], 0.1)],
]);
const metadata = { architecture: '{"width": 2}', note: "naïve ☃" };
const file = writeSafetensors(tensors, metadata);

/** A file with any header, and `bytes` of data. */
function fileOf(header: unknown, bytes = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + bytes);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  return out;
}

t.test("round trip", async (t) => {
  const read = readSafetensors(file);
  t.same([...read.tensors.keys()], [...tensors.keys()], "names in order");
  for (const [name, { shape, data }] of tensors) {
    t.same(read.tensors.get(name)!.shape, shape, `${name}: shape`);
    t.same(
      new Uint8Array(read.tensors.get(name)!.data.buffer),
      new Uint8Array(data.buffer),
      `${name}: every bit of it`,
    );
  }
  t.same(read.metadata, metadata);
  t.same(readSafetensors(writeSafetensors([])), { tensors: new Map(), metadata: {} }, "of nothing");
  const offset = new Uint8Array(file.length + 3);
  offset.set(file, 3);
  t.same(readSafetensors(offset.subarray(3)).tensors, read.tensors, "from the middle of other bytes");
  read.tensors.get("scalar")!.data[0] = 0;
  t.equal(readSafetensors(file).tensors.get("scalar")!.data[0], 7, "what is read is a copy");
});

t.test("the layout is the format's", async (t) => {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  t.equal((8 + length) % 8, 0, "data starts at a multiple of 8");
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  t.same(header["layer.0.weight"], { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] });
  t.same(header.scalar, { dtype: "F32", shape: [], data_offsets: [24, 28] });
  t.equal(file.length, 8 + length + 4 * 8);
});

t.test("other number types are read as float32", async (t) => {
  const bytes = fileOf(
    {
      f64: { dtype: "F64", shape: [1], data_offsets: [0, 8] },
      i64: { dtype: "I64", shape: [1], data_offsets: [8, 16] },
      i32: { dtype: "I32", shape: [1], data_offsets: [16, 20] },
      u8: { dtype: "U8", shape: [2], data_offsets: [20, 22] },
    },
    22,
  );
  const view = new DataView(bytes.buffer, bytes.length - 22);
  view.setFloat64(0, 2.5, true);
  view.setBigInt64(8, -3n, true);
  view.setInt32(16, -4, true);
  view.setUint8(20, 200);
  const read = readSafetensors(bytes).tensors;
  t.same(
    ["f64", "i64", "i32", "u8"].map((name) => [...read.get(name)!.data]),
    [[2.5], [-3], [-4], [200, 0]],
  );
});

t.test("what is wrong is said", async (t) => {
  const entry = (more: object) => ({ w: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...more } });
  const wrong: [Uint8Array, RegExp][] = [
    [new Uint8Array(3), /it has 3 bytes/],
    [new Uint8Array(8).fill(255), /header should be 18446744073709551615 bytes long/],
    [fileOf("{"), /the header is not JSON/],
    [fileOf("[1]"), /the header is not an object/],
    [fileOf("null"), /the header is not an object/],
    [fileOf({ w: null }), /"w" has no valid shape and offsets/],
    [fileOf(entry({ shape: [-2] }), 8), /"w" has no valid shape and offsets/],
    [fileOf(entry({ shape: [1.5] }), 8), /"w" has no valid shape and offsets/],
    [fileOf(entry({ data_offsets: [0, 8, 9] }), 8), /"w" has no valid shape and offsets/],
    [fileOf(entry({ dtype: "BF16" }), 8), /"w" is of type BF16 \(expected F32, F64, I32, I64, U8\)/],
    [fileOf(entry({ dtype: "constructor" }), 8), /"w" is of type constructor/],
    [fileOf(entry({ shape: [3] }), 8), /"w" has 8 bytes for shape \[3\]/],
    [fileOf(entry({ data_offsets: [8, 0] }), 8), /"w" has -8 bytes/],
    [fileOf(entry({}), 7), /"w" ends at byte \d+ of \d+ \(truncated\?\)/],
    [fileOf({ __metadata__: null }), /its metadata is not an object of strings/],
    [fileOf({ __metadata__: { a: 1 } }), /its metadata is not an object of strings/],
  ];
  for (const [bytes, message] of wrong) {
    t.throws(() => readSafetensors(bytes), { message });
    t.throws(() => readSafetensors(bytes), { message: /^ops: not a readable \.safetensors file: / });
  }
  t.throws(() => writeSafetensors([["w", array([3], 1)]]), { message: /"w" holds 1 numbers \(expected 3\)/ });
});

/** What reading gives: "read", or the message of its error. */
function outcome(bytes: Uint8Array): string {
  try {
    readSafetensors(bytes);
    return "read";
  } catch (error) {
    return (error as Error).message;
  }
}
const CLEAR = /^ops: not a readable \.safetensors file: ./;

t.test("a file cut off anywhere is an error", async (t) => {
  for (let length = 0; length < file.length; length++) {
    const message = outcome(file.subarray(0, length));
    if (!CLEAR.test(message)) t.fail(`cut to ${length} bytes: ${message}`);
  }
  t.equal(outcome(file), "read", `whole, ${file.length} bytes, it is read`);
});

t.test("a damaged header is an error or a file, never a crash", async (t) => {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const damage = random(11).stream("damage");
  const outcomes = { read: 0, error: 0 };
  const pieces = ['"', "{", "}", "[", "]", ":", ",", "-", "9", "1e999", "null", " ", "\\u0000", "ÿ"];
  for (let trial = 0; trial < 20_000; trial++) {
    const bytes = file.slice();
    const [kind, many] = damage.integers(2, 3, trial);
    for (let i = 0; i <= many; i++) {
      const at = damage.integers(1, 8 + length, trial * 8 + i + 1e6)[0];
      if (kind === 0) bytes[at] = damage.integers(1, 256, trial * 8 + i + 2e6)[0];
      else if (kind === 1) bytes[at] ^= 1 << damage.integers(1, 8, trial * 8 + i + 3e6)[0];
      else {
        const piece = pieces[damage.integers(1, pieces.length, trial * 8 + i + 4e6)[0]];
        bytes.set(new TextEncoder().encode(piece).subarray(0, bytes.length - at), at);
      }
    }
    const message = outcome(bytes);
    outcomes[message === "read" ? "read" : "error"]++;
    if (message !== "read" && !CLEAR.test(message)) t.fail(`trial ${trial}: ${message}`);
  }
  t.ok(outcomes.error > 5000, `${outcomes.error} errors`);
  t.ok(outcomes.read > 100, `${outcomes.read} harmless changes`);
});

t.test("parts are the file, and a file is read in places", async (t) => {
  const tensors = new Map([
    ["a", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
    ["b", { shape: [], data: Float32Array.of(5) }],
  ]);
  const bytes = writeSafetensors(tensors, { of: "test" });
  t.same(Buffer.concat(safetensorsParts(tensors, { of: "test" })), Buffer.from(bytes));
  const asked: [number, number][] = [];
  const { tensors: read, metadata } = readSafetensors({
    length: bytes.length,
    subarray(start, end) {
      asked.push([start, end]);
      return bytes.subarray(start, end);
    },
  });
  t.same(metadata, { of: "test" });
  t.same([...read.get("a")!.data], [1, 2, 3, 4]);
  t.ok(
    asked.every(([start, end]) => end - start < bytes.length / 2 || start === 8),
    "never more than a tensor or the header at a time",
  );
});
