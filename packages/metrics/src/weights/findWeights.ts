// Looks for weight files where users keep them.

import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, delimiter, isAbsolute, join } from "node:path";
import { ImagefnError, quoted } from "@imagefn/base";
import { sha256File } from "./sha256File.js";
import { type WeightFile, type WeightName, type WeightNeed, weightFiles } from "./weightFiles.js";

/** Where to look for weights. */
export interface FindWeightsOptions {
  /** Folders, or the files themselves, that are looked at first. */
  readonly folders?: readonly string[];
  /** Environment. IMAGEFN_WEIGHTS may list folders, separated as in PATH; IMAGEFN_CACHE moves the cache folder. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Where weights were looked for, and the file where there is one. */
export interface FoundWeights {
  /** The key in `weightFiles`. */
  readonly name: WeightName;
  /** The entry there: which files would do, and where they are published. */
  readonly need: WeightNeed;
  /** The file, or undefined where there is none. */
  readonly path?: string;
  /** Which of the published files it is, by its name. */
  readonly file?: WeightFile;
  /** Every place that was looked at, in order. */
  readonly looked: readonly string[];
}

/** The folder of weights in the user's cache folder: `weights` under IMAGEFN_CACHE, or under imagefn's own. */
export function weightsCacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): string {
  return join(cacheFolder(env, platform), "weights");
}

function cacheFolder(env: Readonly<Record<string, string | undefined>>, platform: string): string {
  if (env.IMAGEFN_CACHE) return env.IMAGEFN_CACHE;
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "imagefn");
  if (platform === "win32")
    return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "imagefn", "Cache");
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), ".cache"), "imagefn");
}

/**
 * Looks for the weights of a network under their official names: in `folders`, then in those of IMAGEFN_WEIGHTS,
 * then in the cache folder. Nothing is downloaded, and no file is opened.
 */
export async function findWeights(
  name: WeightName,
  { folders = [], env = process.env }: FindWeightsOptions = {},
): Promise<FoundWeights> {
  const need: WeightNeed = weightFiles[name];
  const listed = (env.IMAGEFN_WEIGHTS ?? "").split(delimiter).filter((folder) => folder !== "");
  const looked = [...new Set([...folders, ...listed, weightsCacheFolder(env)])];
  for (const place of looked)
    for (const file of need.files)
      for (const fileName of file.names) {
        // A place may be the file itself.
        for (const path of basename(place) === basename(fileName) ? [place] : [join(place, fileName)])
          if (await isFile(path)) return { name, need, path, file, looked };
      }
  return { name, need, looked };
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isFile(),
    () => false,
  );

/** A sentence on missing weights: what is needed, where it was looked for, how to get it. */
export function missingWeights({ need, looked }: FoundWeights): string {
  const names = need.files.map(({ names: [official] }) => official);
  return (
    `unavailable: weights missing: ${need.what} (${names.join(" or ")}); looked in ${looked.map(quoted).join(", ")}. ` +
    `${need.how} Put it in one of these folders, or list its folder in IMAGEFN_WEIGHTS.`
  );
}

/** Whether a weight file is the published one. */
export interface WeightsChecksum {
  /** SHA-256 of the file that was found. */
  readonly sha256: string;
  /** Whether it is the published one: "unknown" where no checksum is published. */
  readonly published: "same" | "different" | "unknown";
}

/**
 * Compares a file with its published checksum, as far as one is known.
 * @throws where no file was found
 */
export async function weightsChecksum(found: FoundWeights): Promise<WeightsChecksum> {
  if (found.path === undefined)
    throw new ImagefnError("missing-weights", `metrics: ${missingWeights(found)}`);
  const sha256 = await sha256File(found.path);
  const expected = found.file?.sha256 ?? null;
  if (expected === null) return { sha256, published: "unknown" };
  return { sha256, published: sha256.startsWith(expected) ? "same" : "different" };
}
