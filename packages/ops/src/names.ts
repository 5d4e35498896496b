// The names of the engines, in a module that loads no engine: for help texts and checks of options.

/**
 * The names that `engine` takes: "auto", then every engine. A GPU.js engine is "gpujs:" and its mode; each is also the
 * `name` of the engine itself.
 */
export const engineNames = ["auto", "onnx", "gpujs:webgpu", "gpujs:webasm", "gpujs:cpu"] as const;

/** One of `engineNames`. */
export type EngineName = (typeof engineNames)[number];
