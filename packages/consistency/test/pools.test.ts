// Pools of optimal transport: the cheapest pairing of any size, and the same pairs however a batch is shared out.
import { random } from "@imagefn/ops";
import t from "tap";
import { assign } from "../dist/coupling.js";
import { pairs } from "../dist/pairs.js";
import type { Share } from "../dist/ranks.js";
import { pixelwise } from "./generators.js";

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((p) =>
    Array.from({ length: n }, (_, at) => [...p.slice(0, at), n - 1, ...p.slice(at)]),
  );
}

t.test("no pairing is cheaper, whether or not costs are equal", async (t) => {
  for (let n = 1; n <= 6; n++)
    for (let i = 0; i < 20; i++) {
      const costs = Float64Array.from(random(n).normal(n * n, i), (z) => (i % 2 ? z : Math.round(z)));
      const total = (columns: ArrayLike<number>) =>
        Array.from(columns).reduce((sum, j, row) => sum + costs[row * n + j], 0);
      const found = assign(costs, n);
      t.same([...found].sort(), [...found.keys()], "each column once");
      const cheapest = Math.min(...permutations(n).map(total));
      t.ok(Math.abs(total(found) - cheapest) < 1e-9, `${n} x ${n}, number ${i}`);
    }
  t.throws(() => assign(Float64Array.of(Number.NaN), 1), /images of finite numbers/);
});

const n = 12;
const classes = 3;
const bits = (x: Float32Array | undefined) => Buffer.from(x?.buffer ?? new ArrayBuffer(0));
const joined = (parts: readonly Float32Array[]) => Buffer.concat(parts.map(bits)).toString("hex");

/** Draws of steps 2 and 3 in a number of shares, each by a process of its own, and how many images the busiest asked for. */
async function drawn(batch: number, couplingPool: number, shares: number) {
  const asked = Array.from({ length: shares }, () => new Set<number>());
  const draws = asked.map((seen) =>
    pairs({
      data(k, { first, count }: Share = { first: 0, count: batch }) {
        for (let b = 0; b < count; b++) seen.add(k * batch + first + b);
        const images = random(9).normal(batch * n, k);
        const labels = Float32Array.from({ length: batch }, (_, b) => (k + b) % classes);
        return {
          images: images.slice(first * n, (first + count) * n),
          labels: labels.slice(first, first + count),
        };
      },
      noise: random(4),
      batch,
      generator: { ...pixelwise, classes },
      coupling: "optimal-transport",
      couplingPool,
    }),
  );
  const steps = [];
  for (const k of [2, 3]) {
    const parts = await Promise.all(
      draws.map((draw, i) => draw(k, { first: (i * batch) / shares, count: batch / shares })),
    );
    const noise = Float32Array.from(parts.flatMap((part) => [...part.noise]));
    steps.push({
      images: joined(parts.map(({ images }) => images.slice())),
      labels: joined(parts.map(({ labels }) => labels!.slice())),
      noise: joined([noise]),
      sorted: joined([noise.sort()]),
    });
  }
  return { steps, most: Math.max(...asked.map(({ size }) => size)) };
}

t.test("the same pairs on 1, 2 and 4 processes", async (t) => {
  for (const [batch, pool] of [
    [16, 40],
    [64, 256],
    [128, 128],
    [512, 130],
  ]) {
    const one = await drawn(batch, pool, 1);
    for (const shares of [2, 4])
      t.same((await drawn(batch, pool, shares)).steps, one.steps, `${shares}: ${batch} in pools of ${pool}`);
    const plain = new Float32Array(batch * n);
    for (let b = 0; b < batch; b++) random(4).normal(n, 2 * batch + b, plain.subarray(b * n, (b + 1) * n));
    t.not(one.steps[0].noise, joined([plain]), "they are paired anew");
    if (batch >= pool) t.equal(one.steps[0].sorted, joined([plain.sort()]), "within each step");
  }
});

t.test("of a large batch each process searches in its own part alone", async (t) => {
  const most = async (shares: number) => (await drawn(512, 128, shares)).most;
  t.same([await most(1), await most(2), await most(4)], [1024, 512, 256]);
});
