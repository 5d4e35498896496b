// .npz files that are written: what numpy reads, byte for byte the same each time, and of any size.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type NpzArray, openNpz, readNpz, writeNpz, writeNpzFile } from "@imagefn/metrics";
import t from "tap";

const arrays: [string, NpzArray][] = [
  ["arr_0", { shape: [4, 2, 2, 3], data: Uint8Array.from({ length: 48 }, (_, i) => i * 5) }],
  ["mu", { shape: [3], data: Float64Array.of(Math.PI, -1e300, 5e-324) }],
  ["sigma", { shape: [1, 2], data: Float32Array.of(0.1, Number.NaN) }],
  ["scalar", { shape: [], data: Int32Array.of(-7) }],
  ["empty", { shape: [0, 5], data: new Int16Array(0) }],
  ["größe", { shape: [2], data: Uint32Array.of(0, 2 ** 32 - 1) }],
];
const same = (written: Uint8Array) =>
  [...readNpz(written)].map(([name, { shape, data }]) => [name, { shape, data }]);

t.test("what is written is read back", async (t) => {
  t.same(same(writeNpz(arrays)), arrays);
  t.same(same(writeNpz(arrays, { compress: true })), arrays, "deflated");
  t.equal(
    createHash("sha256").update(writeNpz(arrays)).digest("hex"),
    "c9d59640cd7fe69470c448a5b6394532e94f9bc8a71e239c770f0068cef9f4e1",
    "the very bytes that numpy 1.24 was seen to read",
  );
  const buffer = Buffer.from([1, 2, 3]);
  t.same(same(writeNpz([["a", { shape: [3], data: buffer }]]))[0][1], {
    shape: [3],
    data: Uint8Array.of(1, 2, 3),
  });
  t.throws(
    () => writeNpz([["a", { shape: [3], data: new Uint8Array(2) }]]),
    /"a" holds 2 numbers \(expected 3 for \[3\]\)/,
  );
});

t.test("files are written in blocks and appear when they are whole", async (t) => {
  const dir = t.testdir();
  const path = join(dir, "samples.npz");
  const ROWS = 64;
  const ROW = 64 * 64 * 3;
  async function* blocks(rows: number) {
    for (let i = 0; i < rows; i += 4) yield new Uint8Array(4 * ROW).fill(i);
  }
  const stream = (rows: number) => ({
    shape: [ROWS, 64, 64, 3],
    type: "uint8" as const,
    blocks: blocks(rows),
  });
  for (const compress of [false, true]) {
    await writeNpzFile(path, [["arr_0", stream(ROWS)], ...arrays.slice(1)], { compress });
    t.same(readdirSync(dir), ["samples.npz"]);
    t.equal(statSync(path).size < ROWS * ROW, compress);
    const npz = openNpz(path);
    let row = 0;
    for (const { shape, data } of npz.blocks("arr_0", 10)) {
      for (let i = 0; i < shape[0]; i++, row++) {
        const part = data.subarray(i * ROW, (i + 1) * ROW) as Uint8Array;
        if (!part.every((v) => v === row - (row % 4))) t.fail(`row ${row}`);
      }
    }
    t.equal(row, ROWS, "every row");
    t.same(npz.read("mu").data, arrays[1][1].data);
    npz.close();
  }
  const before = readFileSync(path);
  await t.rejects(
    writeNpzFile(path, [["arr_0", stream(ROWS - 4)]]),
    /"arr_0" holds 737280 numbers \(expected 786432/,
  );
  const wrongType = { shape: [1], type: "uint8" as const, blocks: [new Float32Array(1)] };
  await t.rejects(writeNpzFile(path, [["a", wrongType]]), /"a" is of uint8, and a block of it is of float32/);
  t.ok(before.equals(readFileSync(path)), "a file that cannot be written leaves the one before it");
  t.same(readdirSync(dir), ["samples.npz"], "and nothing else");
  await t.rejects(writeNpzFile(join(dir, "no", "such.npz"), []), /ENOENT/);
});

t.test("blocks of an array larger than the memory allowed for it", async (t) => {
  const path = join(t.testdir(), "large.npz");
  const MIB = 1 << 20;
  function* blocks() {
    for (let i = 0; i < 64; i++) yield new Uint8Array(MIB).fill(i);
  }
  await writeNpzFile(path, [["arr_0", { shape: [64 * 64, 64, 64, 4], type: "uint8", blocks: blocks() }]]);
  const npz = openNpz(path);
  const before = process.memoryUsage().arrayBuffers;
  let peak = 0;
  let sum = 0;
  for (const { data } of npz.blocks("arr_0", 64)) {
    sum += data[5];
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
  }
  npz.close();
  t.equal(sum, (63 * 64) / 2, "each block was seen");
  t.ok(peak < 48 * MIB, `at most ${Math.round(peak / MIB)} MiB were held of 64`);
  t.ok(existsSync(path));
});
