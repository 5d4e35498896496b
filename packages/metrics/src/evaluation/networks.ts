// The feature networks that metrics run over, with their weights, or the reason why they cannot run.
import { type FidResize, inception2015, inception2015Weights } from "../networks/inception2015.js";
import type { Feature, FeatureNetwork } from "../networks/network.js";
import { hasNsfwjs, nsfwjsInception, nsfwjsWeights } from "../networks/nsfwjs.js";
import type { OnnxNetwork } from "../networks/onnxNetwork.js";
import {
  RANDOM_CONVOLUTIONS,
  randomConvolutions as randomConvolutionNetwork,
} from "../networks/randomConvolutions.js";
import { readWeights } from "../weights/readWeights.js";
import type { Unavailable } from "./finding.js";
import { aboutWeights, findSet, type Needs } from "./needs.js";

/** A network that can run. */
export interface ReadyNetwork {
  /** With its weights. */
  readonly network: FeatureNetwork;
  /** The features that metrics read. */
  readonly features: readonly Feature[];
  /** What a report says of its weights. */
  readonly weights: Readonly<Record<string, unknown>>;
}

/** A network to be loaded. Metrics that name the same one share the features of each image. */
export interface NetworkSource {
  /** The name of the network. */
  readonly name: string;
  /** What has to be downloaded or installed, if anything. */
  readonly needs?: Needs;
  /** Whether it computed saved features; by default where the names are equal. */
  made?(used: Pick<ReadyNetwork["network"], "name"> & Pick<ReadyNetwork, "weights">): boolean;
  /** Reads its weights; the reason where they are not there. */
  load(options: LoadOptions): Promise<ReadyNetwork | Unavailable>;
}

/** How a network is loaded. */
export interface LoadOptions {
  /** Where to look for weight files first. */
  readonly folders: readonly string[];
  /** How pictures are brought to the size of FID's network. */
  readonly resize: FidResize;
  /** The network of an ONNX file, for the metrics over it. */
  readonly network?: OnnxNetwork;
}

const inceptionFile = { weights: [["inception"]] } as const;

/** Inception-2015, the network of FID, with weights that the user downloads. */
export const inception: NetworkSource = {
  name: "Inception-2015",
  needs: inceptionFile,
  async load({ folders, resize }) {
    const found = await findSet(inceptionFile, folders);
    if ("reason" in found) return found;
    const [file] = found.files;
    return {
      network: inception2015(inception2015Weights(await readWeights(file.path)), resize),
      features: ["pool", "spatial", "logits"],
      weights: await aboutWeights(file),
    };
  },
};

/** The Inception that comes with the npm package nsfwjs. */
export const nsfwjs: NetworkSource = {
  name: "nsfwjs Inception",
  needs: { package: "nsfwjs" },
  async load() {
    if (!(await hasNsfwjs()))
      return {
        code: "missing-package",
        reason:
          "unavailable: the package nsfwjs is not installed (npm install --legacy-peer-deps nsfwjs@4.4.0)",
      };
    return {
      network: nsfwjsInception(await nsfwjsWeights()),
      features: ["pool"],
      weights: { package: "nsfwjs 4.4.0" },
    };
  },
};

/** Fixed random filters, which are part of this package. */
export const randomConvolutions: NetworkSource = {
  name: "random convolutions",
  load: async () => ({
    network: randomConvolutionNetwork(),
    features: ["pool"],
    weights: RANDOM_CONVOLUTIONS,
  }),
};

/** Any network, in an ONNX file that is named by an option. */
export const onnxFile = {
  name: "ONNX network",
  needs: { option: "network" },
  made: ({ weights }) => weights.input !== undefined,
  async load({ network }) {
    if (network) return { ...network, features: ["pool"] };
    return { code: "missing-network", reason: "unavailable: no ONNX file of a network was given" };
  },
} as const satisfies NetworkSource;

/** Whether a source is that of features which were saved. */
export const madeBy = (
  source: NetworkSource,
  used: Pick<ReadyNetwork["network"], "name"> & Pick<ReadyNetwork, "weights">,
): boolean => source.made?.(used) ?? used.name === source.name;

const readyOrReason = (loaded: ReadyNetwork | Unavailable): ReadyNetwork | string =>
  "reason" in loaded ? loaded.reason : loaded;

/**
 * The network of FID with the user's weights, or a sentence on why it is unavailable.
 * @param folders where to look for weights before IMAGEFN_WEIGHTS and the cache folder
 * @throws if a file is there, and it cannot be read or holds another network
 */
export const fidNetwork = async (
  folders: readonly string[],
  resize: FidResize,
): Promise<ReadyNetwork | string> => readyOrReason(await inception.load({ folders, resize }));

/** The Inception of the npm package nsfwjs, or a sentence on why it is unavailable. */
export const nsfwjsNetwork = async (): Promise<ReadyNetwork | string> =>
  readyOrReason(await nsfwjs.load({ folders: [], resize: "legacy_tensorflow" }));
