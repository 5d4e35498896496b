// Several seeds of one run: how far seeds are apart is what a difference between runs has to exceed.
import { generatorTitle } from "@imagefn/runs";
import type { Contender } from "./contender.js";
import { type Results, scoreOf } from "./measured.js";
import { paperKinds } from "./published.js";
import type { Recipes } from "./recipes.js";

/** The label of a further seed; the first one has the label itself. */
const seedLabel = (label: string, more: number | undefined): string =>
  more === undefined ? label : `${label}, seed + ${more}`;

/** Whether a label is that of a first seed. */
export const isFirstSeed = (label: string): boolean => !label.includes(", seed + ");

/** A contender once for each seed, `most` of them. */
export const withSeeds = (
  recipes: Recipes,
  most: number,
  label: string,
  contender: (seed: number | undefined) => Omit<Contender, "label">,
): Contender[] => recipes.seeds(most).map((seed) => ({ label: seedLabel(label, seed), ...contender(seed) }));

/** Each generator of the paper on its main data: seeds of the two that are compared most. */
export const paperContenders = (recipes: Recipes): Contender[] =>
  paperKinds.flatMap((kind) =>
    withSeeds(recipes, kind === "func" || kind === "unet" ? 3 : 1, generatorTitle(kind), (seed) => ({
      config: recipes.run({ kind, seed }),
    })),
  );

/** The seeds of a label that were measured, by their labels. */
export const seedsOf = (results: Results, label: string): string[] =>
  Object.keys(results).filter((one) => one === label || one.startsWith(`${label}, seed + `));

/** Values of a score over the seeds of a label. */
export const valuesOf = (results: Results, label: string, score: string): number[] =>
  seedsOf(results, label).flatMap((one) => scoreOf(results, one, score) ?? []);

/** A standard deviation with its degrees of freedom. */
export interface Spread {
  readonly deviation: number;
  readonly freedom: number;
}

/** The standard deviation between seeds of one run, pooled over all groups of two seeds or more. */
export function pooled(groups: readonly (readonly number[])[]): Spread {
  let sum = 0;
  let freedom = 0;
  for (const values of groups) {
    if (values.length < 2) continue;
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    sum += values.reduce((total, value) => total + (value - mean) ** 2, 0);
    freedom += values.length - 1;
  }
  return { deviation: freedom > 0 ? Math.sqrt(sum / freedom) : Number.NaN, freedom };
}

/** The spread between the seeds of each run of an experiment in a score, `of` which a function may be taken. */
export const spreadOf = (results: Results, score: string, of: (value: number) => number): Spread =>
  pooled(
    Object.keys(results)
      .filter(isFirstSeed)
      .map((label) => valuesOf(results, label, score).map(of)),
  );

/** Student's t that 95 % lie within, two-sided, by degrees of freedom from 4 on. */
const T95 = [2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131];
const FEWEST = 4;

/**
 * The difference between the means of m and n runs that seeds alone exceed once in twenty times; undefined for a spread of
 * less than 4 degrees of freedom, which says too little about seeds.
 */
export function leastDifference({ deviation, freedom }: Spread, m: number, n: number): number | undefined {
  if (freedom < FEWEST) return undefined;
  const t = T95[Math.min(freedom - FEWEST, T95.length - 1)];
  return t * deviation * Math.sqrt(1 / m + 1 / n);
}
