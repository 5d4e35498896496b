// `imagefn train --dry-run`: what training would do, without writing anything.
import { type Plan, planRun, resolveConfig } from "@imagefn/runs";
import type { TrainOptions } from "./options/train.js";
import { planText } from "./planText.js";
import { requestLayers } from "./requestLayers.js";

/** The plan of a command line. */
export const planOf = (options: TrainOptions): Promise<Plan> =>
  planRun(resolveConfig(options.config, requestLayers(options)), { out: options.out });

/** Prints the plan. */
export async function dryRun(options: TrainOptions): Promise<void> {
  process.stderr.write("measuring a few steps ...\n");
  process.stdout.write(planText(await planOf(options)));
}
