// .safetensors files: what is written comes back, and nothing but an error comes of a damaged file.
import {
  type HostArray,
  random,
  readMetadata,
  readSafetensors,
  safetensorsParts,
  writeSafetensors,
} from "@imagefn/ops";
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

/** One tensor of a type, by the numbers' bytes. */
const typed = (dtype: string, shape: number[], data: ArrayBufferView) => {
  const bytes = fileOf({ w: { dtype, shape, data_offsets: [0, data.byteLength] } }, data.byteLength);
  bytes.set(new Uint8Array(data.buffer), bytes.length - data.byteLength);
  return [...readSafetensors(bytes).tensors.get("w")!.data];
};

t.test("other number types are read as float32", async (t) => {
  t.same(typed("F64", [2], Float64Array.of(2.5, 0.1)), [2.5, Math.fround(0.1)]);
  t.same(typed("I8", [2], Int8Array.of(-3, 100)), [-3, 100]);
  t.same(typed("I16", [2], Int16Array.of(-300, 4)), [-300, 4]);
  t.same(typed("I32", [2], Int32Array.of(-70000, 4)), [-70000, 4]);
  t.same(typed("I64", [2], BigInt64Array.of(-3n, 1n << 40n)), [-3, 2 ** 40]);
  t.same(typed("U8", [2], Uint8Array.of(200, 0)), [200, 0]);
  t.same(typed("U16", [2], Uint16Array.of(65535, 1)), [65535, 1]);
  t.same(typed("U32", [2], Uint32Array.of(2 ** 31, 1)), [2 ** 31, 1]);
  t.same(typed("U64", [1], BigUint64Array.of(1n << 63n)), [2 ** 63]);
  t.same(typed("BOOL", [3], Uint8Array.of(1, 0, 1)), [1, 0, 1]);
});

t.test("numbers of 16 bits", async (t) => {
  const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
  // 1, -2, 0.1's nearest, largest, smallest normal, smallest, -0, infinity, not a number.
  const half = Uint16Array.of(0x3c00, 0xc000, 0x2e66, 0x7bff, 0x0400, 0x0001, 0x8000, 0x7c00, 0x7e00);
  t.same(typed("F16", [9], half), [1, -2, 0.0999755859375, 65504, 2 ** -14, 2 ** -24, -0, inf, nan], "F16");
  const bfloat = Uint16Array.of(0x3f80, 0xc000, 0x3dcd, 0x7f7f, 0x0001, 0x8000, 0x7f80, 0x7fc0);
  t.same(
    typed("BF16", [8], bfloat),
    [1, -2, 0.10009765625, 3.3895313892515355e38, 2 ** -133, -0, inf, nan],
    "BF16",
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
    [fileOf({ w: null }), /"w" has no valid shape and offsets \(got nothing and nothing, expected whole/],
    [fileOf(entry({ shape: [-2] }), 8), /"w" has no valid shape and offsets/],
    [fileOf(entry({ shape: [1.5] }), 8), /"w" has no valid shape and offsets/],
    [fileOf(entry({ data_offsets: [0, 8, 9] }), 8), /"w" has no valid shape and offsets/],
    [
      fileOf(entry({ dtype: "F8_E4M3" }), 8),
      /"w" is of type F8_E4M3 \(expected F32, F16, BF16, F64, I8, .*BOOL\)/,
    ],
    [fileOf(entry({ dtype: "constructor" }), 8), /"w" is of type constructor/],
    [fileOf(entry({ shape: [3] }), 8), /"w" has 8 bytes for shape \[3\] of F32 \(expected 12\)/],
    [fileOf(entry({ data_offsets: [8, 0] }), 8), /"w" has -8 bytes/],
    [fileOf(entry({}), 7), /"w" ends at byte \d+ of \d+ \(truncated\?\)/],
    [fileOf({ __metadata__: null }), /its metadata is not an object of strings/],
    [
      fileOf({ __metadata__: { a: 1 } }),
      /its metadata is not an object of strings \(got .* number for "a"\)/,
    ],
    [fileOf(' {"w":{}}'), /the header begins with " " \(expected "\{"\)/],
    [fileOf({ w: { shape: [[[2]]] } }), /the header is nested 4 deep \(expected at most 3\)/],
    [
      fileOf(entry({ shape: [1e15, 1e15, 0], data_offsets: [0, 0] })),
      /"w" has more numbers than a file can hold/,
    ],
    [fileOf(entry({ shape: [1e300] }), 8), /"w" has no valid shape and offsets/],
  ];
  for (const [bytes, message] of wrong) {
    t.throws(() => readSafetensors(bytes), { message });
    t.throws(() => readSafetensors(bytes), { message: /^ops: not a readable \.safetensors file: / });
  }
  t.throws(() => writeSafetensors([["w", array([3], 1)]]), { message: /"w" holds 1 numbers \(expected 3\)/ });
});

const f32 = (from: number, to: number) => ({
  dtype: "F32",
  shape: [(to - from) / 4],
  data_offsets: [from, to],
});

t.test("tensors lie one after another and cover the data", async (t) => {
  const empty = (at: number) => ({ dtype: "F32", shape: [0, 2], data_offsets: [at, at] });
  const anyOrder = fileOf({ b: f32(4, 12), none: empty(4), a: f32(0, 4), last: empty(12) }, 12);
  t.same(
    [...readSafetensors(anyOrder).tensors].map(([name, { shape }]) => [name, shape]),
    [
      ["b", [2]],
      ["none", [0, 2]],
      ["a", [1]],
      ["last", [0, 2]],
    ],
    "in any order, with tensors of nothing between them",
  );
  const wrong: [Uint8Array, RegExp][] = [
    [fileOf({ a: f32(0, 8), b: f32(4, 12) }, 12), /"b" begins at byte \d+, inside "a" \(expected \d+:/],
    [fileOf({ a: f32(0, 8), b: f32(0, 8) }, 8), /"b" begins at byte \d+, inside "a"/],
    [fileOf({ a: f32(0, 8), b: empty(4) }, 8), /"b" begins at byte \d+, inside "a"/],
    [fileOf({ a: f32(4, 8) }, 8), /"a" begins at byte \d+, with a gap after the header/],
    [fileOf({ a: f32(0, 4), b: f32(8, 12) }, 12), /"b" begins at byte \d+, with a gap after "a"/],
    [
      fileOf({ a: f32(0, 4) }, 6),
      /2 bytes after "a" belong to no tensor \(expected the file to end at byte \d+\)/,
    ],
    [fileOf({}, 6), /6 bytes after the header belong to no tensor/],
  ];
  for (const [bytes, message] of wrong) {
    t.throws(() => readSafetensors(bytes), { message });
    t.throws(() => readMetadata(bytes), { message });
  }
});

t.test("overlapping ranges are refused before any tensor is read", async (t) => {
  // 1 MB of data under 2,000 names would become 2 GB.
  const side = 1 << 20;
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`t${i}`, f32(0, side)]));
  const bytes = fileOf(many, side);
  let largest = 0;
  const source = {
    length: bytes.length,
    subarray(start: number, end: number) {
      if (start > 8) largest = Math.max(largest, end - start);
      return bytes.subarray(start, end);
    },
  };
  t.throws(() => readSafetensors(source), { message: /"t1" begins at byte \d+, inside "t0"/ });
  t.equal(largest, 0, "nothing but the header was read");
});

