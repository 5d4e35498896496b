// The training picture most like each sample: copies, mirrored copies and new pictures, by the pixels themselves.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  imagesSource,
  nearestPage,
  nearestPictures,
  nearestSheet,
  type PictureBytes,
} from "@imagefn/metrics";
import { exportOnnx, onnxEngine, program, random, reshape, type Tensor } from "@imagefn/ops";
import t from "tap";

const SIDE = 4;
const path = join(t.testdir(), "pixels.onnx");
let features: Tensor | undefined;
program({ inputs: { images: [16, 3, SIDE, SIDE] } }, (_, { images }) => {
  features = reshape(images, [16, 3 * SIDE * SIDE]);
  return { outputs: { features } };
});
writeFileSync(
  path,
  exportOnnx({
    name: "pixels",
    outputs: { features: features! },
    weights: new Map(),
    metadata: { "imagefn.mean": "0.5", "imagefn.std": "1" },
  }),
);
const network = { path };
const engine = await onnxEngine({ threads: 1 });

const noise = (seed: number, i: number): PictureBytes => ({
  width: SIDE,
  height: SIDE,
  data: Uint8Array.from(random(seed).uniform(48, i), (u) => 256 * u),
});
const mirrored = ({ width, height, data }: PictureBytes): PictureBytes => ({
  width,
  height,
  data: Uint8Array.from({ length: 48 }, (_, k) => {
    const [p, c] = [Math.floor(k / 3), k % 3];
    return data[3 * (p - (p % SIDE) + SIDE - 1 - (p % SIDE)) + c];
  }),
});
const set = (seed: number, count: number) => Array.from({ length: count }, (_, i) => noise(seed, i));
const training = set(1, 1100);

/** The cosine of two pictures' values about a middle grey. */
function cosine(a: PictureBytes, b: PictureBytes): number {
  const values = ({ data }: PictureBytes) => Array.from(data, (v) => v / 255 - 0.5);
  const [x, y] = [values(a), values(b)];
  const dot = (u: number[], v: number[]) => u.reduce((sum, w, k) => sum + w * v[k], 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}
const best = (picture: PictureBytes) => Math.max(...training.map((other) => cosine(picture, other)));

t.test("copies, mirrored copies and new pictures", async (t) => {
  const samples = [noise(2, 0), training[1042], mirrored(training[7]), noise(2, 1)];
  const shared = { training: imagesSource(training), network, engine };
  const plain = await nearestPictures({ ...shared, samples: imagesSource(samples) });
  const expected = samples.map(best);
  for (const [i, value] of plain.samples.values.entries())
    t.ok(Math.abs(value - expected[i]) < 1e-5, `${value} ${expected[i]}`);
  t.match(plain.pairs[0], { sample: 1, training: 1042, mirrored: false, difference: 0 });
  t.ok(plain.pairs[1].likeness < 0.9, "mirrored copies are not looked for");
  t.equal(plain.heldOut, undefined);
  t.match(await nearestPage(plain), /There are no held-out pictures/);

  const heldOut = set(3, 40);
  const both = await nearestPictures({
    ...shared,
    samples: imagesSource(samples),
    heldOut: imagesSource(heldOut),
    mirrored: true,
    pairs: 3,
  });
  t.match(both.pairs, [
    { sample: 1, training: 1042, mirrored: false, difference: 0 },
    { sample: 2, training: 7, mirrored: true, difference: 0 },
    { mirrored: Boolean },
  ]);
  const [own, near] = both.pairs[1].pictures;
  t.same(near.data, own.data, "the picture is shown as it is near");
  const flips = (picture: PictureBytes) => Math.max(best(picture), best(mirrored(picture)));
  const others = heldOut.map(flips).sort((a, b) => a - b);
  t.ok(Math.abs(both.heldOut!.quantiles[2] - others[Math.round(0.5 * 39)]) < 1e-5);
  t.match(both.findings, [
    { metric: /^nearest-picture likeness \(pixels\.onnx \w{8}\)$/, n: 4, reference: 1100 },
    { metric: /^nearest-picture likeness of held-out pictures \(pixels/, n: 40 },
  ]);

  const page = await nearestPage(both);
  t.match(page, /2 of 4 samples \(50\.0 %\) are more like a training picture than 95 % of the held-out/);
  t.equal(page.match(/<img /g)?.length, 6);
  t.match(page, /<b>1\.0000<\/b>, 0\.0 of 255 apart<br>sample 1, training picture 1042</);
  t.match(page, /sample 2, training picture 7, mirrored</);
  const png = Buffer.from(await nearestSheet(both));
  t.same(
    [png.readUInt32BE(16), png.readUInt32BE(20)],
    [16 * (3 * (SIDE + 2) + 2), 16 * (2 * (SIDE + 2) + 2)],
  );
});

t.test("sizes may differ, and what has no end or no pictures is refused", async (t) => {
  const large = { width: 8, height: 8, data: new Uint8Array(192).fill(200) };
  const found = await nearestPictures({
    samples: imagesSource([noise(2, 0), large]),
    training: imagesSource(training.slice(0, 3)),
    network,
    engine,
  });
  t.equal(found.pairs.find(({ sample }) => sample === 1)!.difference, undefined);
  t.ok((await nearestSheet(found)).length > 0);
  await t.rejects(nearestSheet({ pairs: [] }), /no pairs to draw/);
  const endless = { ...imagesSource(training), count: Number.POSITIVE_INFINITY };
  await t.rejects(nearestPictures({ samples: imagesSource([large]), training: endless, engine }), {
    code: "invalid-option",
    message: /^training: it has no end/,
  });
});
