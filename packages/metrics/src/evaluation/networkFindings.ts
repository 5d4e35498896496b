// The findings over all networks that metrics need: the same for images and for what was computed of them before.
import type { MetricName } from "../names.js";
import { failed } from "./failure.js";
import { type FeatureFindings, type FeatureRequest, featureFindings } from "./features.js";
import type { Finding, Unavailable } from "./finding.js";
import { type FeatureMetric, metrics as records } from "./metrics/list.js";
import type { FeatureMeasure, FeatureMetricRecord } from "./metrics/record.js";
import type { NetworkSource, ReadyNetwork } from "./networks.js";
import type { Statistics } from "./savedStatistics.js";

/** What to compute, over whichever networks. */
export interface NetworksRequest extends Omit<FeatureRequest, "ready" | "metrics"> {
  readonly metrics: readonly MetricName[];
  /** Makes a network ready, or says why it cannot run. */
  load(network: NetworkSource): Promise<ReadyNetwork | Unavailable>;
  /** Which measures of a metric are computed; all by default. */
  fits?(network: NetworkSource, measure: FeatureMeasure): boolean;
}

/** Findings over all networks, and the statistics of the first that ran. */
export interface NetworksFindings {
  readonly findings: Finding[];
  readonly statistics?: Statistics;
}

/** Computes the metrics over features. One that an error ends is a finding with the reason. */
export async function networkFindings({
  metrics,
  load,
  fits = () => true,
  ...shared
}: NetworksRequest): Promise<NetworksFindings> {
  const { samples, reference } = shared;
  const findings: Finding[] = [];
  let statistics: Statistics | undefined;
  for (const { network, asked } of networksOf(metrics)) {
    const metric = labelOf(asked);
    try {
      const ready = await load(network);
      if ("reason" in ready) {
        findings.push({ metric, ...ready });
        continue;
      }
      const wanted = asked.flatMap(({ measures }) => measures.filter((measure) => fits(network, measure)));
      const names = wanted.map(({ name }) => name as FeatureMetric);
      const found = await featureFindings({ ...shared, ready, metrics: names });
      findings.push(...found.findings);
      statistics ??= statisticsOf(
        found,
        ready,
        (reference?.images ?? samples).about,
        reference !== undefined,
      );
    } catch (error) {
      findings.push(failed(metric, error));
    }
  }
  return { findings, statistics };
}

/** What a finding calls metrics that share a network and cannot run. */
export const labelOf = (asked: readonly FeatureMetricRecord[]): string =>
  asked.map(({ name, label }) => label ?? name.toUpperCase()).join(", ");

/** Of the reference, or of the samples where there is none. */
function statisticsOf(
  found: FeatureFindings,
  { network: { name, resize } }: ReadyNetwork,
  source: unknown,
  reference: boolean,
): Statistics | undefined {
  const of = (reference ? found.reference : found.samples)?.statistics;
  return of?.pool && { pool: of.pool, spatial: of.spatial, note: { network: name, resize, source } };
}

/** The networks that metrics need, in the order of the list of metrics; each with its metrics as they were asked for. */
export function networksOf(names: readonly MetricName[]) {
  const all = new Map<NetworkSource, FeatureMetricRecord[]>();
  for (const record of records)
    if (record.kind === "features" && names.includes(record.name)) all.set(record.network, []);
  for (const name of new Set(names)) {
    const record = records.find((metric) => metric.name === name);
    if (record?.kind === "features") all.get(record.network)!.push(record);
  }
  return [...all].map(([network, asked]) => ({ network, asked }));
}