t.test("names that JSON hides", async (t) => {
  const a = JSON.stringify(f32(0, 4));
  const wrong: [string, RegExp][] = [
    [`{"a":${a},"a":${a}}`, /the header names "a" twice \(expected each name once\)/],
    [`{"a":${a}, "\\u0061" : ${a}}`, /the header names "a" twice/],
    [`{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}`, /names "dtype" twice/],
    [`{"__metadata__":{"x":"1","x":"2"},"a":${a}}`, /names "x" twice/],
    [`{"__proto__":${a}}`, /names "__proto__" \(expected any other name\)/],
    [`{"__metadata__":{"__proto__":"x"},"a":${a}}`, /names "__proto__"/],
  ];
  for (const [header, message] of wrong) {
    t.throws(() => readSafetensors(fileOf(header, 4)), { message });
    t.throws(() => readMetadata(fileOf(header, 4)), { message });
  }
  const odd = new Map([
    ["constructor", array([1], 1)],
    ['"a": {', array([1], 2)],
    ["a\\", array([1], 3)],
  ]);
  t.same(readSafetensors(writeSafetensors(odd)).tensors, odd, "other odd names are names");
  t.throws(() => writeSafetensors([["__proto__", array([1], 1)]]), {
    message: /"__proto__" cannot be a name/,
  });
  t.throws(() => writeSafetensors([["__metadata__", array([1], 1)]]), {
    message: /"__metadata__" cannot be/,
  });
  t.throws(
    () =>
      writeSafetensors([
        ["a", array([1], 1)],
        ["a", array([1], 1)],
      ]),
    { message: /"a" is given twice/ },
  );
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

/** Numbers written as float16 and read again. */
function halved(numbers: Iterable<number>): number[] {
  const data = Float32Array.from(numbers);
  const bytes = writeSafetensors([["w", { shape: [data.length], data }]], {}, { dtype: "F16" });
  return [...readSafetensors(bytes).tensors.get("w")!.data];
}
const throughHalf = (...numbers: number[]) => halved(numbers);

t.test("float16: every one of its numbers comes back, with half the bytes", async (t) => {
  const bits = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
  const all = typed("F16", [1 << 16], bits);
  const back = halved(all);
  t.equal(
    all.findIndex((x, i) => !Object.is(x, back[i])),
    -1,
  );
  const small = writeSafetensors(tensors, metadata, { dtype: "F16" });
  t.equal(small.length - file.length, -2 * 8, "eight numbers, two bytes less for each");
  t.match(
    new TextDecoder("latin1").decode(small),
    '"layer.0.weight":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]}',
  );
  t.same(readSafetensors(small).metadata, metadata);
});

t.test("float16: rounded to the nearest, ties to even, subnormal numbers too", async (t) => {
  const ulp = 2 ** -10;
  t.same(throughHalf(1 + 0.5 * ulp, 1 + 1.5 * ulp, -1 - 0.5 * ulp), [1, 1 + 2 * ulp, -1], "ties");
  t.same(
    throughHalf(1 + 0.5 * ulp + 2 ** -23, 1 + 1.5 * ulp - 2 ** -22),
    [1 + ulp, 1 + ulp],
    "just beside ties",
  );
  t.same(throughHalf(2 - 0.25 * ulp), [2], "up to the next power of two");
  const least = 2 ** -24;
  t.same(
    throughHalf(0.5 * least, 1.5 * least, 2.5 * least, -0.5 * least),
    [0, 2 * least, 2 * least, -0],
    "ties",
  );
  t.same(throughHalf(0.5 * least + 2 ** -40, 2 ** -14 - 0.25 * least, 1e-30), [least, 2 ** -14, 0]);
  const rng = random(5).stream("half").normal(20_000, 0);
  const scaled = rng.map((x, i) => x * 2 ** ((i % 40) - 30));
  const back = halved(scaled);
  const wrong = scaled.findIndex((x, i) => {
    const unit = Math.max(least, 2 ** (Math.floor(Math.log2(Math.abs(x))) - 10));
    return Math.abs(back[i] - x) > unit / 2;
  });
  t.equal(wrong, -1, "within half a unit of the last place");
});

t.test("float16: a number that is too large is refused, and infinity stays", async (t) => {
  const { POSITIVE_INFINITY: inf, NaN: nan } = Number;
  t.same(throughHalf(65_504, 65_519, -65_519, inf, -inf, nan), [65_504, 65_504, -65_504, inf, -inf, nan]);
  for (const large of [65_520, -65_520, 1e6])
    t.throws(
      () => throughHalf(0, large),
      new RegExp(`"w" does not fit F16 \\(got ${large}, expected magnitudes up to 65504\\)`),
    );
});

t.test(
  "what a file says is shown in one line, short, and without characters that a terminal acts on",
  async (t) => {
    const evil = "\u001b[2J\nimagefn: done\u009b\u202e\u007f";
    const good = { dtype: "F32", shape: [1], data_offsets: [0, 4] };
    const headers: unknown[] = [
      { [evil]: { ...good, dtype: evil } },
      { [evil]: { ...good, dtype: "x".repeat(1e5) } },
      { [evil]: { ...good, shape: [2] } },
      { [evil]: { ...good, shape: evil } },
      { [evil]: { ...good, data_offsets: [4, 8] } },
      { ["x".repeat(1e5)]: { ...good, data_offsets: [0, 8], shape: [2] } },
      { __metadata__: { [evil]: 1 } },
      { __metadata__: { ["x".repeat(1e5)]: 1 } },
      `{${`"${"x".repeat(1e5)}":1,`.repeat(2)}"y":1}`,
      { a: { ...good, shape: Array.from({ length: 1e4 }, () => 2 ** 30) } },
    ];
    for (const header of headers) {
      let message = "";
      try {
        readSafetensors(fileOf(header, 4));
      } catch (error) {
        message = (error as Error).message;
      }
      t.match(message, /^ops: not a readable/);
      t.notMatch(message, /[\p{Cc}\u202e]/u);
      t.ok(message.length < 400, `${message.length} characters`);
    }
  },
);

t.test("int8: whole numbers in a quarter of the bytes, and a type for each tensor", async (t) => {
  const data = Float32Array.of(-128, -1, -0, 3, 127);
  const codes = { shape: [5], data };
  const bytes = writeSafetensors([["codes", codes]], {}, { dtype: "I8" });
  t.same([...readSafetensors(bytes).tensors.get("codes")!.data], [-128, -1, 0, 3, 127]);
  const mixed = writeSafetensors(
    [
      ["codes", codes],
      ["scale", array([1], 0.1)],
    ],
    {},
    { dtype: (name) => (name === "codes" ? "I8" : "F32") },
  );
  t.equal(mixed.length % 8, (5 + 4) % 8);
  t.same(
    [...readSafetensors(mixed).tensors.values()].map(({ data }) => data[0]),
    [-128, Math.fround(0.1)],
  );
  for (const wrong of [128, -129, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    t.throws(() => writeSafetensors([["w", array([1], wrong)]], {}, { dtype: "I8" }), {
      message: `ops: safetensors: "w" does not fit I8 (got ${wrong}, expected whole numbers from -128 to 127)`,
    });
});
