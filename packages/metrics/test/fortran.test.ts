// Arrays in Fortran order, as numpy saves a transposed one: read whole and in blocks, and evaluated.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Evaluation, evaluate, type Measure, openNpz, readNpz, writeNpz } from "@imagefn/metrics";
import { onnxEngine } from "@imagefn/ops";
import { zipSync } from "fflate";
import t from "tap";

const home = t.testdir();

const strides = (shape: readonly number[], fortran: boolean): number[] =>
  shape.map((_, axis) => (fortran ? shape.slice(0, axis) : shape.slice(axis + 1)).reduce((n, d) => n * d, 1));

/** The row-major number `k` of a shape as an index. */
const indexOf = (shape: readonly number[], k: number): number[] =>
  strides(shape, false).map((stride, axis) => Math.floor(k / stride) % shape[axis]);

type Numbers = Uint8Array | Float32Array;

/** Row-major numbers as a .npz file in Fortran order, as np.savez and np.savez_compressed write it. */
function fortranNpz(descr: string, shape: readonly number[], data: Numbers, level: 0 | 6): Uint8Array {
  const out = data.slice();
  // A column is the same in both orders.
  for (let k = 0; shape[0] > 1 && k < data.length; k++) {
    const at = indexOf(shape, k);
    out[strides(shape, true).reduce((sum, stride, axis) => sum + stride * at[axis], 0)] = data[k];
  }
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${descr}', 'fortran_order': True, 'shape': ${tuple}, }`;
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${dict.padEnd(117)}\n`, "latin1");
  head.writeUInt16LE(head.length - 10, 8);
  const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  return zipSync({ "arr_0.npy": Buffer.concat([head, bytes]) }, { level });
}

for (const shape of [[7], [7, 3], [7, 3, 2], [7, 4, 2, 3]])
  for (const level of [0, 6] as const)
    for (const [descr, type] of [
      ["|u1", Uint8Array],
      ["<f4", Float32Array],
    ] as const)
      t.test(`${shape.length} axes of ${descr}, ${level === 0 ? "stored" : "deflated"}`, async (t) => {
        const size = shape.reduce((n, d) => n * d, 1);
        const data = new type(Array.from({ length: size }, (_, k) => k + 1));
        const path = join(home, `${shape.length}-${level}${descr.slice(1)}.npz`);
        writeFileSync(path, fortranNpz(descr, shape, data, level));
        const npz = openNpz(path);
        t.same(npz.header("arr_0").shape, shape);
        t.same(npz.read("arr_0"), { shape, type: descr === "|u1" ? "uint8" : "float32", data });
        for (const rows of [1, 3, 7, 100]) {
          const blocks = [...npz.blocks("arr_0", rows)];
          const counts = blocks.map((block) => block.shape[0]);
          t.same(counts, rows === 1 ? Array(7).fill(1) : rows === 3 ? [3, 3, 1] : [7]);
          t.ok(blocks.every((block) => block.shape.slice(1).join() === shape.slice(1).join()));
          t.same(
            blocks.flatMap((block) => [...block.data]),
            [...data],
            `${rows} rows at a time`,
          );
        }
        npz.close();
      });

t.test("a damaged one, and one that unpacks to far more than its size", async (t) => {
  const shape = [40, 9, 9, 3];
  const bytes = fortranNpz("|u1", shape, new Uint8Array(40 * 243).fill(3), 0);
  bytes[1000] ^= 1;
  writeFileSync(join(home, "damaged.npz"), bytes);
  const damaged = openNpz(join(home, "damaged.npz"));
  t.throws(() => [...damaged.blocks("arr_0", 4)], /does not match its checksum/);
  damaged.close();
  const large = fortranNpz("|u1", [1, 64 * 2 ** 20], new Uint8Array(64 * 2 ** 20), 6);
  writeFileSync(join(home, "large.npz"), large);
  const bomb = openNpz(join(home, "large.npz"));
  t.throws(() => [...bomb.blocks("arr_0", 4)], /Fortran order would bring it to .* bytes in memory/);
  bomb.close();
});

t.test("pictures in Fortran order are evaluated as they are", async (t) => {
  const shape = [20, 6, 5, 3];
  const data = Uint8Array.from({ length: 20 * 90 }, (_, k) => (k * 7919) % 256);
  const files = {
    "fortran.npz": fortranNpz("|u1", shape, data, 0),
    "c.npz": writeNpz([["arr_0", { shape, data }]]),
    "moved.npz": writeNpz([["arr_0", { shape, data: data.map((v) => (v < 250 ? v + 5 : v)) }]]),
  };
  t.same(readNpz(files["fortran.npz"]).get("arr_0")!.data, data);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(home, name), bytes);
  const engine = await onnxEngine({ threads: 1 });
  const psnr = async (name: string) => {
    const reference = join(home, "moved.npz");
    const found: Evaluation = await evaluate({
      samples: join(home, name),
      reference,
      metrics: ["psnr"],
      engine,
    });
    return (found.findings[0] as Measure).value;
  };
  t.equal(await psnr("fortran.npz"), await psnr("c.npz"));
});
