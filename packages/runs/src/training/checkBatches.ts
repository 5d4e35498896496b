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
  if (train.drift !== null && train.driftReal > count)
    throw new ImagefnError(
      "invalid-data",
      `train.driftReal is ${train.driftReal}, but there are ${count} training images. Lower it.`,
      { field: "train.driftReal", images: count },
    );
  const large = Object.entries(phases).filter(([, { batch }]) => batch > count);
  if (large.length === 0) return;
  const fields = large.map(([phase]) => `${phase}.batch`);
  const found = large.map(([phase, { batch }]) => `${phase}.batch is ${batch}`).join(" and ");
  throw new ImagefnError(
    "invalid-data",
    `${found}, but there are ${count} training images. Lower ${large.length > 1 ? "both" : fields[0]}.`,
    { field: fields[0], batches: fields, images: count },
  );
}
