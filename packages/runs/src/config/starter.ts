// A short configuration file for a folder of one's own pictures: a preset, and the fields that people change.
import { basename, isAbsolute, relative, resolve } from "node:path";
import { expandHome, ImagefnError, quoted } from "@imagefn/base";
import type { ImageFile } from "@imagefn/datasets";
import { dataKind } from "../data/kinds.js";
import { runFolders } from "../data/runFolders.js";
import { deepMerge, type Values, valueAt } from "./layers.js";
import { fieldValues, resolveConfig, runName } from "./resolve.js";
import { configYaml } from "./write.js";

/** What a configuration file to start from is made of. */
export interface StarterOptions {
  /** The folder that the file will be in: it gives the run its name, and a relative `data` begins there in the file. */
  readonly folder: string;
  /** The preset that the file is based on. By default that of small networks for a folder of pictures. */
  readonly preset?: string;
  /** The folder of the pictures. It is looked at; if left out, the file has a place for it. */
  readonly data?: string;
  /** Lines at the top of the file, without the sign of a comment. */
  readonly header?: readonly string[];
  /** The path of the JSON Schema from `folder`, for editors. */
  readonly schema?: string;
}

/** A configuration file to start from. */
export interface Starter {
  readonly yaml: string;
  /** The side of the training images in pixels. */
  readonly size: number;
  /** How many pictures there are in `data`; undefined without it. */
  readonly images?: number;
  /** What of `data` is left out, one sentence each. */
  readonly warnings: readonly string[];
}

/** Loaded on use: commands that look at no image need no library that decodes them. */
const datasets = () => import("@imagefn/datasets");

/** The fields that the file shows. */
const SHOWN = [
  "seed",
  "data.kind",
  "data.path",
  "data.size",
  "data.classes",
  "data.skipBroken",
  "data.heldOut",
  "data.flip",
  "budget.minutes",
  "sample.count",
  "sample.sizes",
];

const USUAL = "folder64-tiny";
/** With fewer pictures than this, none are kept out of training. */
const MANY = 200;
/** Pictures that are opened to learn their size. */
const OPENED = 8;

/**
 * The text of a configuration file for a folder of pictures, with a comment on every field. Without `preset`, pictures of
 * less than 64 pixels are trained at 32, others at 64; of 200 pictures or more, a twentieth is kept out of training.
 *
 * @throws ImagefnError `unknown-preset`; `invalid-data` if `data` has no pictures; an Error if it cannot be read
 */
export async function starterConfig(options: StarterOptions): Promise<Starter> {
  const { folder, preset = USUAL, data, header = [], schema } = options;
  const base = resolveConfig({ preset }, [], { template: true });
  const { files, warnings } = data === undefined ? { warnings: [] } : await pictures(expandHome(data));
  const small = options.preset === undefined && files !== undefined && (await smallestSide(files)) < 64;
  const kind = dataKind(base.data.kind);
  const values = [
    fieldValues({
      name: runName(basename(resolve(expandHome(folder)))),
      "data.kind": kind.reads.includes("path") ? kind.name : "folder",
      "data.path": data === undefined ? null : pathFrom(folder, data),
    }),
    // The highest frequency of a render is half the training size.
    small ? fieldValues({ "data.size": 32, "generator.func.inr.peSigma": 16 }) : {},
    (files?.length ?? 0) >= MANY ? fieldValues({ "data.heldOut": 0.05 }) : {},
  ].reduce(deepMerge);
  const shown = fieldValues(
    Object.fromEntries(SHOWN.map((path) => [path, valueAt(base as unknown as Values, path.split("."))])),
  );
  const { name, ...fields } = deepMerge(shown, values);
  return {
    yaml: configYaml({ preset, name, ...fields }, header, { schema }),
    size: small ? 32 : base.data.size,
    images: files?.length,
    warnings,
  };
}

async function pictures(path: string) {
  const { scanImages } = await datasets();
  const { note, ...found } = await scanImages(path, runFolders);
  if (found.files.length > 0) return found;
  throw new ImagefnError(
    "invalid-data",
    `there are no pictures in ${quoted(path)}: expected PNG, JPEG or WebP files there or below.${note}`,
    { path },
  );
}

/** The smallest side of some of the pictures. What cannot be opened is left to training, which lists it. */
async function smallestSide(files: readonly ImageFile[]): Promise<number> {
  const every = Math.max(1, Math.floor(files.length / OPENED));
  const some = files.filter((_, i) => i % every === 0).slice(0, OPENED);
  const { readImage } = await datasets();
  const sides = await Promise.all(
    some.map(({ path }) =>
      readImage(path).then(
        ({ width, height }) => Math.min(width, height),
        () => Number.POSITIVE_INFINITY,
      ),
    ),
  );
  return Math.min(...sides);
}

/** A path as a file in `folder` has it: absolute ones stay. */
const pathFrom = (folder: string, path: string): string =>
  isAbsolute(expandHome(path))
    ? expandHome(path)
    : relative(resolve(expandHome(folder)), resolve(path)) || ".";
