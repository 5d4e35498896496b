// ONNX Runtime for Node, as optional packages.
import { type Absent, load } from "../optionalPackage.js";

interface Packages {
  "onnxruntime-node": typeof import("onnxruntime-node");
  "onnxruntime-web": typeof import("onnxruntime-web");
}

/** The package `onnxruntime-node`, or why it cannot be used. */
export const findOnnxRuntime = (): Promise<Packages["onnxruntime-node"] | Absent> =>
  load("onnxruntime-node", (ort: Packages["onnxruntime-node"]) => ort);

/** The package that an engine needs. @throws if it is not installed or does not load, with what to do */
export async function onnxRuntime<K extends keyof Packages = "onnxruntime-node">(
  name: K = "onnxruntime-node" as K,
  engine = "onnx",
): Promise<Packages[K]> {
  const found = await load(name, (ort: Packages[K]) => ort);
  if (!("problem" in found)) return found;
  const { problem, remedy } = found as Absent;
  throw new Error(`ops: the ${engine} engine needs the package ${name}, which ${problem}: ${remedy}`);
}
