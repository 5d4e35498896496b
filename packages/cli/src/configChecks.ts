// Checks that involve more than one field of a configuration, each with what to change.
import type { Config } from "./config.js";
import { UserError } from "./errors.js";

/** One broken rule: the field to look at and a sentence about it. */
export interface Problem {
  path: string;
  message: string;
}

/** Every cross-field rule that `config` breaks; empty when it is sound. */
export function checkConfig(config: Config): Problem[] {
  const { data, generator, train, sample } = config;
  const problems: Problem[] = [];
  const rule = (holds: boolean, path: string, message: string) => {
    if (!holds) problems.push({ path, message });
  };

  if (data.kind === "cifar10") {
    rule(data.size === 32, "data.size", `is ${data.size}, but CIFAR-10 images are 32 x 32: use 32`);
  }
  if (data.kind === "avatars") {
    rule(
      data.heldOut < data.count,
      "data.heldOut",
      `is ${data.heldOut}, which leaves none of the ${data.count} avatars for training: lower it or raise data.count`,
    );
    rule(
      !data.classes || new Set(data.styles).size > 1,
      "data.classes",
      "is true, but data.styles names a single style, and each style is one class: name two or more",
    );
  }

  rule(
    data.size % generator.patch === 0,
    "generator.patch",
    `is ${generator.patch}, which does not divide data.size ${data.size}: choose a divisor of ${data.size}`,
  );
  rule(
    generator.dim % generator.heads === 0,
    "generator.heads",
    `is ${generator.heads}, which does not divide generator.dim ${generator.dim}: each head takes an equal part`,
  );
  rule(
    generator.dim % 4 === 0,
    "generator.dim",
    `is ${generator.dim}, which is no multiple of 4: positions are a sine and a cosine for each of two axes`,
  );
  problems.push(...checkInr(generator.inr));

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

/** SPEC 6.2: layer l has out_l columns made from g_l = min(groups, out_l) tokens, and g_l divides out_l. */
function checkInr({ width, groups, peDim }: Config["generator"]["inr"]): Problem[] {
  const problems: Problem[] = [];
  if (peDim % 2 !== 0) {
    problems.push({
      path: "generator.inr.peDim",
      message: `is ${peDim}, which is odd: the row and the column take half of it each`,
    });
  }
  for (const [layer, out] of [
    ["hidden layers", width],
    ["last layer", 3],
  ] as const) {
    const used = Math.min(groups, out);
    if (out % used !== 0) {
      problems.push({
        path: "generator.inr.groups",
        message: `is ${groups}, but the ${layer} of the INR have ${out} outputs, which ${used} groups do not divide`,
      });
    }
  }
  return problems;
}

/** Throws a `UserError` when the data are files and no folder is named: such a configuration cannot run. */
export function requireDataPath({ data }: Config): void {
  if (data.kind === "avatars" || data.path !== null) return;
  const what = data.kind === "cifar10" ? "CIFAR-10's binary batches" : "the training images";
  throw new UserError(
    `data.path is missing: data.kind ${data.kind} needs the folder of ${what}. ` +
      "Give it as --data DIR, or as data.path in a configuration file.",
  );
}
