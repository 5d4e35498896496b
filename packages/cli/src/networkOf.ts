// The ONNX network that --network and --network-set name.
import { type OnnxNetworkOptions, onnxInput } from "@imagefn/metrics";
import type { EvaluateOptions } from "./options/evaluateFlags.js";

/** The network that was named, with what its file does not say; none where none was named. */
export const networkOf = ({
  network,
  networkSet = {},
}: Pick<EvaluateOptions, "network" | "networkSet">): OnnxNetworkOptions | undefined =>
  network === undefined ? undefined : { path: network, ...onnxInput(networkSet) };
