// Batches: their order, a pure function of the step, and their bytes as floats, mirrors and labels.
import {
  batchFlips,
  batchIndices,
  imagesInMemory,
  readBatch,
  readBytes,
  readLabels,
  split,
} from "@imagefn/datasets";
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
    [1, 1],
    [2, 1],
    [7, 3],
    [16, 16],
    [17, 5],
    [100, 70],
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
    Array.from({ length: set.count }, (_, i) => set.images.at(i)[0] / 12);
  const { train, test } = split(whole, 0.25, 7);
  t.equal(train.count, 15);
  t.equal(test.count, 5);
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

t.test("split keeps groups together", async (t) => {
  // Images 0 to 20 in groups of one, two, three to six, in turn.
  const sizes = [1, 2, 3, 4, 5, 6];
  const groups = Int32Array.from(sizes.flatMap((size, group) => Array(size).fill(10 * group)));
  const whole = { ...tiny(21), groups };
  for (let seed = 0; seed < 20; seed++) {
    const { train, test } = split(whole, 6, seed);
    t.equal(train.count + test.count, 21);
    t.ok(test.count >= 6 && test.count < 6 + 6, `${test.count} images held out for 6`);
    t.same(
      [...test.groups!].filter((group) => train.groups!.includes(group)),
      [],
      "no group on both sides",
    );
    t.equal(test.images.at(0)[0], 12 * groups.indexOf(test.groups![0]), "groups stay with their images");
  }
  t.equal(new Set([0, 1, 2, 3].map((seed) => split(whole, 6, seed).test.groups!.join())).size > 1, true);
  t.equal(split(whole, 0, 0).test.count, 0);
  t.throws(() => split({ ...whole, groups: new Int32Array(21) }, 1, 0), /got 1 of 21 images in groups/);
});

t.test("fewer images than a batch are refused", async (t) => {
  t.throws(
    () => batchIndices({ seed: 0, step: 0, batch: 8, count: 7 }),
    /too few images for a batch \(got 7, expected at least 8\); train on smaller batches, or on more images/,
  );
  t.equal(batchIndices({ seed: 0, step: 0, batch: 8, count: 8 }).length, 8);
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

t.test("byte v becomes v / 127.5 - 1 exactly", async (t) => {
  const set = tiny(22);
  const batch = readBatch(
    set,
    Array.from({ length: 22 }, (_, i) => i),
  );
  t.equal(batch.length, 22 * 12);
  t.ok(batch.every((value, i) => value === Math.fround((i % 256) / 127.5 - 1)));
  t.equal(batch[0], -1, "0 is -1");
  t.equal(batch[255], 1, "255 is 1");
});

t.test("images come in the order asked for, mirrored where asked", async (t) => {
  const set = tiny(3);
  const back = (batch: Float32Array) => Array.from(batch, (v) => Math.round((v + 1) * 127.5));
  t.same(back(readBatch(set, [2, 0])), [
    ...[24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35],
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  ]);
  t.same(back(readBatch(set, [0, 0], { flips: [1, 0] })), [
    ...[1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10],
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  ]);
  t.same(readBatch(set, [1], { flips: [false] }), readBatch(set, [1]));
});

t.test("bytes are as they lie, in the order asked for", async (t) => {
  t.same(
    [...readBytes(tiny(3), [2, 0])],
    [...Array(12).keys()].map((i) => i + 24).concat([...Array(12).keys()]),
  );
  t.same(readBytes(tiny(3), []), new Uint8Array(0));
  t.throws(() => imagesInMemory(new Uint8Array(13), 2), /got 13 bytes, expected a multiple of 12/);
});

t.test("an array can be used again", async (t) => {
  const out = new Float32Array(24);
  t.equal(readBatch(tiny(3), [1, 2], { out }), out);
  t.same(out, readBatch(tiny(3), [1, 2]));
  t.throws(() => readBatch(tiny(3), [1], { out }), /bad `out` \(got 24 floats, expected 12/);
});

t.test("labels follow the indices", async (t) => {
  t.same([...readLabels(tiny(4), [3, 0, 1])], [1, 0, 1]);
  const { labels: _, ...unlabelled } = tiny(4);
  t.throws(() => readLabels(unlabelled, [0]), /tiny has no classes/);
});

t.test("indices outside of the set are refused", async (t) => {
  for (const index of [-1, 3, 0.5, Number.NaN]) {
    t.throws(() => readBatch(tiny(3), [index]), /no such image in tiny \(got index/);
    t.throws(() => readBytes(tiny(3), [index]), /no such image in tiny \(got index/);
    t.throws(() => readLabels(tiny(3), [index]), /no such image in tiny \(got index/);
  }
  t.throws(() => readBatch(tiny(3), [0, 1], { flips: [1] }), /one flip per sample \(got 1, expected 2/);
});
