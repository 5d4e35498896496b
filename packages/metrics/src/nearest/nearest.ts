// Is it a copy? The training picture that is most like each sample, beside what held-out pictures have.
import { ImagefnError, type Machine, machineOf } from "@imagefn/base";
import { chosenEngine } from "../evaluation/chosenEngine.js";
import { extract } from "../evaluation/extract.js";
import type { Finding } from "../evaluation/finding.js";
import { picturesOf } from "../evaluation/metrics/each.js";
import {
  inception,
  nsfwjs,
  onnxFile,
  type ReadyNetwork,
  randomConvolutions,
} from "../evaluation/networks.js";
import { openImages } from "../evaluation/openImages.js";
import { checkOptions, type EvaluateOptions, givenNetwork } from "../evaluation/options.js";
import { pickImages } from "../evaluation/shardImages.js";
import { abortable, type ImageSource } from "../evaluation/source.js";
import type { Picture } from "../picture.js";
import { mirrorBatch, type Nearest, searchNearest } from "./search.js";

/** Which samples, among which pictures they are looked for, and by which network. */
export interface NearestOptions
  extends Omit<EvaluateOptions, "reference" | "metrics" | "unmatched" | "count" | "seed"> {
  /** The pictures that were trained on: a folder, a .npz file of images, or a source. */
  readonly training: string | ImageSource;
  /** Real pictures that were not trained on: how much like a training picture they are is what samples are compared with. */
  readonly heldOut?: string | ImageSource;
  /** Whether training pictures are looked at mirrored too, as training with flips saw them. Default false. */
  readonly mirrored?: boolean;
  /** How many of the samples; all where there are fewer. Default 1,000. */
  readonly count?: number;
  /** How many pairs are returned with their pictures, those most alike. Default 48. */
  readonly pairs?: number;
}

/** A sample and the training picture most like it. */
export interface NearestPair {
  /** The number of the sample, from 0. */
  readonly sample: number;
  /** The number of the training picture, from 0. */
  readonly training: number;
  /** Whether the training picture is near when it is mirrored; `pictures` holds it so. */
  readonly mirrored: boolean;
  /** The cosine of their features. */
  readonly likeness: number;
  /** The root of the mean squared difference of their bytes, where they have one size. */
  readonly difference?: number;
  /** The sample and the training picture, bytes [3, height, width]. */
  readonly pictures: readonly [Picture, Picture];
}

/** How much like their nearest training pictures some pictures are. */
export interface Likeness {
  /** One for each picture, from -1 to 1, in the order of the pictures. */
  readonly values: Float64Array;
  /** The least, the 5th, 50th and 95th percentile, and the greatest. */
  readonly quantiles: readonly [number, number, number, number, number];
}

/** What was found. */
export interface NearestPictures {
  /** The network whose features were compared. */
  readonly network: string;
  /** Of the samples. */
  readonly samples: Likeness;
  /** Of the held-out pictures, if there are any. */
  readonly heldOut?: Likeness;
  /** Training pictures that were looked at. */
  readonly training: number;
  /** Whether they were looked at mirrored too. */
  readonly mirrored: boolean;
  /** What the numbers say, in a sentence or two. */
  readonly verdict: string;
  /** The pairs most alike, in falling order. */
  readonly pairs: readonly NearestPair[];
  /** What a report says of the samples and the training pictures, and by what they were compared. */
  readonly about: Machine & {
    /** Where the samples come from, and `n`, how many. */
    readonly samples: Readonly<Record<string, unknown>>;
    /** The same of the training pictures. */
    readonly training: Readonly<Record<string, unknown>>;
  };
  /** The mean likeness of samples and of held-out pictures, as an evaluation reports numbers. */
  readonly findings: readonly Finding[];
}

/**
 * Finds for each sample the training picture that is most like it: the greatest cosine of the features of a network, which is that of
 * `network` if it was given, else Inception-2015, nsfwjs's Inception or random convolutions, the first that is there. A generator
 * that copies has samples that are more like a training picture than held-out pictures are.
 *
 * ```ts
 * const found = await nearestPictures({ samples: "generated", training: "photos" });
 * await writeFile("pairs.html", await nearestPage(found));
 * ```
 *
 * Each training picture goes through the network once, or twice with `mirrored`; memory does not grow with their number.
 *
 * @throws ImagefnError `invalid-option` for an option that cannot be used, `invalid-data` for images
 */
