// Bytes to floats: the mapping, the mirror, the labels.
import { readBatch, readLabels } from "@imagefn/datasets";
import t from "tap";
import { tiny } from "./_tools.js";

t.test("byte v becomes v / 127.5 - 1 exactly", async (t) => {
  const set = tiny(22);
  const batch = readBatch(
    set,
    Array.from({ length: 22 }, (_, i) => i),
  );
  t.equal(batch.length, 22 * 12);
  t.ok(batch.every((value, i) => value === Math.fround(set.images[i] / 127.5 - 1)));
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
    t.throws(() => readLabels(tiny(3), [index]), /no such image in tiny \(got index/);
  }
  t.throws(() => readBatch(tiny(3), [0, 1], { flips: [1] }), /one flip per sample \(got 1, expected 2/);
});
