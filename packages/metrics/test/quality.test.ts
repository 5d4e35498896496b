// What CLIP-IQA, MUSIQ and MANIQA do before and after their networks, against PyTorch.
import { readFileSync } from "node:fs";
import { clipiqaImage, clipiqaScore, maniqaCrops, musiqTokens, type RgbPicture } from "@imagefn/metrics";
import { difference } from "@imagefn/testing";
import t from "tap";
import { each, picture } from "./networksSeeded.js";

interface Size {
  readonly height: number;
  readonly width: number;
}

interface Some extends Size {
  readonly every: number;
  readonly values: readonly number[];
}

/** Made by tools/quality_golden.py. */
const expected: {
  readonly score: { readonly logits: readonly number[]; readonly score: number };
  readonly clipiqa: readonly Some[];
  readonly musiq: readonly (Some & { readonly count: number; readonly labels: readonly number[][] })[];
  readonly grid: readonly number[][];
  readonly maniqa: readonly (Size & {
    readonly every: number;
    readonly crops: readonly { readonly times: number; readonly values: readonly number[] }[];
  })[];
} = JSON.parse(readFileSync(new URL("../test/quality.golden.json", import.meta.url), "utf8"));

const rgb = ({ height, width }: Size): RgbPicture => {
  const { data } = picture("quality", [3, height, width]);
  return { height, width, data: Float32Array.from(data, (v) => v / 255) };
};

const close = { rtol: 0, atol: 2e-6 };

t.test("clipiqa: the image and the score", async (t) => {
  for (const { every, values, ...size } of expected.clipiqa) {
    const { shape, data } = clipiqaImage(rgb(size));
    t.same(shape, [1, 3, size.height, size.width]);
    t.equal(difference(each(data, every), values, close), undefined);
  }
  const { logits, score } = expected.score;
  t.ok(Math.abs(clipiqaScore(logits) - score) < 1e-6);
  t.equal(clipiqaScore(new Float32Array(10)), 0.5);
  t.throws(() => clipiqaImage(rgb({ height: 30, width: 64 })), /at least 31 x 31 pixels \(got 64 x 30\)/);
});

for (const { every, values, count, labels, ...size } of expected.musiq)
  t.test(`musiq: the tokens of ${size.width} x ${size.height}`, async (t) => {
    const { shape, data } = musiqTokens(rgb(size));
    t.same(shape, [1, count, 3075]);
    t.same(
      Array.from({ length: count }, (_, i) => [...data.subarray(i * 3075 + 3072, (i + 1) * 3075)]),
      labels,
      "positions, scales and masks",
    );
    t.equal(difference(each(data, every), values, close), undefined);
  });

t.test("musiq: positions", async (t) => {
  for (const columns of expected.grid) {
    const size = { height: 32, width: 32 * columns.length };
    const { data } = musiqTokens({ ...size, data: new Float32Array(3 * size.height * size.width) });
    const positions = columns.map((_, i) => data[(49 + 144 + i) * 3075 + 3072]);
    t.same(positions, columns, `${columns.length} columns`);
  }
  t.throws(() => musiqTokens(rgb({ height: 1, width: 1000 })), /got 1000 x 1, which becomes 224 x 0/);
});

for (const { every, crops, ...size } of expected.maniqa)
  t.test(`maniqa: the crops of ${size.width} x ${size.height}`, async (t) => {
    const found = maniqaCrops(rgb(size));
    t.same(
      found.map(({ times }) => times),
      crops.map(({ times }) => times),
    );
    for (const [i, { crop }] of found.entries()) {
      t.same(crop.shape, [1, 3, 224, 224]);
      t.equal(difference(each(crop.data, every), crops[i].values, close), undefined, `crop ${i}`);
    }
  });
