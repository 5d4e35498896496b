// levels.json of a run folder: the noise levels that a search found for its weights.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ImagefnError, quoted, writeAtomic } from "@imagefn/base";
import { sigmaMax, sigmaMin } from "@imagefn/consistency";
import { version } from "../version.js";
import { multistepLevels } from "./levels.js";
import type { Trained } from "./trained.js";

/** Levels of a sampler of some steps, and how good they are. */
export interface FoundSteps {
  readonly steps: number;
  /** Noise levels after the first. */
  readonly levels: readonly number[];
  /** Frechet distance of samples with these levels. */
  readonly distance: number;
  /** The same with the levels of `multistepLevels`, which are kept where the search finds none better. */
  readonly plain: number;
}

/** What a search found, and how. */
export interface LevelSearch {
  /** Of both phases, as in the checkpoint's name. */
  readonly step: number;
  /** The weights. */
  readonly ema: "online" | number;
  /** What the distance is called, with the network that it is over. */
  readonly metric: string;
  /** Samples of each distance, and images of the run's data. */
  readonly count: number;
  readonly reference: number;
  readonly seed: number;
  readonly found: readonly FoundSteps[];
}

const pathOf = ({ run }: Trained) => join(run.path, "levels.json");

/** Writes levels.json. Returns its path. */
export async function writeLevels(trained: Trained, search: LevelSearch): Promise<string> {
  const path = pathOf(trained);
  await writeAtomic(path, `${JSON.stringify({ imagefn: version, ...search }, null, 2)}\n`);
  return path;
}

/** The levels of so many steps, and where they are from. */
export interface ChosenLevels {
  readonly levels: readonly number[];
  /** Whether a search found them. */
  readonly found: boolean;
  /** Why levels that were found are not used. */
  readonly why?: string;
}

/**
 * The levels of levels.json, if they are of these steps and weights; else those of `multistepLevels`.
 * @param plain leave levels.json out
 * @throws ImagefnError `invalid-data` for a levels.json that cannot be used
 */
export function chosenLevels(trained: Trained, steps: number, plain = false): ChosenLevels {
  const usual = { levels: multistepLevels(steps, trained.run.config.train), found: false };
  const path = pathOf(trained);
  if (steps === 1 || plain || !existsSync(path)) return usual;
  const { step, ema, found } = read(path);
  if (step !== trained.step || ema !== trained.ema)
    return { ...usual, why: `${quoted(path)} is of step ${step}, weights ${ema}: its levels are not used` };
  const own = found.find((one) => one.steps === steps);
  return own ? { levels: own.levels, found: true } : usual;
}

/** The part of a file's name that tells the levels of several steps. */
export const levelsPart = ({ levels, found }: ChosenLevels): string[] =>
  levels.length === 0 ? [] : [`${found ? "searched" : "levels"}${levels.length + 1}`];

function read(path: string): Pick<LevelSearch, "step" | "ema" | "found"> {
  try {
    const search = JSON.parse(readFileSync(path, "utf8")) as LevelSearch;
    if (search.found.every(isUsable)) return search;
  } catch {
    // What cannot be read cannot be used either.
  }
  throw new ImagefnError(
    "invalid-data",
    `${quoted(path)} does not hold the levels of a search. Remove it, or search again.`,
    { path },
  );
}

const isUsable = ({ steps, levels }: FoundSteps): boolean =>
  levels.length === steps - 1 &&
  levels.every((level, i) => level > sigmaMin && level < (i === 0 ? sigmaMax : levels[i - 1]));
