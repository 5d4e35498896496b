// What a generator is told beside the image: its noise level, and perhaps its class.
import { add, gather, type HostArray, normal, type Random, type Tensor } from "@imagefn/ops";
import { initNoiseEmbedding, type NoiseEmbedding, noiseEmbedding } from "./noiseEmbedding.js";

/** The parameters of what every adaLN block is told. */
export interface Condition<T = Tensor> {
  /** The noise level's embedding. */
  time: NoiseEmbedding<T>;
  /** [classes, dim] */
  labels?: T;
}

/** As in DiT; class vectors N(0, 0.02^2). */
export const initCondition = (random: Random, dim: number, classes: number): Condition<HostArray> => ({
  time: initNoiseEmbedding(random.stream("time"), dim),
  labels: classes > 0 ? normal(random.stream("labels"), [classes, dim], 0.02) : undefined,
});

/** The vector that every adaLN block sees: the noise level's, plus the class's. t [batch] -> [batch, dim]. */
export function condition({ time, labels: table }: Condition, t: Tensor, labels?: Tensor): Tensor {
  const level = noiseEmbedding(time, t);
  const own = classVectors(table, labels);
  return own ? add(level, own) : level;
}

/**
 * The rows of a table [classes, dim] for class numbers [batch]: [batch, dim]; undefined for a generator without classes.
 * @throws if the labels are missing, or given to a generator without classes.
 */
export function classVectors(table: Tensor | undefined, labels: Tensor | undefined): Tensor | undefined {
  if (Boolean(labels) !== Boolean(table))
    throw new Error(
      `transformer: labels ${table ? "are needed" : "given"} (this generator has ${table ? table.shape[0] : 0} classes)`,
    );
  return table && labels && gather(table, labels);
}
