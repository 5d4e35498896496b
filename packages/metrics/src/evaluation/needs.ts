// What a metric needs that someone has to download or install, and whether it is there.
import { basename } from "node:path";
import { type FoundWeights, findWeights, missingWeights, weightsChecksum } from "../weights/findWeights.js";
import type { WeightName } from "../weights/weightFiles.js";
import type { Unavailable } from "./finding.js";

/** Weight files of `weightFiles`: any one of the sets, the best first. */
export interface WeightNeeds {
  /** Sets of keys of `weightFiles`. */
  readonly weights: readonly (readonly WeightName[])[];
}

/** Weight files, a package of npm, or an option that names a file. */
export type Needs = WeightNeeds | { readonly package: string } | { readonly option: "network" };

/** A weight file that is there. */
export type WeightsThere = FoundWeights & { readonly path: string };

/**
 * The files of the first set that is complete, with its place among the sets.
 * @param folders where to look first
 * @returns the reason where no set is complete: what the first one lacks
 */
export async function findSet(
  { weights: sets }: WeightNeeds,
  folders: readonly string[],
): Promise<{ readonly set: number; readonly files: readonly WeightsThere[] } | Unavailable> {
  let reason: Unavailable | undefined;
  for (const [set, names] of sets.entries()) {
    const files = await Promise.all(names.map((name) => findWeights(name, { folders })));
    const missing = files.find(({ path }) => path === undefined);
    if (!missing) return { set, files: files as WeightsThere[] };
    reason ??= { code: "missing-weights", weights: missing.name, reason: missingWeights(missing) };
  }
  return reason!;
}

/** What a report says of a weight file. */
export const aboutWeights = async (file: WeightsThere): Promise<Readonly<Record<string, unknown>>> => ({
  file: basename(file.path),
  ...(await weightsChecksum(file)),
});
