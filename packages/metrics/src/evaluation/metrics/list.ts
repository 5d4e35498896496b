// The metrics of an evaluation, in the order of its findings, and what derives from them.
import type { MetricName } from "../../names.js";
import type { WeightName } from "../../weights/weightFiles.js";
import { clipiqa } from "./clipiqa.js";
import { cmmd } from "./cmmd.js";
import { dc } from "./dc.js";
import { fid } from "./fid.js";
import { is } from "./is.js";
import { kid } from "./kid.js";
import { lpips } from "./lpips.js";
import { maniqa } from "./maniqa.js";
import { musiq } from "./musiq.js";
import { network } from "./network.js";
import { niqe } from "./niqe.js";
import { nsfwjs } from "./nsfwjs.js";
import { ppl } from "./ppl.js";
import { pr } from "./pr.js";
import { psnr } from "./psnr.js";
import { randomConvolutions } from "./randomConvolutions.js";
import type { MetricRecord } from "./record.js";
import { sfid } from "./sfid.js";
import { ssim } from "./ssim.js";

const list = [
  fid,
  sfid,
  is,
  pr,
  dc,
  kid,
  nsfwjs,
  randomConvolutions,
  network,
  cmmd,
  niqe,
  clipiqa,
  musiq,
  maniqa,
  psnr,
  ssim,
  lpips,
  ppl,
] as const satisfies readonly MetricRecord[];

/** A metric as `metrics` lists it. */
export type Metric = MetricRecord & { readonly name: MetricName };

/** Everything known of each metric: what it is called, what it measures, what it needs, how it is computed. */
export const metrics: readonly Metric[] = list;

/** The metrics that use a weight file, alone or as one of several that would do. */
export const metricsOver = (weights: WeightName): readonly MetricName[] =>
  metrics
    .filter(({ needs }) => needs && "weights" in needs && needs.weights.flat().includes(weights))
    .map(({ name }) => name);

/** A computation on features that a metric is made of, by name. */
export type FeatureMetric = Extract<(typeof list)[number], { kind: "features" }>["measures"][number]["name"];

/** The computations on features of all metrics, each once, in the order of their findings. */
export const measures = [
  ...new Map(
    list.flatMap((metric) =>
      metric.kind === "features" ? metric.measures.map((m) => [m.name, m] as const) : [],
    ),
  ).values(),
];
