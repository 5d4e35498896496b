// The whole way of the no-reference metrics, on small networks that are exported here in the place of the real ones.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  clipiqaImage,
  clipiqaScore,
  type ImageBatch,
  maniqaCrops,
  musiqTokens,
  type QualityMetricName,
  qualityMetric,
  type RgbPicture,
} from "@imagefn/metrics";
import { constant, exportOnnx, matmul, program, sum, type Tensor } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";
import { picture, seededWeights } from "./networksSeeded.js";

const folder = t.testdir();

/** [rows, columns] of small numbers that tell places apart. */
function matrix(rows: number, columns: number, scale: number) {
  const { data } = seededWeights(new Map([["quality", [rows, columns]]])).get("quality")!;
  return { shape: [rows, columns], data: data.map((x) => x * scale) };
}

const [toLogits, toScore, toSums] = [matrix(3, 10, 0.01), matrix(3075, 1, 0.1), matrix(224, 2, 0.1)];

/** Linear maps of what the networks are given; a size in `free` may change from picture to picture. */
async function standIn(
  file: string,
  [input, shape]: [string, number[]],
  [output, apply]: [string, (x: Tensor) => Tensor],
  free: readonly number[] = [],
): Promise<string> {
  const { outputs } = program({ inputs: { [input]: shape } }, (_, inputs) => ({
    outputs: { [output]: apply(inputs[input]) },
  }));
  const bytes = exportOnnx({ name: file, outputs: Object.fromEntries(outputs), weights: new Map() });
  for (const size of free) {
    // The message of a size with a number of two bytes becomes one with a name of one letter.
    const at = Buffer.from(bytes).indexOf(Buffer.from([0x0a, 3, 0x08, (size & 127) | 128, size >> 7]));
    bytes.set([0x12, 1, 0x6e], at + 2);
  }
  const path = join(folder, file);
  await writeFile(path, bytes);
  return path;
}

const pooled = (weights: typeof toLogits, axes: number[]) => (x: Tensor) =>
  matmul(sum(x, axes), constant(weights));

const files = {
  clipiqa: await standIn(
    "clipiqa.onnx",
    ["image", [1, 3, 130, 140]],
    ["logits", pooled(toLogits, [2, 3])],
    [130, 140],
  ),
  musiq: await standIn("musiq.onnx", ["tokens", [1, 200, 3075]], ["score", pooled(toScore, [1])], [200]),
  maniqa: await standIn("maniqa.onnx", ["crop", [1, 3, 224, 224]], ["sums", pooled(toSums, [1, 2])]),
};

/** The same maps in plain loops: x is [.., rows, inner], and its sum over all but `rows` is multiplied. */
function mapped(x: ArrayLike<number>, { shape, data }: typeof toLogits, inner = 1): number[] {
  const out = new Array<number>(shape[1]).fill(0);
  for (let i = 0; i < x.length; i++) {
    const row = Math.floor(i / inner) % shape[0];
    for (let j = 0; j < out.length; j++) out[j] += x[i] * data[row * shape[1] + j];
  }
  return out;
}

const byHand: Record<QualityMetricName, (picture: RgbPicture) => number> = {
  clipiqa: (p) => clipiqaScore(mapped(clipiqaImage(p).data, toLogits, p.height * p.width)),
  musiq: (p) => mapped(musiqTokens(p).data, toScore)[0],
  maniqa: (p) => {
    const crops = maniqaCrops(p).flatMap(({ times, crop }) =>
      new Array(times).fill(mapped(crop.data, toSums)),
    );
    const [weighted, weights] = [0, 1].map((k) => crops.reduce((total, sums) => total + sums[k], 0));
    return weighted / weights;
  },
};

const each = ({ shape: [count, , height, width], data }: ImageBatch): RgbPicture[] =>
  Array.from({ length: count }, (_, i) => {
    const own = data.slice(i * 3 * height * width, (i + 1) * 3 * height * width);
    return { height, width, data: Float32Array.from(own, (v) => v / 255) };
  });

for (const name of ["clipiqa", "musiq", "maniqa"] as const)
  t.test(`${name}: pictures of different sizes`, async (t) => {
    const metric = await qualityMetric(name, files[name], { threads: 1 });
    for (const shape of [
      [3, 3, 40, 50],
      [2, 3, 64, 33],
      [0, 3, 64, 64],
      ...(name === "maniqa" ? [[1, 3, 235, 240]] : [[1, 3, 300, 200]]),
    ]) {
      const images = picture(name, shape);
      const scores = await metric.score(images);
      const close = { rtol: 2e-4, atol: 1e-5 };
      t.equal(difference(scores, each(images).map(byHand[name]), close), undefined, `${shape}`);
      t.equal(new Set(scores).size, shape[0], "each picture has its own");
      const floats = { shape, data: Float32Array.from(images.data, (v) => v / 127.5 - 1) };
      t.equal(difference(await metric.score(floats), scores, close), undefined, "floats");
    }
    await t.rejects(
      metric.score({ shape: [1, 1, 2, 2], data: new Uint8Array(4) }),
      /not a batch of pictures/,
    );
    await metric.dispose();
  });

t.test("a file for one size", async (t) => {
  const small = await standIn("small.onnx", ["image", [1, 3, 32, 48]], ["logits", pooled(toLogits, [2, 3])]);
  const metric = await qualityMetric("clipiqa", small, { threads: 1 });
  const images = picture("small", [1, 3, 32, 48]);
  t.ok(Math.abs((await metric.score(images))[0] - byHand.clipiqa(each(images)[0])) < 1e-5);
  await t.rejects(
    metric.score(picture("small", [1, 3, 48, 32])),
    /for pictures of one size only \(got image \[1, 3, 48, 32\], expected image \[1, 3, 32, 48\]\)/,
  );
  await metric.dispose();
});

t.test("wrong files", async (t) => {
  await t.rejects(
    qualityMetric("clipiqa", files.musiq),
    /musiq.onnx" holds another network \(got tokens \[1, n, 3075\] -> score \[1, 1\], expected image \[1, 3, height, width\] -> logits \[1, 10\]\); export it with .*quality_export.py clipiqa clipiqa.onnx/,
  );
  const wide = ["sums", pooled(matrix(224, 3, 1), [1, 2])] as [string, (x: Tensor) => Tensor];
  await t.rejects(
    qualityMetric("maniqa", await standIn("wide.onnx", ["crop", [1, 3, 224, 224]], wide)),
    /got crop \[1, 3, 224, 224\] -> sums \[1, 3\], expected crop \[1, 3, 224, 224\] -> sums \[1, 2\]/,
  );
  await t.rejects(
    qualityMetric("musiq", join(folder, "none.onnx")),
    /none.onnx" is not an ONNX file that can be read .*quality_export.py musiq musiq.onnx/,
  );
  const text = join(folder, "text.onnx");
  await writeFile(text, "not a network");
  await t.rejects(qualityMetric("musiq", text), /text.onnx" is not an ONNX file that can be read/);
  await t.rejects(
    qualityMetric("brisque" as QualityMetricName, files.musiq),
    /unknown quality metric \(got "brisque", expected clipiqa, musiq, maniqa\)/,
  );
});
