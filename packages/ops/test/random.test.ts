// Random numbers: Philox's known answers, the shapes of the distributions, and what they may not depend on.
import { philox, type Random, random } from "@imagefn/ops";
import t from "tap";

t.test("Philox 4x32-10 gives the known answers of Random123", async (t) => {
  const answers: [counter: string, key: string, words: string][] = [
    ["00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    ["ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    ["243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ];
  const words = (hex: string) => hex.split(" ").map((w) => Number.parseInt(w, 16));
  for (const [counter, key, expected] of answers) {
    const out = new Uint32Array(4);
    const [c0, c1, c2, c3] = words(counter);
    const [k0, k1] = words(key);
    philox(out, c0, c1, c2, c3, k0, k1);
    t.equal([...out].map((w) => w.toString(16).padStart(8, "0")).join(" "), expected);
  }
});

const N = 400_000;
const mean = (x: ArrayLike<number>, f = (v: number) => v) => {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += f(x[i]);
  return total / x.length;
};
/** Whether an average of N independent terms of this variance is within five standard errors of its expectation. */
const near = (got: number, expected: number, variance: number, n = N) =>
  Math.abs(got - expected) < 5 * Math.sqrt(variance / n);

t.test("normals have the moments of the normal distribution", async (t) => {
  const x = random(1).stream("noise").normal(N);
  t.ok(near(mean(x), 0, 1), "mean 0");
  t.ok(
    near(
      mean(x, (v) => v * v),
      1,
      2,
    ),
    "variance 1",
  );
  t.ok(
    near(
      mean(x, (v) => v ** 3),
      0,
      15,
    ),
    "no skew",
  );
  t.ok(
    near(
      mean(x, (v) => v ** 4),
      3,
      96,
    ),
    "fourth moment 3",
  );
  for (const [limit, share] of [
    [1, 0.6826895],
    [2, 0.9544997],
    [3, 0.9973002],
    [4, 0.9999367],
  ])
    t.ok(
      near(
        mean(x, (v) => Number(Math.abs(v) < limit)),
        share,
        share * (1 - share),
      ),
      `${share} within ${limit}`,
    );
  t.ok(
    x.every((v) => Number.isFinite(v)),
    "all finite",
  );
});

t.test("uniforms fill [0, 1) and integers their range", async (t) => {
  const x = random(1).uniform(N);
  t.ok(
    x.every((v) => v >= 0 && v < 1),
    "in [0, 1)",
  );
  t.ok(near(mean(x), 0.5, 1 / 12), "mean");
  const cells = new Float64Array(64);
  for (const v of x) cells[Math.floor(v * 64)]++;
  const chi2 = cells.reduce((total, n) => total + (n - N / 64) ** 2 / (N / 64), 0);
  t.ok(chi2 > 20 && chi2 < 130, `chi-square of 64 cells is ${chi2.toFixed(1)}, 63 expected`);

  const whole = random(1).integers(N, 7);
  const counts = new Float64Array(7);
  for (const v of whole) counts[v]++;
  for (const [v, n] of counts.entries()) t.ok(near(n / N, 1 / 7, 6 / 49), `${v} as often as the others`);
});

t.test("streams, seeds and indices are independent", async (t) => {
  const n = 50_000;
  const root = random(7);
  const kinds: Record<string, Float32Array> = {
    "a stream": root.stream("a").normal(n),
    "another stream": root.stream("b").normal(n),
    "a stream inside it": root.stream("a").stream("b").normal(n),
    "the root": root.normal(n),
    "the next index": root.stream("a").normal(n, 1),
    "an index beyond 2^32": root.stream("a").normal(n, 2 ** 32),
    "the next seed": random(8).stream("a").normal(n),
  };
  const names = Object.keys(kinds);
  for (const [i, a] of names.entries())
    for (const b of names.slice(i + 1)) {
      const product = mean(kinds[a].map((v, k) => v * kinds[b][k]));
      t.ok(near(product, 0, 1, n), `${a} and ${b} do not correlate`);
    }
  const x = kinds["a stream"];
  for (const lag of [1, 2, 3, 4])
    t.ok(near(mean(x.subarray(lag).map((v, k) => v * x[k])), 0, 1, n), `nor do neighbours ${lag} apart`);
});

t.test("the same numbers however they are asked for", async (t) => {
  const draw = (f: (r: Random) => ArrayLike<number>) => Array.from(f(random(3).stream("data")));
  t.same(
    draw((r) => r.normal(6, 5)),
    draw((r) => {
      r.normal(100, 4);
      r.stream("other").uniform(3);
      return r.normal(6, 5);
    }),
    "order does not matter",
  );
  t.same(
    draw((r) => r.normal(10)).slice(0, 6),
    draw((r) => r.normal(6)),
    "nor does how many",
  );
  const out = new Float32Array(6);
  t.equal(random(3).stream("data").normal(6, 5, out), out, "into an array of one's own");
  t.same(
    Array.from(out),
    draw((r) => r.normal(6, 5)),
  );
  t.equal(random(3).normal(5).length, 5);
});

t.test("seeds that are none", async (t) => {
  for (const seed of [-1, 0.5, 2 ** 32, Number.NaN])
    t.throws(() => random(seed), { message: /ops: random: a seed is a whole number from 0 to 2\^32 - 1/ });
});
