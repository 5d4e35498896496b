// A run in a few words: its status and its main numbers.
import {
  type Config,
  finalSizes,
  formatDuration,
  generatorTitle,
  isValues,
  type LogEntry,
  type Progress,
} from "@imagefn/runs";
import type { Contents } from "./contents.js";
import { count, decimal, longTime, median, plural, shortTime } from "./numbers.js";
import { latest, type Phase, type Points } from "./points.js";

/** A name and its value. */
export type Fact = readonly [name: string, value: string];

const phaseNames: Record<string, string> = {
  data: "preparing data",
  pretrain: "pre-training",
  train: "training",
  sample: "drawing samples",
};

/** The status of a run; `progress` is what a run in progress last reported. */
export function statusOf({ config, pictures }: Contents, run: Points, progress?: Progress): string {
  if (progress) return current(run, progress);
  const names = new Set(pictures.map(({ name }) => name));
  if (finalSizes(config).every(([width, height]) => names.has(`${width}x${height}.png`))) return "finished";
  const last = run.points.at(-1);
  if (last === undefined) return "not begun";
  const total = last.phase === "train" ? latest(run, "total") : run.pretrainSteps;
  const of = total !== undefined && total > last.step ? ` of ${count(total)}` : "";
  return `not finished: ${phaseNames[last.phase]}, step ${count(last.step)}${of}`;
}

function current(run: Points, { phase, step, total, unit = "steps" }: Progress): string {
  const of = total === null ? "" : ` of ${count(total)}`;
  const where = unit === "steps" ? `step ${count(step)}${of}` : `${count(step)}${of} ${unit}`;
  const ms = phase === "pretrain" || phase === "train" ? stepTime(run, phase, 30) : undefined;
  const left =
    ms === undefined || total === null || step >= total
      ? ""
      : `, about ${formatDuration(((total - step) * ms) / 1000)} left`;
  return `${phaseNames[phase] ?? phase}: ${where}${left}`;
}

/** Median milliseconds of a step, over the newest points of a phase. */
function stepTime({ points }: Points, phase: Phase, newest: number): number | undefined {
  const times = points.flatMap((point) =>
    point.phase === phase && point.values.msPerStep !== undefined ? [point.values.msPerStep] : [],
  );
  return median(times.slice(-newest));
}

/** The main numbers of a run, as far as they are known. */
export function factsOf({ config, log }: Contents, run: Points): Fact[] {
  const losses = run.points.flatMap(({ phase, values }) => (phase === "train" ? (values.loss ?? []) : []));
  const newest = run.points.at(-1);
  const trainSteps = newest?.phase === "train" ? newest.step : 0;
  const seconds = run.points.findLast(({ values }) => values.seconds !== undefined)?.values.seconds;
  const memory = run.points.flatMap(({ values }) => values.peakMemoryMiB ?? []);
  const ms = stepTime(run, "train", Number.POSITIVE_INFINITY);
  const [psnr, larger] = ["heldOutPsnr", "heldOutDetailPsnr"].map((name) => latest(run, name, "pretrain"));
  const distance = latest(run, "denoisingDistance");
  const steps = [
    run.pretrainSteps > 0 ? `${count(run.pretrainSteps)} pre-training` : "",
    trainSteps > 0 ? `${count(trainSteps)} training` : "",
  ].filter(Boolean);
  const facts: [string, string | undefined][] = [
    ["Generator", generatorTitle(config.generator.kind)],
    ["Data", dataText(config)],
    ["Steps", steps.length > 0 ? steps.join(" + ") : undefined],
    ["Time", seconds === undefined ? undefined : longTime(seconds)],
    ["A training step", ms === undefined ? undefined : shortTime(ms)],
    ["Loss, mean of the last entries", losses.length === 0 ? undefined : decimal(mean(losses.slice(-20)))],
    [
      "Reconstruction, held out",
      psnr === undefined
        ? undefined
        : `${psnr.toFixed(2)} dB PSNR${larger === undefined ? "" : `, ${larger.toFixed(2)} dB with all their detail`}`,
    ],
    ["Total denoising distance", distance === undefined ? undefined : decimal(distance)],
    ["Peak memory", memory.length === 0 ? undefined : `${count(Math.max(...memory))} MiB`],
    ["Engine", engineText(config, log)],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function dataText({ data }: Config): string {
  const what = data.kind === "avatars" ? `avatars (${data.styles.join(", ")})` : data.kind;
  return `${what}, ${data.size} × ${data.size}${data.classes ? ", with classes" : ""}`;
}

/** What ran, as the log says; of a run whose log says nothing, what its configuration asks for by name. */
function engineText({ engine: { name, threads } }: Config, log: readonly LogEntry[]): string | undefined {
  const ran = log.flatMap((entry) =>
    isValues(entry) && typeof entry.engine === "string" ? [entry.engine] : [],
  );
  if (ran.length === 0 && name === "auto") return undefined;
  const names = ran.length === 0 ? [name] : [...new Set(ran)];
  return names.join(", ") + (threads === 0 ? "" : `, ${plural(threads, "thread")}`);
}
