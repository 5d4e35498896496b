// What a user can act on is an ImagefnError with a code; a command prints it without advice on how to debug.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ImagefnError } from "@imagefn/base";
import {
  checkWeights,
  clipiqaImage,
  featureStatistics,
  findWeights,
  frechetDistance,
  frozen,
  kernelDistance,
  musiqTokens,
  niqe,
  openNpz,
  precisionRecall,
  qualityMetric,
  readNpy,
  readNpz,
  readPth,
  readWeights,
  readWeightsBytes,
  ssim,
  vgg16,
  weightsChecksum,
  writeNpz,
} from "@imagefn/metrics";
import { constant } from "@imagefn/ops";
import t from "tap";

const home = t.testdir({ "x.npz": "x", "x.pth": "x", "x.onnx": "x" });
const at = (name: string) => join(home, name);
mkdirSync(at("folder.npz"));
writeFileSync(at("good.npz"), writeNpz([["a", { shape: [2], data: new Float32Array(2) }]]));

const damaged = Uint8Array.of(1, 2, 3, 4);
const features = (count: number, first = 0) => ({
  shape: [count, 2],
  data: new Float32Array(2 * count).fill(first, 0, 1),
});
const picture = (width: number, height: number) => ({
  width,
  height,
  data: new Float32Array(3 * width * height),
});
const gaussian = (v: number) => ({ mean: Float64Array.of(v), covariance: Float64Array.of(1) });
const model = { muPris: new Float64Array(36), covPris: new Float64Array(1296), window: new Float64Array(49) };
const alone = featureStatistics(2);
alone.add(features(1));

const cases: Record<string, () => unknown> = {
  "a damaged .npz": () => readNpz(damaged),
  "a damaged .npy": () => readNpy(damaged),
  "a damaged .pth": () => readPth(damaged),
  "weights of no known kind": () => readWeightsBytes(damaged),
  "a damaged file of weights": () => readWeights(at("x.pth")),
  "no file of weights": () => readWeights(at("nowhere.pth")),
  "a damaged .npz on disk": () => openNpz(at("x.npz")),
  "no .npz": () => openNpz(at("nowhere.npz")),
  "a folder in its place": () => openNpz(at("folder.npz")),
  "an array that is not there": () => {
    const npz = openNpz(at("good.npz"));
    try {
      npz.read("b");
    } finally {
      npz.close();
    }
  },
  "a damaged .onnx": () => qualityMetric("clipiqa", at("x.onnx")),
  "weights of another network": () =>
    checkWeights(new Map(), new Map([["a", [1]]]), { from: "x.pth", network: "VGG16" }),
  "weights that lack a layer": () =>
    vgg16(frozen(new Map()), constant({ shape: [1, 3, 32, 32], data: new Float32Array(3072) }), "max"),
  "a feature that is not finite": () => featureStatistics(2).add(features(3, Number.NaN)),
  "a covariance of one image": () => alone.result(),
  "statistics that are not finite": () => frechetDistance(gaussian(Number.NaN), gaussian(0)),
  "a negative variance": () =>
    frechetDistance({ mean: Float64Array.of(0), covariance: Float64Array.of(-1) }, gaussian(0)),
  "too few images for precision": () => precisionRecall(features(9), features(3)),
  "too few images for a kernel distance": () => kernelDistance(features(9), features(3)),
  "pictures below SSIM's window": () => ssim(picture(10, 10), picture(10, 10)),
  "pictures too small for CLIP-IQA": () => clipiqaImage(picture(30, 30)),
  "pictures too narrow for MUSIQ": () => musiqTokens(picture(2000, 1)),
  "a model of NIQE with other sizes": () => niqe(picture(96, 96), { ...model, muPris: [1] }),
};

for (const [name, run] of Object.entries(cases))
  t.test(name, (t) =>
    t.rejects(async () => run(), { name: "ImagefnError", code: "invalid-data", message: /^metrics: / }),
  );

t.test("weights that are not there", async (t) => {
  const found = await findWeights("niqe", { env: {}, folders: [] });
  await t.rejects(weightsChecksum({ ...found, path: undefined, file: undefined }), {
    code: "missing-weights",
  });
  t.ok(new ImagefnError("missing-weights", "") instanceof Error);
});
