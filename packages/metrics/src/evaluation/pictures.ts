// The findings of metrics of single pictures, and of pairs of them.
import type { Engine } from "@imagefn/ops";
import type { Finding, Missing, Unavailable } from "./finding.js";
import { type MetricName, metrics } from "./metrics/list.js";
import type { OpenMetric, PictureMetricRecord } from "./metrics/record.js";
import { findSet } from "./needs.js";
import type { ImageSource } from "./source.js";

/** What to compute of pictures. */
export interface PictureRequest {
  /** What runs LPIPS. */
  readonly engine: Engine;
  /** CPU threads for ONNX files; 0 uses every core. */
  readonly threads: number;
  /** By name, in the order of the findings; those over feature networks are passed over. */
  readonly metrics: readonly MetricName[];
  /** The images to measure. */
  readonly samples: ImageSource;
  /** How many of the samples. */
  readonly count: number;
  /** The other picture of each pair, in the same order. */
  readonly partner?: ImageSource;
  /** Where to look for weight files first. */
  readonly folders: readonly string[];
  /** Called after each batch of pictures. */
  readonly onProgress: (what: string, done: number, total: number) => void;
}

/**
 * Means over pictures, or over pairs in the order of both sources.
 * @throws if a picture or a weight file cannot be read
 */
export async function pictureFindings(request: PictureRequest): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of request.metrics) {
    const record = metrics.find((metric) => metric.name === name);
    if (record === undefined || record.kind === "features") continue;
    const opened = await open(record, request);
    findings.push(
      "reason" in opened
        ? { metric: record.label ?? record.name.toUpperCase(), ...opened }
        : await average(record, opened, request),
    );
  }
  return findings;
}

async function open(
  record: PictureMetricRecord,
  { engine, threads, folders, partner, samples, count }: PictureRequest,
): Promise<OpenMetric | Unavailable> {
  if (record.kind === "pair") {
    const compares = "unavailable: it compares pictures in pairs, and there";
    if (!partner) return { code: "no-reference", reason: `${compares} is no other set` };
    if (partner.count < Math.min(count, samples.count))
      return { code: "unfit-reference", reason: `${compares} are ${partner.count} of the others` };
  }
  if (!record.needs) return record.open({ engine, threads, files: [], set: 0 });
  const found = await findSet(record.needs, folders);
  return "reason" in found ? found : record.open({ engine, threads, ...found });
}

async function average(
  { kind, limit = Number.POSITIVE_INFINITY }: PictureMetricRecord,
  metric: OpenMetric,
  { samples, partner, count, onProgress }: PictureRequest,
): Promise<Finding> {
  const n = Math.min(count, limit);
  const others = kind === "pair" ? partner!.batches(n)[Symbol.asyncIterator]() : undefined;
  const values: number[] = [];
  try {
    for await (const batch of samples.batches(n)) {
      const other = await others?.next();
      if (other && (other.done || other.value.shape.join() !== batch.shape.join()))
        return {
          metric: metric.name,
          code: "unfit-reference",
          reason: "unavailable: the pictures of a pair have different sizes",
        };
      values.push(...Array.from(await metric.values(batch, other?.value)));
      onProgress(metric.name, values.length, n);
    }
  } finally {
    await metric.dispose?.();
    await others?.return?.(undefined);
  }
  return mean(metric, values);
}

/** The mean of the finite values. */
function mean({ name: metric, settings }: OpenMetric, values: readonly number[]): Finding {
  const valid = values.filter(Number.isFinite);
  if (valid.length === 0)
    return {
      metric,
      code: "no-value",
      reason: "unavailable: it is infinite or undefined for every one of the pictures",
    } satisfies Missing;
  const value = valid.reduce((a, b) => a + b, 0) / valid.length;
  const variance = valid.reduce((sum, v) => sum + (v - value) ** 2, 0) / valid.length;
  return { metric, value, std: Math.sqrt(variance), n: valid.length, settings };
}
