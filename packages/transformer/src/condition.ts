// What a generator is told beside the image: its noise level, and perhaps its class.
import { add, gather, type HostArray, normal, type Random, type Tensor } from "@imagefn/ops";
import { initNoiseEmbedding, type NoiseEmbedding, noiseEmbedding } from "./noiseEmbedding.js";

/** The parameters of what every adaLN block is told. */
export interface Condition<T = Tensor> {
  /** The noise level's embedding. */
  time: NoiseEmbedding<T>;
  /** [classes, dim], with a null class [classes + 1, dim] */
  labels?: T;
}

/** The classes of a generator. */
export interface Classes {
  /** Number of classes; 0 for an unconditional generator. */
  readonly classes: number;
  /** One more row of the table, whose number is `classes`: the label for no class, as in DiT. Needs classes. */
  readonly nullClass?: boolean;
}

/** Rows of the table of class vectors. */
export const classRows = ({ classes, nullClass = false }: Classes): number =>
  classes > 0 && nullClass ? classes + 1 : classes;

/** What a generator says of its classes. */
export const classesOf = (config: Classes): { classes: number; nullLabel?: number } =>
  classRows(config) > config.classes
    ? { classes: config.classes, nullLabel: config.classes }
    : { classes: config.classes };

/** As in DiT; class vectors N(0, 0.02^2). */
export function initCondition(random: Random, dim: number, classes: Classes): Condition<HostArray> {
  const rows = classRows(classes);
  return {
    time: initNoiseEmbedding(random.stream("time"), dim),
    labels: rows > 0 ? normal(random.stream("labels"), [rows, dim], 0.02) : undefined,
  };
}

/** The vector that every adaLN block sees: the noise level's, plus the class's. t [batch] -> [batch, dim]. */
export function condition({ time, labels: table }: Condition, t: Tensor, labels?: Tensor): Tensor {
  const level = noiseEmbedding(time, t);
  const own = classVectors(table, labels);
  return own ? add(level, own) : level;
}

/**
 * The rows of a table [rows, dim] for class numbers [batch]: [batch, dim]; undefined for a generator without classes.
 * @throws if the labels are missing, or given to a generator without classes.
 */
export function classVectors(table: Tensor | undefined, labels: Tensor | undefined): Tensor | undefined {
  if (Boolean(labels) !== Boolean(table))
    throw new Error(
      `transformer: labels ${table ? "are needed" : "given"} (this generator has ${table ? table.shape[0] : 0} classes)`,
    );
  return table && labels && gather(table, labels);
}
