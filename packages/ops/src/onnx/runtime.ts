// ONNX Runtime for Node, an optional package.
import { type Absent, load } from "../optionalPackage.js";

type OnnxRuntime = typeof import("onnxruntime-node");

/** The package `onnxruntime-node`, or why it cannot be used. */
export const findOnnxRuntime = (): Promise<OnnxRuntime | Absent> =>
  load("onnxruntime-node", (ort: OnnxRuntime) => ort);

/** The package. @throws if it is not installed or does not load, with what to do */
export async function onnxRuntime(): Promise<OnnxRuntime> {
  const found = await findOnnxRuntime();
  if (!("problem" in found)) return found;
  const { problem, remedy } = found;
  throw new Error(`ops: the onnx engine needs the package onnxruntime-node, which ${problem}: ${remedy}`);
}
