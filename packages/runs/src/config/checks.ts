// Checks that involve more than one field of a configuration, each with advice.

import { ImagefnError } from "@imagefn/base";
import { type GeneratorRecord, trainProblems } from "@imagefn/consistency";
import { dataKind } from "../data/kinds.js";
import { generators } from "../generators/index.js";
import type { Problem } from "./problem.js";
import type { Config } from "./schema.js";

/** Every cross-field rule that `config` breaks; empty if it is valid. */
export function checkConfig(config: Config): Problem[] {
  const { data, train, sample } = config;
  const problems: Problem[] = [];
  const rule = (holds: boolean, path: string, message: string) => {
    if (!holds) problems.push({ path, message });
  };

  for (const { path, message } of dataKind(data.kind).problems?.(data) ?? [])
    problems.push({ path: `data.${path}`, message });
  problems.push(...checkGenerator(config), ...checkDetail(config));

  const name = (field: string) => (field === "crops" ? "data.detail" : `train.${field}`);
  for (const { field, message } of trainProblems({ ...train, crops: data.detail !== null }, name))
    problems.push({ path: name(field), message });
  rule(
    train.objective !== "distill" || train.teacher !== null,
    "train.teacher",
    "is null, but train.objective is distill: expected the run folder of a diffusion model",
  );
  rule(
    train.drift === null || !data.classes,
    "train.drift",
    `is ${train.drift}, but data.classes is true: samples of a class would need images of it: expected null`,
  );
  rule(
    sample.ema === "online" || train.emaRates.includes(sample.ema),
    "sample.ema",
    `is ${sample.ema}, which is not in train.emaRates [${train.emaRates.join(", ")}]: choose one of those or online`,
  );
  return problems;
}

/** Rules of training on crops of larger pictures. */
function checkDetail({ data, generator }: Config): Problem[] {
  const { detail, size, kind, skipBroken } = data;
  if (detail === null) return [];
  const because = [
    detail < 2 * size || !Number.isInteger(Math.log2(detail / size))
      ? `expected data.size ${size} times a power of two, such as ${4 * size}`
      : undefined,
    dataKind(kind).reads.includes("detail")
      ? undefined
      : `data.kind ${kind} is read at data.size alone: leave it null`,
    generator.kind === "func"
      ? undefined
      : `generator.kind ${generator.kind} makes images of one size: leave it null, or use func`,
    skipBroken
      ? "data.skipBroken leaves pictures out: remove those that are broken, and leave it false"
      : undefined,
  ];
  return because.flatMap((why) =>
    why ? [{ path: "data.detail", message: `is ${detail}, but ${why}` }] : [],
  );
}

/** Rules of the generator to train, which its package defines; the other sections are not checked. */
function checkGenerator({ data, generator }: Config): Problem[] {
  const { kind } = generator;
  const record: GeneratorRecord = generators[kind] as never;
  const name = (field: string) => (field === "size" ? "data.size" : `generator.${kind}.${field}`);
  return record
    .problems(generator[kind], [data.size, data.size], name)
    .map(({ field, message }) => ({ path: name(field), message }));
}

/** Throws if the data are files and `data.path` is null: such a configuration cannot run. */
export function requireDataPath({ data }: Config): void {
  const { path } = dataKind(data.kind);
  if (path === undefined || data.path !== null) return;
  throw new ImagefnError("missing-data-path", `data.path is missing: data.kind ${data.kind} needs ${path}.`, {
    kind: data.kind,
  });
}
