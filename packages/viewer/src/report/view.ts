// What a report shows, computed from a run folder's contents: no markup, and no disk access except for the pictures' bytes.
import { finalSizes, type Progress } from "@imagefn/runs";
import type { Contents, Picture } from "./contents.js";
import { type Curve, curvesOf } from "./curves.js";
import { type Fact, factsOf, statusOf } from "./facts.js";
import { type Metrics, metricsOf } from "./metrics.js";
import { count } from "./numbers.js";
import { pointsOf } from "./points.js";
import { type Setting, settingsOf } from "./settings.js";
import { chosenFrames, inFile, type Shown, type Source, shown } from "./show.js";

export interface View {
  /** Name of the run folder. */
  readonly name: string;
  readonly status: string;
  readonly facts: readonly Fact[];
  readonly curves: readonly Curve[];
  /** Steps of pre-training: where the charts change from one phase to the other. */
  readonly pretrainSteps: number;
  /** Grids along training, oldest first, the final one last. */
  readonly frames: readonly Shown[];
  /** Number of grids along training in all; the page may contain fewer. */
  readonly frameCount: number;
  /** The real images. */
  readonly data?: Shown;
  /** The grids at the end of the run. */
  readonly finals: readonly Shown[];
  /** Other pictures in samples/: they are linked. */
  readonly others: readonly Shown[];
  /** Undefined if there are none, null if the file cannot be read. */
  readonly metrics?: Metrics | null;
  readonly settings: readonly Setting[];
  readonly environment: readonly Fact[];
}

export interface ViewOptions {
  /** How the page refers to its pictures. By default it contains them. */
  readonly source?: Source;
  /** What a run in progress last reported. */
  readonly progress?: Progress;
}

/** The view of a run folder's contents. */
export function viewOf(contents: Contents, { source = inFile, progress }: ViewOptions = {}): View {
  const { name, config, pictures, log } = contents;
  const run = pointsOf(log);
  const previews = matching(pictures, /^preview-(\d{8,})\.png$/);
  const finals = matching(pictures, /^(\d+x\d+)\.png$/);
  const data = pictures.find((picture) => picture.name === "data.png");
  const special = new Set([...previews, ...finals].map(([, { name }]) => name).concat("data.png"));
  const frames = source === inFile ? chosenFrames(previews.map(([, picture]) => picture)) : undefined;
  const kept = previews.filter(([, picture]) => frames?.includes(picture) ?? true);
  const order = finalSizes(config).map(([width, height]) => `${width}x${height}`);
  const atSize = finals.find(([size]) => size === `${config.data.size}x${config.data.size}`);
  return {
    name,
    status: statusOf(contents, run, progress),
    facts: factsOf(contents, run),
    curves: curvesOf(run),
    pretrainSteps: run.pretrainSteps,
    frames: [
      ...kept.map(([step, picture]) => shown(picture, `step ${count(Number(step))}`, source)),
      ...(atSize ? [shown(atSize[1], "end", source)] : []),
    ].filter(({ source }) => source !== undefined),
    frameCount: previews.length + (atSize ? 1 : 0),
    data: data && shown(data, "training images", source),
    finals: finals
      .toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b))
      .map(([size, picture]) => shown(picture, size.replace("x", " × "), source)),
    others: pictures
      .filter((picture) => !special.has(picture.name))
      .map((picture) => shown(picture, picture.name, () => undefined)),
    metrics: contents.metrics === undefined ? undefined : (metricsOf(contents.metrics) ?? null),
    settings: settingsOf(config),
    environment: contents.environment,
  };
}

/** Pictures whose name matches, each with the first group of the match. */
const matching = (pictures: readonly Picture[], pattern: RegExp): [string, Picture][] =>
  pictures.flatMap((picture): [string, Picture][] => {
    const match = pattern.exec(picture.name);
    return match ? [[match[1], picture]] : [];
  });
