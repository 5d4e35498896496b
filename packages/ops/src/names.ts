// The names of the engines, in a module that loads no engine: for help texts and checks of options.

/**
 * The names that `engine` takes: "auto", then every engine. One on ONNX Runtime is "onnx", or "onnx:" and its provider, one on
 * GPU.js "gpujs:" and its mode; each is also the `name` of the engine itself.
 */
export const engineNames = [
  "auto",
  "onnx",
  "onnx:webgpu",
  "onnx:cuda",
  "onnx:wasm",
  "gpujs:webgpu",
  "gpujs:webasm",
  "gpujs:cpu",
] as const;

/** One of `engineNames`. */
export type EngineName = (typeof engineNames)[number];
