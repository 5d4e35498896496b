// `imagefn reproduce`: reruns the paper's experiments, with tables, figures and verdicts.
import { join } from "node:path";
import { ImagefnError, quoted } from "@imagefn/base";
import type { Outcome } from "@imagefn/experiments";
import { fieldValues } from "@imagefn/runs";
import { UsageError, UserError } from "../errors.js";
import { optionalPackage } from "../optionalPackage.js";
import type { ReproduceOptions } from "../options/reproduce.js";
import type { Print } from "../output.js";
import { settings } from "../setField.js";
import { stoppable } from "../stoppable.js";

type Experiments = typeof import("@imagefn/experiments");

export async function run(options: ReproduceOptions, print: Print): Promise<object> {
  const load = () => import("@imagefn/experiments");
  const library = await optionalPackage("reproduce", "@imagefn/experiments", load);
  const { name, set, ...request } = options;
  if (name === undefined) {
    print(listed(library));
    return { experiments: library.experiments.map(({ name, title, paper }) => ({ name, title, paper })) };
  }
  const layers = set.length > 0 ? [{ source: "--set", values: fieldValues(settings(set)) }] : [];
  const madeBy = commandOf(library, options);
  const onOutcome = (outcome: Outcome) => {
    print(outcomeText(library, options.out, outcome));
  };
  const { outcomes, reports } = await stoppable((listener) =>
    library.reproduce(name, { ...request, layers, madeBy, ...listener, onOutcome }),
  ).catch((error) => {
    throw withHint(error, name);
  });
  for (const path of reports) print(`${quoted(path)}\n`);
  return { scale: options.scale, out: options.out, reports, experiments: outcomes.map(documentOf) };
}

/** An outcome as its table.json has it, with the paths of its figures; a score without a value has the reason. */
function documentOf({ experiment: { name, title, paper }, results, ...found }: Outcome): object {
  const scored = Object.entries(results).map(([label, { scores = {}, ...measured }]) => {
    const all = Object.entries(scores).map(([score, one]) => [
      score,
      "missing" in one ? { value: null, because: one.missing } : one,
    ]);
    return [label, { ...measured, scores: Object.fromEntries(all) }];
  });
  return { name, title, paper, ...found, results: Object.fromEntries(scored) };
}

/** The command with the options that the numbers depend on. */
function commandOf({ scaleDefaults }: Experiments, options: ReproduceOptions): string {
  const { scale, steps, set, seed, seeds, engine, threads } = options;
  const usual = scaleDefaults[scale];
  const minutes = steps === undefined ? (options.minutes ?? usual.minutes) : undefined;
  return [
    `imagefn reproduce all --scale ${scale} --count ${options.count ?? usual.count}`,
    ...(minutes === undefined ? [] : [`--minutes ${minutes}`]),
    ...(steps === undefined ? [] : [`--steps ${steps}`]),
    ...set.map((field) => `--set ${field}`),
    ...(seed === undefined ? [] : [`--seed ${seed}`]),
    ...(seeds === undefined ? [] : [`--seeds ${seeds}`]),
    ...(engine === undefined ? [] : [`--engine ${engine}`]),
    ...(threads === undefined ? [] : [`--threads ${threads}`]),
  ].join(" ");
}

/** An experiment's tables, claims and files. */
function outcomeText(
  { tableMarkdown, verdictText }: Experiments,
  out: string,
  { experiment, tables, claims, figures }: Outcome,
): string {
  const text = [
    `# ${experiment.title} (${experiment.paper})`,
    ...tables.filter(({ rows }) => rows.length > 0).map(tableMarkdown),
    claims.map(({ text, verdict, numbers }) => `- ${verdictText[verdict]}: ${text} [${numbers}]`).join("\n"),
    [
      ...["table.md", "table.json"].map((name) => join(out, experiment.name, name)),
      ...figures.flatMap(({ png }) => [png, png.replace(/\.png$/, ".svg")]),
    ]
      .map(quoted)
      .join("\n"),
  ];
  return `${text.join("\n\n")}\n\n`;
}

/** The experiments with the tables and figures that they reproduce. */
function listed({ experiments }: Experiments): string {
  const width = Math.max(...experiments.map(({ name }) => name.length));
  const lines = experiments.map(({ name, title, paper }) => `${name.padEnd(width)}  ${title} (${paper})`);
  const how = "Run `imagefn reproduce NAME` for one of them, or `imagefn reproduce all` for all.";
  return `${[...lines, "", how].join("\n")}\n`;
}

/** An error of the library in terms of this command line. */
function withHint(error: unknown, name: string): unknown {
  if (!(error instanceof ImagefnError)) return error;
  if (error.code === "invalid-option" && error.details.option === "name")
    return new UsageError(error.message.replace(/^name: /, ""));
  if (error.code !== "missing-data-path" || error.details.option !== "data") return error;
  return new UserError(
    `--scale paper needs data for ${name === "all" ? "the experiments" : name}: ` +
      "give its folder, such as --data celeba=DIR for the aligned images and their split file. " +
      "Run `imagefn reproduce --help` for the other names; --scale tiny needs none.",
  );
}
