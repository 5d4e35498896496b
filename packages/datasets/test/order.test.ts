// The order of the data: every epoch a permutation, every step a pure function of its number.
import { batchFlips, batchIndices, split } from "@imagefn/datasets";
import t from "tap";
import { tiny } from "./_tools.js";

function epochs(seed: number, count: number, batch: number, steps: number): number[][] {
  const stream = Array.from({ length: steps }, (_, step) => [
    ...batchIndices({ seed, step, batch, count }),
  ]).flat();
  return Array.from({ length: Math.floor(stream.length / count) }, (_, e) =>
    stream.slice(e * count, (e + 1) * count),
  );
}

t.test("every epoch holds each image once, in an order of its own", async (t) => {
  for (const [count, batch] of [
    [1, 3],
    [2, 1],
    [7, 3],
    [16, 16],
    [17, 5],
    [100, 130],
    [1000, 32],
  ]) {
    const found = epochs(5, count, batch, Math.ceil((3 * count) / batch));
    t.equal(found.length, 3);
    for (const epoch of found) {
      t.same(
        [...epoch].sort((a, b) => a - b),
        Array.from({ length: count }, (_, i) => i),
        `a permutation of ${count} in batches of ${batch}`,
      );
    }
    if (count > 16) t.notSame(found[0], found[1], "the next epoch is another order");
  }
});

t.test("a step depends on its arguments only", async (t) => {
  const at = { seed: 3, step: 1234567, batch: 8, count: 8000 };
  const first = batchIndices(at);
  batchIndices({ ...at, step: 0 });
  t.same(batchIndices(at), first);
  t.notSame(batchIndices({ ...at, seed: 4 }), first);
  t.notSame(batchIndices({ ...at, seed: 3 + 2 ** 32 }), first, "all bits of the seed count");
  // From a second implementation (Python, MurmurHash3 with its published vectors): a change here would break
  // the resuming of earlier runs.
  const far = { seed: 2 ** 40 + 5, step: 1001, batch: 4, count: 8000 };
  t.same(
    [...batchIndices({ seed: 0, step: 0, batch: 8, count: 8000 })],
    [4412, 6014, 4972, 4818, 3470, 512, 7100, 2729],
  );
  t.same([...batchIndices(far)], [5336, 844, 7026, 4206]);
  t.same(
    [...batchIndices({ seed: 9, step: 3, batch: 4, count: 5 })],
    [3, 4, 2, 2],
    "a batch over two epochs",
  );
  t.same([...batchFlips({ seed: 0, step: 0, batch: 16 })], [1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
});

t.test("the shuffle has no visible structure", async (t) => {
  const count = 4000;
  const [order] = epochs(11, count, 50, count / 50);
  // For a random order the mean distance between neighbours is count / 3, with a deviation of 0.4 %.
  const step = order.slice(1).reduce((sum, v, i) => sum + Math.abs(v - order[i]), 0) / (count - 1);
  t.ok(Math.abs(step / (count / 3) - 1) < 0.05, `mean step ${step}`);
  const fixed = order.filter((v, i) => v === i).length;
  t.ok(fixed < 8, `${fixed} images stayed in place, about 1 expected`);
});

t.test("flips come at the given rate, apart from the shuffle", async (t) => {
  const rate = (probability?: number) =>
    Array.from({ length: 100 }, (_, step) => [...batchFlips({ seed: 1, step, batch: 100, probability })])
      .flat()
      .reduce((a, b) => a + b, 0) / 10000;
  t.ok(Math.abs(rate() - 0.5) < 0.03);
  t.ok(Math.abs(rate(0.2) - 0.2) < 0.03);
  t.equal(rate(0), 0);
  t.equal(rate(1), 1);
});

t.test("split parts a set into disjoint halves that the seed decides", async (t) => {
  const whole = tiny(20);
  const identify = (set: typeof whole) =>
    Array.from({ length: set.count }, (_, i) => set.images[i * 12] / 12);
  const { train, test } = split(whole, 0.25, 7);
  t.equal(train.count, 15);
  t.equal(test.count, 5);
  t.equal(train.images.length, 15 * 12);
  t.same(
    [...identify(train), ...identify(test)].sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => i),
  );
  t.same(
    [...test.labels!],
    identify(test).map((i) => i % 2),
    "labels stay with their images",
  );
  t.same(test.classes, whole.classes);
  t.same(identify(split(whole, 5, 7).test), identify(test), "a count and a fraction mean the same images");
  t.notSame(identify(split(whole, 5, 8).test), identify(test));
  t.equal(split(whole, 0, 7).test.count, 0);
  for (const bad of [20, 21, -1, 1.5, 0.99, Number.NaN])
    t.throws(() => split(whole, bad, 7), /held-out part \(got/);
});

t.test("bad positions are refused", async (t) => {
  const at = { seed: 0, step: 0, batch: 4, count: 10 };
  t.throws(() => batchIndices({ ...at, seed: -1 }), /bad seed \(got -1, expected an integer from 0/);
  t.throws(() => batchIndices({ ...at, step: 0.5 }), /bad step \(got 0\.5/);
  t.throws(() => batchIndices({ ...at, batch: 0 }), /bad batch/);
  t.throws(() => batchIndices({ ...at, count: 0 }), /bad count/);
  t.throws(
    () => batchFlips({ ...at, probability: 2 }),
    /bad probability \(got 2, expected a number from 0 to 1/,
  );
});
