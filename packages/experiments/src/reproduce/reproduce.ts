// The paper's experiments: trained, measured, drawn and judged.
import { didYouMean, ImagefnError, makeFolder, quoted } from "@imagefn/base";
import type { Layer } from "@imagefn/runs";
import { type Config, engineOf } from "@imagefn/runs";
import type { Listener } from "../listener.js";
import { carryOut } from "./carryOut.js";
import { isRunnable } from "./contender.js";
import type { Experiment } from "./experiment.js";
import { experiments } from "./experiments/index.js";
import { fitLengths } from "./fit.js";
import { openLab } from "./lab.js";
import { type DataFolder, dataFolders, type Scale } from "./names.js";
import type { Outcome } from "./outcome.js";
import { type Planned, plan } from "./plan.js";
import { type Fit, recipesOf } from "./recipes.js";
import { writeReproduction } from "./report.js";
import { tinyLength } from "./tinyRecipe.js";

/** How experiments are carried out. */
export interface ReproduceOptions extends Listener {
  /** `tiny` (default): avatars and small networks, minutes. `paper`: the paper's data, networks and lengths. */
  readonly scale?: Scale;
  /** The folder of the results and the runs. Default `reproduce/SCALE`. */
  readonly out?: string;
  /** Folders of the data of the scale `paper`: `cifar10`, `celeba`, `church`, `classroom`. */
  readonly data?: Readonly<Partial<Record<DataFolder, string>>>;
  /** Images of one evaluation. Default 192, and 50,000 at the scale `paper`. */
  readonly count?: number;
  /** Seconds for which each sampling speed is measured. Default 1.5, and 5 at the scale `paper`. */
  readonly seconds?: number;
  /** Minutes that all experiments of the scale `tiny` take together; the steps follow from it. Default 75. */
  readonly minutes?: number;
  /** Steps of every run, in place of `minutes`. */
  readonly steps?: number;
  /** Configuration values that are laid over every run. */
  readonly layers?: readonly Layer[];
  /** Folders in which weight files are looked for first. */
  readonly weights?: readonly string[];
  /** Seed of weights, data order and noise. */
  readonly seed?: number;
  /** Runs of each kind, at seeds one apart, where a claim depends on the seed. Default 3, and 1 at the scale `paper`. */
  readonly seeds?: number;
  /** What runs the networks. Default `auto`. */
  readonly engine?: Config["engine"]["name"];
  /** CPU threads. Default 0: all. */
  readonly threads?: number;
  /** Called with each experiment as soon as its files are written. */
  readonly onOutcome?: (outcome: Outcome) => Promise<void> | void;
  /** The command or call that the report names as its origin. Default: this call. */
  readonly madeBy?: string;
}

/** The results of some experiments. */
export interface Reproduction {
  readonly outcomes: readonly Outcome[];
  /** `report.html` and `report.md` if all experiments were carried out, and nothing otherwise. */
  readonly reports: readonly string[];
}

/** What an option is at each scale if it is left out; `minutes` applies to the scale `tiny` without `steps`. */
export const scaleDefaults: Readonly<
  Record<Scale, { count: number; seconds: number; seeds: number; minutes?: number }>
> = {
  tiny: { count: 192, seconds: 1.5, seeds: 3, minutes: 75 },
  paper: { count: 50_000, seconds: 5, seeds: 1 },
};

/**
 * Carries out an experiment of the paper, or all of them: trains its runs, measures them, and writes its tables, figures
 * and verdicts to a folder of `out` named by the experiment; a report of all of them beside it. Every run is trained
 * once, in a process of its own, and shared between experiments; the same call with the same `out` resumes.
 *
 * Throws `ImagefnError`: `invalid-option` for an unknown name and for options that exclude each other, `missing-data-path` where
 * no run has its data (`details.data` names the folders), those of `resolveConfig`, and a run's own where all runs of an
 * experiment fail.
 *
 * @param name one of `experiments`, or `all`
 */
