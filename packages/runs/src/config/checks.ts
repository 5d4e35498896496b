// Checks that involve more than one field of a configuration, each with what to change.

import { ImagefnError } from "@imagefn/base";
import { dataKind } from "../data/kinds.js";
import type { Problem } from "./problem.js";
import type { Config } from "./schema.js";

/** Every cross-field rule that `config` breaks; empty when it is sound. */
export function checkConfig(config: Config): Problem[] {
  const { data, train, sample } = config;
  const problems: Problem[] = [];
  const rule = (holds: boolean, path: string, message: string) => {
    if (!holds) problems.push({ path, message });
  };

  for (const { path, message } of dataKind(data.kind).problems?.(data) ?? [])
    problems.push({ path: `data.${path}`, message });
  problems.push(...checkGenerator(config));

  rule(
    train.s0 <= train.s1,
    "train.s0",
    `is ${train.s0}, above train.s1 ${train.s1}: the noise grid grows from s0 to s1`,
  );
  rule(
    sample.ema === "online" || train.emaRates.includes(sample.ema),
    "sample.ema",
    `is ${sample.ema}, which is not in train.emaRates [${train.emaRates.join(", ")}]: choose one of those or online`,
  );
  return problems;
}

/** Rules of the generator that is trained; the other sections are not looked at. */
function checkGenerator({ data, generator }: Config): Problem[] {
  if (generator.kind === "unet") return checkUnet(data.size, generator.unet);
  const { kind } = generator;
  const { dim, heads, patch } = generator[kind];
  const problems: Problem[] = [];
  const rule = (holds: boolean, field: string, message: string) => {
    if (!holds) problems.push({ path: `generator.${kind}.${field}`, message });
  };
  rule(
    data.size % patch === 0,
    "patch",
    `is ${patch}, which does not divide data.size ${data.size}: choose a divisor of ${data.size}`,
  );
  rule(
    dim % heads === 0,
    "heads",
    `is ${heads}, which does not divide generator.${kind}.dim ${dim}: each head takes an equal part`,
  );
  rule(
    dim % 4 === 0,
    "dim",
    `is ${dim}, which is no multiple of 4: positions are a sine and a cosine for each of two axes`,
  );
  if (kind === "uvit") {
    const { depth } = generator.uvit;
    rule(
      depth % 2 === 1,
      "depth",
      `is ${depth}, an even number: as many blocks come before the middle one as after it`,
    );
  }
  return kind === "func" ? [...problems, ...checkInr(generator.func.inr)] : problems;
}

/** Each level halves the size; heads divide the channels of every level that has attention, and of the last one. */
function checkUnet(
  size: number,
  { channels, multipliers, attention, headChannels }: Config["generator"]["unet"],
): Problem[] {
  const problems: Problem[] = [];
  const halvings = 2 ** (multipliers.length - 1);
  if (size % halvings !== 0)
    problems.push({
      path: "generator.unet.multipliers",
      message: `has ${multipliers.length} levels, and data.size ${size} cannot be halved ${multipliers.length - 1} times`,
    });
  multipliers.forEach((multiplier, level) => {
    const attends = attention.includes(size / 2 ** level) || level === multipliers.length - 1;
    if (attends && (channels * multiplier) % headChannels !== 0)
      problems.push({
        path: "generator.unet.headChannels",
        message: `is ${headChannels}, which does not divide the ${channels * multiplier} channels of level ${level + 1}`,
      });
  });
  return problems;
}

/**
 * Grouped weights: layer l has out_l columns made from g_l = min(groups, out_l) tokens, and g_l divides out_l (Chen & Wang
 * 2022). The matrices of mlp-mod take any number of them.
 */
function checkInr({ width, groups, peDim, weights }: Config["generator"]["func"]["inr"]): Problem[] {
  const problems: Problem[] = [];
  if (peDim % 2 !== 0) {
    problems.push({
      path: "generator.func.inr.peDim",
      message: `is ${peDim}, which is odd: the row and the column take half of it each`,
    });
  }
  for (const [layer, out] of [
    ["hidden layers", width],
    ["last layer", 3],
  ] as const) {
    const used = Math.min(groups, out);
    if (weights === "grouped" && out % used !== 0) {
      problems.push({
        path: "generator.func.inr.groups",
        message: `is ${groups}, but the ${layer} of the INR have ${out} outputs, which ${used} groups do not divide`,
      });
    }
  }
  return problems;
}

/** Throws when the data are files and none are named: such a configuration cannot run. */
export function requireDataPath({ data }: Config): void {
  const { path } = dataKind(data.kind);
  if (path === undefined || data.path !== null) return;
  throw new ImagefnError("missing-data-path", `data.path is missing: data.kind ${data.kind} needs ${path}.`, {
    kind: data.kind,
  });
}