export async function nearestPictures(options: NearestOptions): Promise<NearestPictures> {
  checkOptions(options);
  const { mirrored = false, pairs = 48, threads = 0, signal } = options;
  const samples = abortable(await openImages("samples", options.samples), signal);
  const training = abortable(await openImages("training", options.training), signal);
  const heldOut = options.heldOut && abortable(await openImages("heldOut", options.heldOut), signal);
  const count = Math.min(options.count ?? 1000, samples.count);
  const of = Math.min(options.referenceCount ?? Number.POSITIVE_INFINITY, training.count);
  if (!Number.isFinite(of))
    throw new ImagefnError("invalid-option", "training: it has no end (expected a set of pictures)", {
      option: "training",
    });
  const ready = await firstNetwork(options);
  const { network } = ready;
  const { engine, why } = await chosenEngine(options.engine, threads);
  options.onMessage?.(
    `${count} ${samples.name}, looked for in ${training.name}${mirrored ? ", mirrored too" : ""}, by ${network.name}; ` +
      `engine ${engine.name}${why ? ` (${why})` : ""}`,
  );
  const step = (phase: string, total: number) => (step: number) =>
    options.onProgress?.({ phase: `${network.name}, ${phase}`, step, total, unit: "images" });
  const featuresOf = async (source: ImageSource, n: number, phase: string) =>
    (await extract(engine, network, source, n, { statistics: [], kept: ["pool"] }, step(phase, n))).kept
      .pool!;
  const queries = [await featuresOf(samples, count, "samples")];
  if (heldOut) queries.push(await featuresOf(heldOut, heldOut.count, "held-out"));
  const [found, others] = await searchNearest({
    engine,
    network,
    queries,
    set: training,
    count: of,
    mirrored,
    onProgress: step("training", of),
  });
  const parts: Pick<NearestPictures, "samples" | "heldOut"> = {
    samples: likeness(found),
    ...(others ? { heldOut: likeness(others) } : {}),
  };
  const settings = {
    network: network.name,
    resize: network.resize,
    weights: ready.weights,
    mirrored,
  };
  return {
    about: {
      samples: { ...samples.about, n: count },
      training: { ...training.about, n: of },
      ...machineOf(engine.name, threads),
    },
    network: network.name,
    ...parts,
    training: of,
    mirrored,
    verdict: verdict(parts.samples, parts.heldOut),
    pairs: await pairsOf(found, samples, training, pairs),
    findings: Object.entries(parts).map(([set, { values, quantiles }]) => {
      const which = set === "samples" ? "" : " of held-out pictures";
      return {
        ...summary(`nearest-picture likeness${which} (${network.name})`, values),
        reference: of,
        settings: { ...settings, quantiles },
      };
    }),
  };
}

/** The network that was given, or the first that can run. */
async function firstNetwork(options: NearestOptions): Promise<ReadyNetwork> {
  const { weights: folders = [], resize = "legacy_tensorflow" } = options;
  const network = await givenNetwork(options);
  for (const source of network ? [onnxFile] : [inception, nsfwjs, randomConvolutions]) {
    const ready = await source.load({ folders, resize, network });
    if (!("reason" in ready)) return ready;
  }
  throw new Error("metrics: there is no network");
}

function likeness({ likeness: values }: Nearest): Likeness {
  const sorted = values.slice().sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return { values, quantiles: [at(0), at(0.05), at(0.5), at(0.95), at(1)] };
}

function summary(
  metric: string,
  values: Float64Array,
): { metric: string; value: number; std: number; n: number } {
  const n = values.length;
  const value = values.reduce((sum, v) => sum + v, 0) / n;
  return { metric, value, std: Math.sqrt(values.reduce((sum, v) => sum + (v - value) ** 2, 0) / n), n };
}

/** The pairs most alike, with their pictures. */
async function pairsOf(
  { likeness, number, mirrored }: Nearest,
  samples: ImageSource,
  training: ImageSource,
  most: number,
): Promise<NearestPair[]> {
  const order = Array.from(likeness.keys())
    .sort((i, j) => likeness[j] - likeness[i] || i - j)
    .slice(0, most);
  const own = await pictures(samples, order);
  const theirs = await pictures(training, Array.from(new Set(order.map((i) => number[i]))));
  return order.map((i) => {
    const picture = theirs.get(number[i])!;
    const near = mirrored[i] ? mirror(picture) : picture;
    const pair = [own.get(i)!, near] as const;
    const difference = rootMeanSquare(...pair);
    return {
      sample: i,
      training: number[i],
      mirrored: mirrored[i] === 1,
      likeness: likeness[i],
      ...(difference === undefined ? {} : { difference }),
      pictures: pair,
    };
  });
}

/** Pictures by their numbers. */
async function pictures(source: ImageSource, numbers: readonly number[]): Promise<Map<number, Picture>> {
  const ascending = [...numbers].sort((a, b) => a - b);
  const found = new Map<number, Picture>();
  if (ascending.length === 0) return found;
  for await (const { shape, data } of pickImages(source, ascending))
    for (const picture of picturesOf({ shape, data: data.slice() }))
      found.set(ascending[found.size], picture);
  return found;
}

function mirror({ width, height, data }: Picture): Picture {
  const flipped = mirrorBatch({ shape: [1, 3, height, width], data: Uint8Array.from(data) });
  return { width, height, data: flipped.data };
}

function rootMeanSquare(a: Picture, b: Picture): number | undefined {
  if (a.width !== b.width || a.height !== b.height) return undefined;
  let squares = 0;
  for (let i = 0; i < a.data.length; i++) squares += (a.data[i] - b.data[i]) ** 2;
  return Math.sqrt(squares / a.data.length);
}

/** What the numbers say, in a sentence. */
function verdict(samples: Likeness, heldOut: Likeness | undefined): string {
  if (!heldOut)
    return "There are no held-out pictures: how much like a training picture a new one would be is not known.";
  const limit = heldOut.quantiles[3];
  const above = samples.values.reduce((n, value) => n + Number(value > limit), 0);
  const share = ((100 * above) / samples.values.length).toFixed(1);
  return (
    `${above} of ${samples.values.length} samples (${share} %) are more like a training picture than 95 % of the held-out pictures are. ` +
    "About 5 % are to be expected of new pictures; far more are a sign of copies."
  );
}
