// `imagefn reproduce`: the paper's experiments, trained, measured, drawn and judged.
import { join } from "node:path";
import { didYouMean, makeFolder } from "@imagefn/base";
import {
  carryOut,
  type Experiment,
  experiments,
  type Fit,
  fitLengths,
  isRunnable,
  type Outcome,
  openLab,
  plan,
  recipesOf,
  tableMarkdown,
  tinyLength,
  verdictText,
  writeReproduction,
} from "@imagefn/experiments";
import { engineOf } from "@imagefn/runs";
import { UsageError, UserError } from "../errors.js";
import type { ReproduceOptions } from "../options/reproduce.js";
import { settings } from "../options/setField.js";
import { createProgress } from "../progress.js";

export async function run(options: ReproduceOptions): Promise<void> {
  const { name, scale, out, count, seconds, minutes, weights } = options;
  if (name === undefined) {
    process.stdout.write(listed());
    return;
  }
  const chosen = name === "all" ? experiments : [named(name)];
  const asked = { ...options, set: settings(options.set) };
  const began = performance.now();
  const progress = createProgress();
  const fit = minutes === undefined ? undefined : await fitLengths(minutes, { out, count, seconds }, asked);
  const recipes = recipesOf({ ...asked, fit });
  const planned = await plan({ out, count, seconds }, recipes, chosen);
  if (!planned.some(({ contenders }) => contenders.some(({ config }) => isRunnable(config))))
    throw new UserError(needsData(chosen));
  const { engine, why } = await engineOf({
    engine: { name: options.engine ?? "auto", threads: options.threads ?? 0 },
  });
  const runs = planned.flatMap(({ train }) => train);
  progress.message(
    `${chosen.length === 1 ? chosen[0].name : `${chosen.length} experiments`} at the ${scale} scale: ${runs.length} run${runs.length === 1 ? "" : "s"}, ` +
      `${runs.filter(({ finished }) => finished).length} of them finished; engine ${engine.name} (${why})`,
  );
  makeFolder(out);
  if (fit) progress.message(`all experiments in about ${minutes} minutes: ${fitText(fit)}`);
  const lab = openLab({
    scale,
    out,
    engine,
    threads: options.threads ?? 0,
    weights,
    count,
    seconds,
    progress,
  });
  const outcomes = await carryOut(lab, planned, show(out));
  if (name !== "all") return;
  const command = commandOf(options);
  const paths = await writeReproduction(lab, outcomes, {
    command,
    minutes: (performance.now() - began) / 60_000,
  });
  for (const path of paths) process.stdout.write(`${path}\n`);
}

/** What the lengths are. */
const fitText = ({ length, pace }: Fit): string =>
  `${Math.round(tinyLength.train * length)} steps for most runs, at ${Number((1 / pace).toPrecision(2))} times the speed of the plan`;

/** The command as far as it decides the numbers. */
const commandOf = ({ scale, minutes, steps, set, seed, count }: ReproduceOptions): string =>
  [
    `imagefn reproduce all --scale ${scale} --count ${count}`,
    ...(minutes === undefined ? [] : [`--minutes ${minutes}`]),
    ...(steps === undefined ? [] : [`--steps ${steps}`]),
    ...set.map((field) => `--set ${field}`),
    ...(seed === undefined ? [] : [`--seed ${seed}`]),
  ].join(" ");

/** Prints an experiment's tables, claims and files. */
const show =
  (out: string) =>
  ({ experiment, tables, claims, figures }: Outcome): void => {
    const text = [
      `# ${experiment.title} (${experiment.paper})`,
      ...tables.filter(({ rows }) => rows.length > 0).map(tableMarkdown),
      claims
        .map(({ text, verdict, numbers }) => `- ${verdictText[verdict]}: ${text} [${numbers}]`)
        .join("\n"),
      [
        ...["table.md", "table.json"].map((name) => join(out, experiment.name, name)),
        ...figures.flatMap(({ png }) => [png, png.replace(/\.png$/, ".svg")]),
      ].join("\n"),
    ];
    process.stdout.write(`${text.join("\n\n")}\n\n`);
  };

function named(name: string): Experiment {
  const names = experiments.map((one) => one.name);
  const found = experiments.find((one) => one.name === name);
  if (found) return found;
  throw new UsageError(
    `there is no experiment ${name}${didYouMean(name, [...names, "all"])}. Expected one of ${names.join(", ")}, or all.`,
  );
}

/** The experiments with the tables and figures that they stand for. */
function listed(): string {
  const width = Math.max(...experiments.map(({ name }) => name.length));
  const lines = experiments.map(({ name, title, paper }) => `${name.padEnd(width)}  ${title} (${paper})`);
  return [
    ...lines,
    "",
    "`imagefn reproduce NAME` carries one out, `imagefn reproduce all` all of them.",
    "",
  ].join("\n");
}

const needsData = (chosen: readonly Experiment[]): string =>
  `--scale paper needs data for ${chosen.length === 1 ? chosen[0].name : "the experiments"}: ` +
  "say where they are, such as --data celeba=DIR for the aligned images and their split file. " +
  "`imagefn reproduce --help` names the others; --scale tiny needs none.";
