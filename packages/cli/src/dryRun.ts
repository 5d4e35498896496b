// `imagefn train --dry-run`: what training would do, without writing anything.
import { type Plan, planRun, resolveConfig } from "@imagefn/runs";
import type { TrainOptions } from "./options/train.js";
import type { Print } from "./output.js";
import { planText } from "./planText.js";
import { requestLayers } from "./requestLayers.js";

/** Prints the plan, and returns it. */
export async function dryRun(options: TrainOptions, print: Print): Promise<Plan> {
  const config = resolveConfig(options.config, requestLayers(options));
  process.stderr.write("measuring a few steps ...\n");
  const plan = await planRun(config, { out: options.out });
  print(planText(plan));
  return plan;
}
