// The findings of metrics of single pictures, and of pairs of them.
import type { Engine } from "@imagefn/ops";
import type { MetricName } from "../names.js";
import type { ImageBatch } from "../networks/images.js";
import { failed, sharedCallback, sharedSource } from "./failure.js";
import type { Finding, Unavailable } from "./finding.js";
import { metrics } from "./metrics/list.js";
import type { OpenMetric, PictureMetricRecord } from "./metrics/record.js";
import { findSet } from "./needs.js";
import { type Pairing, pairing, type Unmatched } from "./pairs.js";
import { pathFinding } from "./pathFinding.js";
import type { ImageSource } from "./source.js";
import { summary } from "./summary.js";

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
  /** Holds the other picture of each pair: by name where both sources have names, by number where neither has. */
  readonly partner?: ImageSource;
  /** How many images of the partner at most, for pairs by number. */
  readonly partnerCount?: number;
  /** What happens to pictures without a partner. Default "refuse": the metric has no value then. */
  readonly unmatched?: Unmatched;
  /** Where to look for weight files first. */
  readonly folders: readonly string[];
  /** Called after each batch of pictures. */
  readonly onProgress: (what: string, done: number, total: number) => void;
}

/**
 * Means over pictures, or over pairs. A metric that an error ends is a finding with the reason.
 * @throws if a picture cannot be read
 */
export async function pictureFindings(request: PictureRequest): Promise<Finding[]> {
  const shared: PictureRequest = {
    ...request,
    samples: sharedSource(request.samples),
    partner: request.partner && sharedSource(request.partner),
    onProgress: sharedCallback(request.onProgress),
  };
  const findings: Finding[] = [];
  for (const name of request.metrics) {
    const record = metrics.find((metric) => metric.name === name);
    if (record === undefined || record.kind === "features") continue;
    const metric = record.label ?? record.name.toUpperCase();
    try {
      findings.push(...(await findingsOf(record, metric, shared)));
    } catch (error) {
      findings.push(failed(metric, error));
    }
  }
  return findings;
}

async function findingsOf(
  record: PictureMetricRecord,
  metric: string,
  request: PictureRequest,
): Promise<readonly Finding[]> {
  if (record.kind === "path" && !request.samples.paths)
    return [
      {
        metric,
        code: "unfit-samples",
        reason:
          "unavailable: it follows paths through a generator's noise, and these samples are images alone",
      },
    ];
  const pairs = record.kind === "pair" ? pairsOf(request) : undefined;
  if (pairs && "reason" in pairs) return [{ metric, ...pairs }];
  const opened = await open(record, request);
  if ("reason" in opened) return [{ metric, ...opened }];
  return record.kind === "path"
    ? [await pathFinding(opened, request)]
    : measured(record, opened, pairs, request);
}

function pairsOf({ partner, ...request }: PictureRequest): Pairing | Unavailable {
  if (partner) return pairing({ ...request, partner });
  return {
    code: "no-reference",
    reason: "unavailable: it compares pictures in pairs, and there is no other set",
  };
}

async function open(
  record: PictureMetricRecord,
  { engine, threads, folders }: PictureRequest,
): Promise<OpenMetric | Unavailable> {
  if (!record.needs) return record.open({ engine, threads, files: [], set: 0 });
  const found = await findSet(record.needs, folders);
  return "reason" in found ? found : record.open({ engine, threads, ...found });
}

/** Numbers of pictures that share a name: those of different names do not compare. */
interface Group {
  readonly values: number[];
  equal: number;
}

async function measured(
  { limit = Number.POSITIVE_INFINITY }: PictureMetricRecord,
  metric: OpenMetric,
  pairs: Pairing | undefined,
  { samples, count, onProgress }: PictureRequest,
): Promise<readonly Finding[]> {
  const n = Math.min(pairs?.count ?? count, limit);
  const groups = new Map<string, Group>();
  let done = 0;
  try {
    for await (const { batch, other } of pairs?.batches() ?? alone(samples.batches(n))) {
      const name = metric.nameOf?.(batch) ?? metric.name;
      const group = groups.get(name) ?? { values: [], equal: 0 };
      groups.set(name, group);
      group.values.push(...Array.from(await metric.values(batch, other)));
      if (other) group.equal += equalPictures(batch, other);
      done += batch.shape[0];
      onProgress(metric.name, done, n);
    }
  } finally {
    await metric.dispose?.();
  }
  const settings = pairs ? { ...metric.settings, pairs: pairs.by } : metric.settings;
  return [...groups].map(([name, { values, equal }]) => {
    const others = [...groups.keys()].filter((other) => other !== name).join(", ");
    const notes = [
      ...(others === "" ? [] : [`of ${done} pictures of different sizes; the others are ${others}`]),
      ...(pairs?.note === undefined ? [] : [pairs.note]),
    ];
    return summary({ metric: name, settings, values, equal: pairs && equal, notes });
  });
}

async function* alone(
  batches: AsyncIterable<ImageBatch>,
): AsyncGenerator<{ batch: ImageBatch; other?: ImageBatch }> {
  for await (const batch of batches) yield { batch };
}

/** How many pictures of two batches are equal. */
function equalPictures({ shape, data }: ImageBatch, other: ImageBatch): number {
  const each = data.length / shape[0];
  let equal = 0;
  for (let i = 0; i < shape[0]; i++) {
    let k = i * each;
    while (k < (i + 1) * each && data[k] === other.data[k]) k++;
    if (k === (i + 1) * each) equal++;
  }
  return equal;
}
