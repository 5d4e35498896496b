// FID, and the Frechet distance over any network.
import { quoted } from "@imagefn/base";
import { frechetDistance } from "../../frechet.js";
import { frechetName } from "../../networks/network.js";
import type { Unavailable } from "../finding.js";
import { inception } from "../networks.js";
import type { FeatureContext, FeatureMeasure, FeatureMetricRecord } from "./record.js";

/** The Frechet distance of a feature. Statistics that were saved come before those of images. */
export const frechet = <const N extends string>(name: N, feature: "pool" | "spatial") =>
  ({
    name,
    title: "Frechet distance",
    reads: { statistics: [feature] },
    async findings(context) {
      const { network, settings, samples, other, saved } = context;
      const metric = frechetName(network, feature);
      const own = samples.statistics[feature];
      const kept = saved?.[feature];
      const real = kept ?? other?.statistics[feature];
      const few = tooFew(context);
      if (few) return [{ metric, ...few }];
      if (!own || !real) return [{ metric, ...unavailable(context, feature) }];
      const value = frechetDistance(own, real);
      const n = samples.count;
      if (!kept) return [{ metric, value, n, reference: other!.count, settings }];
      const { path, note } = saved!;
      return [
        {
          metric,
          value,
          n,
          ...(note.count === undefined ? {} : { reference: note.count }),
          settings: { ...settings, statistics: path, statisticsResize: note.resize ?? "unknown" },
        },
      ];
    },
  }) satisfies FeatureMeasure;

/** The reason where a covariance would say more than the images do. */
function tooFew({ reference, network, samples, other, saved }: FeatureContext): Unavailable | undefined {
  const { fewest = 2, name } = network;
  const others = saved?.note.count ?? other?.count;
  if (!reference || Math.min(samples.count, others ?? fewest) >= fewest) return undefined;
  return {
    code: "failed",
    reason:
      `could not be measured, because a Frechet distance over ${name} needs ${fewest} images or more of each ` +
      `(got ${samples.count}${others === undefined ? "" : ` and ${others}`})`,
  };
}

function unavailable({ reference, network }: FeatureContext, feature: string): Unavailable {
  if (!reference) return { code: "no-reference", reason: "unavailable: nothing to compare with" };
  const { statistics } = reference;
  if (!statistics) return { code: "unfit-reference", reason: "unavailable: there are too few images" };
  const of = statistics.note.network ?? "Inception-2015";
  const why =
    of === network.name
      ? `${quoted(statistics.path)} holds no ${feature} statistics`
      : `${quoted(statistics.path)} holds statistics of ${quoted(of)}, not of ${network.name}`;
  return { code: "unfit-reference", reason: `unavailable: ${why}` };
}

export const fid = {
  kind: "features",
  name: "fid",
  title: "FID",
  description: "Frechet distance of the 2,048 features of Inception-2015",
  agrees: "guided-diffusion, pytorch-fid (scipy's `sqrtm`): 9 digits for the same statistics",
  needs: inception.needs,
  network: inception,
  measures: [frechet("frechet", "pool")],
} as const satisfies FeatureMetricRecord;
