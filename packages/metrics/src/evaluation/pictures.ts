// The metrics that look at single pictures, or at pairs of them.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Engine } from "@imagefn/ops";
import { type LpipsNetwork, lpips, lpipsWeights } from "../lpips.js";
import type { ImageBatch } from "../networks/images.js";
import { type NiqeModel, niqe } from "../niqe/niqe.js";
import { psnr } from "../psnr.js";
import { qualityMetric } from "../quality/qualityMetric.js";
import { ssim } from "../ssim.js";
import { findWeights, missingWeights, weightsChecksum } from "../weights/findWeights.js";
import { readNpz } from "../weights/npz.js";
import { readWeights } from "../weights/readWeights.js";
import type { WeightName } from "../weights/weightFiles.js";
import type { MetricName } from "./names.js";
import type { Finding } from "./report.js";
import type { ImageSource } from "./sources.js";

/** Values of pictures, gathered over batches. */
interface PictureMetric {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** The most pictures that are measured. */
  readonly limit: number;
  values(batch: ImageBatch, other?: ImageBatch): Promise<ArrayLike<number>>;
  dispose?(): Promise<void>;
}

/** One picture of a batch: planar bytes with their size. */
function pictures({ shape: [n, , height, width], data }: ImageBatch) {
  const each = 3 * height * width;
  return Array.from({ length: n }, (_, i) => ({
    width,
    height,
    data: data.subarray(i * each, (i + 1) * each),
  }));
}

async function niqeMetric(path: string, weights: object): Promise<PictureMetric> {
  const file = readNpz(await readFile(path));
  const numbers = (name: string) => {
    const array = file.get(name);
    if (!array) throw new Error(`metrics: ${path} is no model of NIQE (it has no ${name})`);
    return array.data as ArrayLike<number>;
  };
  const model: NiqeModel = {
    muPris: numbers("mu_pris_param"),
    covPris: numbers("cov_pris_param"),
    window: numbers("gaussian_window"),
  };
  const metric = {
    name: "NIQE",
    settings: { weights },
    limit: Number.POSITIVE_INFINITY,
    async values(batch: ImageBatch) {
      const all = pictures(batch).map((picture) => niqe(picture, model));
      metric.name = all[0].label;
      return all.map(({ value }) => value);
    },
  };
  return metric;
}

/** The paper measures MANIQA on 1,000 images. */
const MANIQA_IMAGES = 1000;

async function qualityOf(
  name: "clipiqa" | "musiq" | "maniqa",
  path: string,
  weights: object,
  threads: number,
): Promise<PictureMetric> {
  const metric = await qualityMetric(name, path, { threads });
  return {
    name: { clipiqa: "CLIPIQA", musiq: "MUSIQ", maniqa: "MANIQA" }[name],
    settings: { weights },
    limit: name === "maniqa" ? MANIQA_IMAGES : Number.POSITIVE_INFINITY,
    values: (batch) => metric.score(batch),
    dispose: () => metric.dispose(),
  };
}

/** LPIPS over the first network whose trunk and heads are there. */
async function lpipsMetric(engine: Engine, folders: readonly string[]): Promise<PictureMetric | string> {
  const trunks: readonly [LpipsNetwork, WeightName][] = [
    ["alex", "alexnet"],
    ["vgg", "vgg16"],
    ["squeeze", "squeezenet"],
  ];
  let reason = "";
  for (const [network, trunk] of trunks) {
    const found = [await findWeights(trunk, { folders }), await findWeights(`lpips-${network}`, { folders })];
    const missing = found.find(({ path }) => path === undefined);
    if (missing) {
      reason ||= missingWeights(missing);
      continue;
    }
    const files = await Promise.all(found.map(({ path }) => readWeights(path!)));
    const metric = lpips(network, lpipsWeights(network, ...files), { engine });
    return {
      name: `LPIPS (${network}, v0.1)`,
      settings: { weights: await Promise.all(found.map(aboutWeights)) },
      limit: Number.POSITIVE_INFINITY,
      values: (a, b) => metric.distance(a, b!),
      dispose: () => metric.dispose(),
    };
  }
  return reason;
}

