// `imagefn reproduce`: reruns the paper's experiments, with tables, figures and verdicts.
import { join } from "node:path";
import { ImagefnError } from "@imagefn/base";
import type { Outcome } from "@imagefn/experiments";
import { fieldValues } from "@imagefn/runs";
import { UsageError, UserError } from "../errors.js";
import { optionalPackage } from "../optionalPackage.js";
import type { ReproduceOptions } from "../options/reproduce.js";
import { settings } from "../setField.js";
import { stoppable } from "../stoppable.js";

type Experiments = typeof import("@imagefn/experiments");

export async function run(options: ReproduceOptions): Promise<void> {
  const load = () => import("@imagefn/experiments");
  const library = await optionalPackage("reproduce", "@imagefn/experiments", load);
  const { name, set, ...request } = options;
  if (name === undefined) {
    process.stdout.write(listed(library));
    return;
  }
  const layers = set.length > 0 ? [{ source: "--set", values: fieldValues(settings(set)) }] : [];
  const madeBy = commandOf(library, options);
  const onOutcome = (outcome: Outcome) => {
    process.stdout.write(outcomeText(library, options.out, outcome));
  };
  const { reports } = await stoppable((listener) =>
    library.reproduce(name, { ...request, layers, madeBy, ...listener, onOutcome }),
  ).catch((error) => {
    throw withHint(error, name);
  });
  for (const path of reports) process.stdout.write(`${path}\n`);
}

/** The command with the options that the numbers depend on. */
function commandOf({ scaleDefaults }: Experiments, options: ReproduceOptions): string {
  const { scale, steps, set, seed } = options;
  const usual = scaleDefaults[scale];
  const minutes = steps === undefined ? (options.minutes ?? usual.minutes) : undefined;
  return [
    `imagefn reproduce all --scale ${scale} --count ${options.count ?? usual.count}`,
    ...(minutes === undefined ? [] : [`--minutes ${minutes}`]),
    ...(steps === undefined ? [] : [`--steps ${steps}`]),
    ...set.map((field) => `--set ${field}`),
    ...(seed === undefined ? [] : [`--seed ${seed}`]),
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
    ].join("\n"),
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
