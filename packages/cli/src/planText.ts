// What `imagefn train --dry-run` prints: the configuration as YAML, and under it, as comments, what training would do.
import { quoted } from "@imagefn/base";
import { configYaml, formatDuration, type Plan } from "@imagefn/runs";

const whole = (n: number) => n.toLocaleString("en-US");
const mib = (bytes: number) => `${whole(Math.max(1, Math.round(bytes / 2 ** 20)))} MiB`;
/** Three digits, without an exponent. */
const shown = (value: number) => Number(value.toPrecision(3));
const ms = (seconds: number) => (seconds < 0.9995 ? `${shown(seconds * 1000)} ms` : `${shown(seconds)} s`);

/** YAML that `imagefn train` accepts. */
export function planText(plan: Plan): string {
  const facts = [
    ["data", dataText(plan)],
    ...classesText(plan),
    ["generator", generatorText(plan)],
    ["engine", engineText(plan)],
    ["steps", stepsText(plan)],
    ["time", timeText(plan)],
    ["memory", memoryText(plan)],
    ["run folder", quoted(plan.out)],
    ...plan.data.warnings.map((text) => ["warning", text]),
  ];
  const lines = [
    "A dry run: nothing was written. Training with these settings:",
    ...facts.map(([name, text]) => `${name.padEnd(11)}${text}`),
  ];
  return `${configYaml(plan.config)}\n${lines.map((line) => `# ${line}\n`).join("")}`;
}

function dataText({ data }: Plan): string {
  const held = data.heldOut > 0 ? `, ${whole(data.heldOut)} held out` : "";
  return (
    `${data.name}: ${whole(data.train)} images to train on${held}; found, not decoded: training prepares them once ` +
    `(${mib(data.bytes)}) and keeps them in ${quoted(data.cache)}`
  );
}

function classesText({ data: { classes } }: Plan): string[][] {
  if (classes.length === 0) return [];
  const some = classes.slice(0, 20).map(({ name, images }) => `${quoted(name)} ${whole(images)}`);
  const more = classes.length > some.length ? `, and ${classes.length - some.length} more` : "";
  return [["classes", `${classes.length}, with images to train on: ${some.join(", ")}${more}`]];
}

function generatorText({ generator: { kind, title, parameters, functionParameters } }: Plan): string {
  const own = functionParameters === undefined ? "" : `; an image function has ${whole(functionParameters)}`;
  return `${title} (${kind}), ${whole(parameters)} parameters${own}`;
}

const engineText = ({ config, measured: { engine, why } }: Plan): string =>
  engine === undefined ? config.engine.name : `${engine} (${why})`;

function stepsText({ schedule: { minutes }, estimate: { pretrainSteps, trainSteps } }: Plan): string {
  if (minutes !== null && trainSteps === null) return `as many as fit into ${formatDuration(minutes * 60)}`;
  const of = [
    ...(pretrainSteps ? [`${whole(pretrainSteps)} of pre-training`] : []),
    `${whole(trainSteps!)} of training`,
  ].join(", ");
  return minutes === null ? of : `about ${of}: as many as fit into ${formatDuration(minutes * 60)}`;
}

function timeText({ schedule: { minutes }, estimate: { seconds }, measured }: Plan): string {
  const { pretrainStepSeconds, trainStepSeconds, error } = measured;
  const steps = [
    ...(pretrainStepSeconds === undefined ? [] : [`${ms(pretrainStepSeconds)} a step of pre-training`]),
    ...(trainStepSeconds === undefined ? [] : [`${ms(trainStepSeconds)} a step of training`]),
  ];
  const found = steps.length > 0 ? `${steps.join(", ")}, on random images here and now` : "";
  const rest = "preparing images and drawing samples not included";
  if (seconds === null) return `not estimated: ${[found, error].filter(Boolean).join("; ")}`;
  if (minutes !== null)
    return `${formatDuration(seconds)}, which the schedule is fitted to; ${[found, rest].filter(Boolean).join("; ")}`;
  return `estimated ${formatDuration(seconds)}: ${[found, rest].filter(Boolean).join("; ")}`;
}

function memoryText({ estimate: { memory, state }, measured: { error } }: Plan): string {
  return memory === null
    ? `not estimated (${error}): more than ${mib(state)}, which weights, averages and the optimiser's state take`
    : `estimated ${mib(memory)}: the peak of a process that took those steps, and the images`;
}
