// `imagefn compare`: several generators trained on the same data and sampled from the same noise.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { quoted } from "@imagefn/base";
import { type Config, defaultPreset, generatorKinds, resolveConfig } from "@imagefn/runs";
import { UsageError, UserError } from "../errors.js";
import { optionalPackage } from "../optionalPackage.js";
import type { CompareOptions } from "../options/compare.js";
import type { Print } from "../output.js";
import { requestLayers } from "../requestLayers.js";
import { stoppable } from "../stoppable.js";

export async function run(options: CompareOptions, print: Print): Promise<object> {
  const { compare } = await optionalPackage(
    "compare",
    "@imagefn/experiments",
    () => import("@imagefn/experiments"),
  );
  const { count, seconds, seed, engine, threads } = options;
  const runs = finishedRuns(options);
  const train = runs.length > 0 ? [] : configs(options);
  const out = options.out ?? join("compare", train[0]?.name ?? "runs");
  const { table, ...found } = await stoppable((listener) =>
    compare({ runs, train, out, count, seconds, seed, engine, threads, ...listener }),
  );
  print(`${table}\n\n${found.files.map(quoted).join("\n")}\n`);
  return { out, ...found };
}

/** The run folders to compare, if run folders were given. */
function finishedRuns(options: CompareOptions): string[] {
  const { what } = options;
  const runs = what.filter((path) => existsSync(join(path, "config.yaml")));
  if (runs.length === 0) return [];
  if (runs.length < what.length)
    throw new UserError(
      `${quoted(what.find((path) => !runs.includes(path))!)} is not a run folder, but ${quoted(runs[0])} is one: ` +
        "give run folders only, or one preset or YAML file to train.",
    );
  const idle = (["minutes", "steps", "quick", "data", "set", "generators"] as const).find(
    (name) => options[name] !== undefined,
  );
  if (idle !== undefined)
    throw new UsageError(
      `--${idle} applies to training only, and ${quoted(runs[0])} is trained already. Leave it out.`,
    );
  return runs;
}

/** One configuration for each generator. */
function configs(options: CompareOptions): Config[] {
  const { what, generators = generatorKinds, out: _, count: __, seconds: ___, ...request } = options;
  if (what.length > 1)
    throw new UsageError(
      `${what.map(quoted).join(" and ")}: expected run folders, or a single preset or YAML file for all generators.`,
    );
  const config = what[0] ?? defaultPreset;
  return generators.map((generator) => resolveConfig(config, requestLayers({ ...request, generator })));
}
