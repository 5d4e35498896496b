// What an engine on ONNX Runtime is asked to be.

/** How ONNX Runtime runs programs. */
export interface OnnxEngineOptions {
  /**
   * What computes: "cpu" if left out; "webgpu", any GPU in Node; "cuda", one of NVIDIA's in Node; "wasm", a CPU by
   * WebAssembly, for systems that ONNX Runtime has no native build for. Pages take `onnxWebEngine` of
   * `@imagefn/ops/onnx-web`. "cuda" has not been run on hardware.
   */
  readonly provider?: "cpu" | "webgpu" | "cuda" | "wasm";
  /** Threads for one operator; 0 uses every core. For "cpu" and "wasm"; the first "wasm" of a process decides for all. */
  readonly threads?: number;
  /**
   * Whether threads that wait for work keep their cores busy, true as if left out: the fastest where the cores are idle
   * otherwise. False gives the cores to others, which on a busy machine takes half the time. Only for "cpu", as all below.
   */
  readonly spinning?: boolean;
  /** False keeps a second buffer for every state, where by default a run overwrites what nothing reads later. */
  readonly inPlace?: boolean;
  /** False keeps convolutions in the standard layout, where by default they use a faster one if this ONNX Runtime has it. */
  readonly blocked?: boolean;
  /** File-name prefix for ONNX Runtime's profile, written when a runnable is disposed of. */
  readonly profile?: string;
}

const providers = ["cpu", "webgpu", "cuda", "wasm"];

/** @throws for what no provider is called, and for what this one does not use */
export function checkOptions({ provider = "cpu", ...options }: OnnxEngineOptions): void {
  if (!providers.includes(provider))
    throw new Error(
      `ops: onnxEngine: provider must be one of ${providers.join(", ")} (got ${JSON.stringify(provider)})`,
    );
  if (provider === "cpu") return;
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !(provider === "wasm" && name === "threads"))
      throw new Error(`ops: onnxEngine: ${name} is not for the provider "${provider}"; leave it out`);
}
