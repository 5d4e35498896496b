// An error of one metric is its own: the others are measured, and what concerns them all still ends the evaluation.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type EvaluateOptions,
  evaluate,
  type Finding,
  type ImageSource,
  imagesSource,
  type PictureBytes,
  pictureFindings,
  writeNpz,
} from "@imagefn/metrics";
import { onnxEngine, random } from "@imagefn/ops";
import t from "tap";

t.setTimeout(280_000);
process.env.IMAGEFN_WEIGHTS = "";
const home = t.testdir();
process.env.IMAGEFN_CACHE = join(home, "cache");
const engine = await onnxEngine({ threads: 2 });

const noise = (side: number, i = 0): PictureBytes => ({
  width: side,
  height: side,
  data: Uint8Array.from(random(7).uniform(3 * side * side, i), (u) => 256 * u),
});
const sized = (...sides: number[]) => imagesSource(sides.map(noise));

/** A model of NIQE that was made up: mean 0, covariance I, a flat window. */
const identity = Float64Array.from({ length: 36 * 36 }, (_, k) => +(k % 37 === 0));
writeFileSync(
  join(home, "niqe_pris_params.npz"),
  writeNpz([
    ["mu_pris_param", { shape: [1, 36], data: new Float64Array(36) }],
    ["cov_pris_param", { shape: [36, 36], data: identity }],
    ["gaussian_window", { shape: [7, 7], data: new Float64Array(49).fill(1 / 49) }],
  ]),
);

const findings = async (options: Omit<EvaluateOptions, "engine">) =>
  (await evaluate({ weights: [home], ...options, engine })).findings;

t.test("NIQE and NIQE@192 each have a finding", async (t) => {
  const both = await findings({ samples: sized(40, 100, 40, 100, 100), metrics: ["niqe"] });
  t.match(both, [
    { metric: "NIQE@192", n: 2, note: /of 5 pictures of different sizes; the others are NIQE$/ },
    { metric: "NIQE", n: 3, note: /the others are NIQE@192$/ },
  ]);
  const [small] = await findings({ samples: imagesSource([noise(40, 0), noise(40, 2)]), metrics: ["niqe"] });
  t.equal(small.value, both[0].value, "the mean of its own pictures");
  t.equal(small.note, undefined);
});

t.test("pictures without a value are counted beside the mean", async (t) => {
  const flat = { width: 100, height: 100, data: new Uint8Array(30_000).fill(90) };
  const [mean] = await findings({ samples: imagesSource([noise(100), flat]), metrics: ["niqe"] });
  t.match(mean, { metric: "NIQE", n: 1, note: "1 of 2 pictures have no value, and are not in the mean" });
  const [none] = await findings({ samples: imagesSource([flat]), metrics: ["niqe"] });
  t.match(none, { metric: "NIQE", code: "no-value" });
});

t.test("three images, and one: the others are measured", async (t) => {
  const four = sized(20, 20, 20, 20);
  const three = await findings({ samples: sized(20, 20, 20), reference: four, metrics: ["nsfwjs", "niqe"] });
  const of = (list: readonly Finding[], name: string) => list.find(({ metric }) => metric === name);
  t.match(of(three, "precision, recall (nsfwjs Inception)"), {
    code: "failed",
    reason: /^could not be measured, because they need more than 3 images of each set \(got 3 and 4\)$/,
  });
  t.ok(of(three, "Frechet distance (nsfwjs Inception)")!.value! >= 0);
  t.equal(of(three, "NIQE@192")!.n, 3);
  const alone = await findings({ samples: sized(20), reference: four, metrics: ["nsfwjs", "niqe"] });
  t.match(
    of(alone, "Frechet distance (nsfwjs Inception)")!.reason,
    /over nsfwjs Inception needs 2 images or more .*1 and 4/,
  );
  t.match(of(alone, "kernel distance (nsfwjs Inception)")!.reason, /needs two images or more .*1 and 4/);
  t.equal(of(alone, "NIQE@192")!.n, 1);
});

t.test("pictures below SSIM's window", async (t) => {
  const [ssim, psnr] = await findings({
    samples: sized(10, 10),
    reference: imagesSource([noise(10, 5), noise(10, 6)]),
    metrics: ["ssim", "psnr"],
  });
  t.match(ssim, {
    metric: "SSIM",
    code: "failed",
    reason: /^could not be measured, because .*11 x 11 \(got 10 x 10\)/,
  });
  t.equal(psnr.n, 2);
});

t.test("damaged weights", async (t) => {
  const folder = t.testdir({ "niqe_pris_params.npz": "x", "inception-2015-12-05.safetensors": "x" });
  const [inception, niqe, psnr] = await findings({
    samples: sized(20, 20),
    reference: sized(20, 20),
    metrics: ["fid", "is", "niqe", "psnr"],
    weights: [folder],
  });
  t.match(inception, { metric: "FID, IS", code: "failed" });
  t.match(niqe, { metric: "NIQE", code: "failed" });
  t.match(psnr, { metric: "PSNR", code: "equal" });
});

t.test("what concerns all metrics ends the evaluation", async (t) => {
  const broken = (error: unknown): ImageSource => ({
    ...sized(20, 20),
    // biome-ignore lint/correctness/useYield: it fails before its first batch
    async *batches() {
      throw error;
    },
  });
  const reference = sized(20, 20);
  const unreadable = new Error("datasets: x.png is damaged");
  for (const metrics of [["ssim"], ["nsfwjs"], ["niqe"]] as const) {
    await t.rejects(
      findings({ samples: broken(unreadable), reference, metrics }),
      unreadable,
      metrics.join(),
    );
    const reason = new Error("enough");
    const onProgress = () => {
      throw reason;
    };
    await t.rejects(findings({ samples: sized(20, 20), reference, metrics, onProgress }), reason);
  }
  await t.rejects(
    findings({ samples: reference, reference: broken(unreadable), metrics: ["psnr"] }),
    unreadable,
  );
  const request = { engine, threads: 1, count: 2, folders: [], onProgress() {} };
  await t.rejects(
    pictureFindings({ ...request, metrics: ["psnr"], samples: broken(unreadable), partner: reference }),
    unreadable,
  );
  const controller = new AbortController();
  await t.rejects(
    findings({
      samples: sized(20, 20, 30, 30),
      reference: sized(20, 20, 30, 30),
      metrics: ["ssim"],
      signal: controller.signal,
      onProgress: () => controller.abort(),
    }),
    { name: "AbortError" },
  );
});