export async function reproduce(name: string, options: ReproduceOptions = {}): Promise<Reproduction> {
  const began = performance.now();
  const settings = settingsOf(options);
  const { scale, out, count, seconds, minutes, weights, listener } = settings;
  const chosen = name === "all" ? experiments : [named(name)];
  const place = { out, count, seconds };
  const fit = minutes === undefined ? undefined : await fitLengths(minutes, place, settings, listener);
  const planned = await plan(place, recipesOf({ ...settings, fit }), chosen);
  if (!planned.some(({ contenders }) => contenders.some(({ config }) => isRunnable(config))))
    throw needsData(chosen);
  const { engine, why } = await engineOf({
    engine: { name: options.engine ?? "auto", threads: settings.threads },
  });
  listener.onMessage?.(`${described(chosen, planned, scale)}; engine ${engine.name} (${why})`);
  if (fit) listener.onMessage?.(`all experiments in about ${minutes} minutes: ${fitText(fit)}`);
  makeFolder(out);
  const { threads } = settings;
  const lab = openLab({ scale, out, engine, threads, weights, count, seconds, listener });
  const outcomes = await carryOut(lab, planned, options.onOutcome);
  if (name !== "all") return { outcomes, reports: [] };
  const madeBy = options.madeBy ?? callText(settings);
  const reports = await writeReproduction(lab, outcomes, {
    madeBy,
    minutes: (performance.now() - began) / 60_000,
  });
  return { outcomes, reports };
}

/** The options with their defaults. */
function settingsOf(options: ReproduceOptions) {
  const { scale = "tiny", steps, data = {}, weights = [], threads = 0 } = options;
  if (scale === "tiny" && Object.keys(data).length > 0)
    throw new ImagefnError(
      "invalid-option",
      "data: the scale tiny draws its images (expected data with the scale paper only)",
      { option: "data" },
    );
  if (options.minutes !== undefined && (scale !== "tiny" || steps !== undefined))
    throw new ImagefnError(
      "invalid-option",
      "minutes: fits the steps of the scale tiny (expected neither the scale paper nor steps with it)",
      { option: "minutes" },
    );
  const usual = scaleDefaults[scale];
  const { onProgress, onMessage, signal, seed, engine, layers } = options;
  return {
    scale,
    out: options.out ?? `reproduce/${scale}`,
    data,
    count: options.count ?? usual.count,
    seconds: options.seconds ?? usual.seconds,
    minutes: steps === undefined ? (options.minutes ?? usual.minutes) : undefined,
    steps,
    layers,
    weights,
    seed,
    seeds: options.seeds ?? usual.seeds,
    engine,
    threads,
    listener: { onProgress, onMessage, signal },
  };
}

type Settings = ReturnType<typeof settingsOf>;

function named(name: string): Experiment {
  const names = experiments.map((one) => one.name);
  const found = experiments.find((one) => one.name === name);
  if (found) return found;
  throw new ImagefnError(
    "invalid-option",
    `name: there is no experiment ${quoted(name)}${didYouMean(name, [...names, "all"])}. Expected one of ${names.join(", ")}, or all.`,
    { option: "name" },
  );
}

const described = (chosen: readonly Experiment[], planned: readonly Planned[], scale: Scale): string => {
  const runs = planned.flatMap(({ train }) => train);
  const finished = runs.filter((run) => run.finished).length;
  return (
    `${chosen.length === 1 ? chosen[0].name : `${chosen.length} experiments`} at the ${scale} scale: ` +
    `${runs.length} run${runs.length === 1 ? "" : "s"}, ${finished} of them finished`
  );
};

/** The lengths of runs. */
const fitText = ({ length, pace }: Fit): string =>
  `${Math.round(tinyLength.train * length)} steps for most runs, at ${Number((1 / pace).toPrecision(2))} times the speed of the plan`;

/** This call as far as it decides the numbers. */
const callText = ({ scale, count, minutes, steps, layers, seed, seeds }: Settings): string =>
  `reproduce("all", ${JSON.stringify({ scale, count, minutes, steps, layers, seed, seeds })})`;

const needsData = (chosen: readonly Experiment[]): ImagefnError => {
  const what = chosen.length === 1 ? chosen[0].name : "the experiments";
  return new ImagefnError(
    "missing-data-path",
    `data: the scale paper needs the data of ${what} (got none of its folders, expected one of ${dataFolders.join(", ")})`,
    { option: "data", data: dataFolders },
  );
};