const aboutWeights = async (found: Awaited<ReturnType<typeof findWeights>>) => ({
  file: basename(found.path!),
  ...(await weightsChecksum(found)),
});

export interface PictureRequest {
  readonly engine: Engine;
  readonly threads: number;
  readonly metrics: readonly MetricName[];
  readonly samples: ImageSource;
  readonly count: number;
  /** The other picture of each pair. */
  readonly partner?: ImageSource;
  readonly folders: readonly string[];
  readonly onProgress: (what: string, done: number, total: number) => void;
}

/** Means over pictures, or over pairs in the order of both sources. */
export async function pictureFindings(request: PictureRequest): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of request.metrics) {
    const made = await make(name, request);
    if (made === undefined) continue;
    findings.push(
      typeof made === "string"
        ? { metric: name.toUpperCase(), reason: made }
        : await average(made, request, isPair(name)),
    );
  }
  return findings;
}

const isPair = (name: MetricName) => name === "psnr" || name === "ssim" || name === "lpips";

async function make(
  name: MetricName,
  { engine, threads, folders, partner, samples, count }: PictureRequest,
): Promise<PictureMetric | string | undefined> {
  if (isPair(name)) {
    if (!partner) return "unavailable: it compares pictures in pairs, and there is no other set (--against)";
    if (partner.count < Math.min(count, samples.count))
      return `unavailable: it compares pictures in pairs, and there are ${partner.count} of the others`;
  }
  const each =
    (f: (a: ReturnType<typeof pictures>[number], b: ReturnType<typeof pictures>[number]) => number) =>
    async (a: ImageBatch, b?: ImageBatch) => {
      const others = pictures(b!);
      return pictures(a).map((picture, i) => f(picture, others[i]));
    };
  const plain = { settings: {}, limit: Number.POSITIVE_INFINITY };
  switch (name) {
    case "psnr":
      return { name: "PSNR", ...plain, values: each((a, b) => psnr(a.data, b.data)) };
    case "ssim":
      return { name: "SSIM", ...plain, values: each((a, b) => ssim(a, b)) };
    case "lpips":
      return lpipsMetric(engine, folders);
    case "niqe":
    case "clipiqa":
    case "musiq":
    case "maniqa": {
      const found = await findWeights(name, { folders });
      if (found.path === undefined) return missingWeights(found);
      const weights = await aboutWeights(found);
      return name === "niqe"
        ? niqeMetric(found.path, weights)
        : qualityOf(name, found.path, weights, threads);
    }
    default:
      return undefined;
  }
}

async function average(
  metric: PictureMetric,
  { samples, partner, count, onProgress }: PictureRequest,
  pair: boolean,
): Promise<Finding> {
  const n = Math.min(count, metric.limit);
  const others = pair ? partner!.batches(n)[Symbol.asyncIterator]() : undefined;
  const values: number[] = [];
  try {
    for await (const batch of samples.batches(n)) {
      const other = await others?.next();
      if (other && (other.done || other.value.shape.join() !== batch.shape.join()))
        return { metric: metric.name, reason: "unavailable: the pictures of a pair have different sizes" };
      values.push(...Array.from(await metric.values(batch, other?.value)));
      onProgress(metric.name, values.length, n);
    }
  } finally {
    await metric.dispose?.();
    await others?.return?.(undefined);
  }
  const valid = values.filter(Number.isFinite);
  if (valid.length === 0)
    return {
      metric: metric.name,
      reason: "unavailable: it is infinite or undefined for every one of the pictures",
    };
  const mean = valid.reduce((a, b) => a + b, 0) / valid.length;
  const variance = valid.reduce((sum, v) => sum + (v - mean) ** 2, 0) / valid.length;
  return {
    metric: metric.name,
    value: mean,
    std: Math.sqrt(variance),
    n: valid.length,
    settings: metric.settings,
  };
}
