// Feature networks with their weights, or why they are not to be had.
import { basename } from "node:path";
import { type FidResize, inception2015, inception2015Weights } from "../networks/inception2015.js";
import type { Feature, FeatureNetwork } from "../networks/network.js";
import { hasNsfwjs, nsfwjsInception, nsfwjsWeights } from "../networks/nsfwjs.js";
import { findWeights, missingWeights, weightsChecksum } from "../weights/findWeights.js";
import { readWeights } from "../weights/readWeights.js";

/** A network that can run, and what the report says of its weights. */
export interface ReadyNetwork {
  readonly network: FeatureNetwork;
  readonly features: readonly Feature[];
  readonly weights: Readonly<Record<string, unknown>>;
}

/** The network of FID, with the user's weights; the reason as a sentence where there are none. */
export async function fidNetwork(
  folders: readonly string[],
  resize: FidResize,
): Promise<ReadyNetwork | string> {
  const found = await findWeights("inception", { folders });
  if (found.path === undefined) return missingWeights(found);
  const network = inception2015(inception2015Weights(await readWeights(found.path)), resize);
  const checksum = await weightsChecksum(found);
  return {
    network,
    features: ["pool", "spatial", "logits"],
    weights: { file: basename(found.path), ...checksum },
  };
}

/** The Inception that comes with the npm package nsfwjs. */
export async function nsfwjsNetwork(): Promise<ReadyNetwork | string> {
  if (!(await hasNsfwjs()))
    return "unavailable: the package nsfwjs is not installed (npm install --legacy-peer-deps nsfwjs@4.4.0)";
  return {
    network: nsfwjsInception(await nsfwjsWeights()),
    features: ["pool"],
    weights: { package: "nsfwjs 4.4.0" },
  };
}
