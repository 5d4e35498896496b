// Batches have to fit the data.
import { ImagefnError } from "@imagefn/base";
import type { Config } from "../config/schema.js";
import type { Network } from "../sampling/network.js";

/** Refuses batches larger than the data, before a phase that could still use them begins. */
export function checkBatches(
  { pretrain, train }: Config,
  { count }: { readonly count?: number },
  generator: Network,
): void {
  if (count === undefined) return;
  const phases = generator.reconstruct && pretrain.steps !== 0 ? ({ pretrain, train } as const) : { train };
  for (const [phase, { batch }] of Object.entries(phases))
    if (batch > count)
      throw new ImagefnError(
        "invalid-data",
        `${phase}.batch is ${batch}, but there are ${count} training images. Lower ${phase}.batch.`,
        { field: `${phase}.batch` },
      );
}
