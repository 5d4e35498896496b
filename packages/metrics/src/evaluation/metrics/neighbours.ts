// What the measures by balls to the k-th neighbour share: both sets are cut alike, and two numbers are told.
import type { Engine } from "@imagefn/ops";
import { type Features, firstRows } from "../../features.js";
import type { Finding } from "../finding.js";
import type { FeatureMeasure } from "./record.js";

/** Reference images at most, as guided-diffusion takes them. */
const MOST = 10_000;

/** Two numbers of the samples among the reference's first 10,000 images, by balls to the k-th neighbour. */
interface Neighbourhood<Name extends string> {
  readonly name: string;
  readonly title: string;
  readonly k: number;
  /** The findings, in their order. */
  readonly metrics: readonly Name[];
  /** @throws ImagefnError `invalid-data` for too few images */
  check(real: number, samples: number): void;
  compute(
    real: Features,
    generated: Features,
    options: { readonly k: number; readonly engine: Engine },
  ): Promise<Readonly<Record<Name, number>>>;
}

/** A measure of such numbers over any network. */
export const byNeighbours = <Name extends string>({
  name,
  title,
  k,
  metrics,
  check,
  compute,
}: Neighbourhood<Name>): FeatureMeasure => ({
  name,
  title,
  reads: { samples: ["pool"], reference: ["pool"] },
  async findings({ samples, other, engine, settings, suffix }) {
    const real = firstRows(other!.kept.pool!, MOST);
    check(real.shape[0], samples.count);
    const found = await compute(real, samples.kept.pool!, { k, engine });
    return metrics.map(
      (metric): Finding => ({
        metric: `${metric}${suffix}`,
        value: found[metric],
        n: samples.count,
        reference: real.shape[0],
        settings: { ...settings, k },
      }),
    );
  },
});
