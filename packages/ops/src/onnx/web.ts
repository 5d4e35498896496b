// ONNX Runtime in pages: WebAssembly on the CPU, or WebGPU. Apart from the rest of the package, so that only bundles which
// ask for it hold `onnxruntime-web`.
import type { Engine } from "../engine.js";
import { findAdapter } from "../gpujs/adapter.js";
import { complaints } from "./complaints.js";
import { deviceEngine } from "./device.js";
import { probe } from "./probe.js";
import { localSessions, type Sessions } from "./sessions.js";

/** How ONNX Runtime runs in a page or a worker of one. */
export interface OnnxWebEngineOptions {
  /** "wasm" on the CPU, "webgpu" on a GPU. */
  readonly provider: "wasm" | "webgpu";
  /**
   * Threads of "wasm"; 0, or left out: every core where the page is isolated, else one. The first engine of a page decides
   * for all of them.
   */
  readonly threads?: number;
  /**
   * Address of the folder with the files of `onnxruntime-web/dist`, which ends in a slash. Left out: where the bundler put
   * them. "wasm" loads `ort-wasm-simd-threaded.mjs` and `.wasm` (14 MB); "webgpu" `ort-wasm-simd-threaded.jspi.*` (17 MB),
   * or in browsers without JavaScript Promise Integration `ort-wasm-simd-threaded.asyncify.*` (27 MB). Or the addresses of
   * these two files, under names of your own: some hosts send .mjs with a type that browsers do not run.
   */
  readonly files?: string | { readonly mjs: string; readonly wasm: string };
}

/** An engine of a page. */
export interface OnnxWebEngine extends Engine {
  /** Threads that compute; 1 on a GPU. */
  readonly threads: number;
}

/**
 * An engine on `onnxruntime-web`, which it loads. Its runs occupy the thread that calls them: train in a worker.
 * @throws if there is no WebGPU adapter, more than one thread in a page that is not isolated, or files that do not load.
 */
export async function onnxWebEngine(asked: OnnxWebEngineOptions): Promise<OnnxWebEngine> {
  const { provider, files } = asked;
  const name = `onnx:${provider}`;
  if (provider !== "wasm" && provider !== "webgpu")
    throw new Error(
      `ops: onnxWebEngine: provider must be "wasm" or "webgpu" (got ${JSON.stringify(provider)})`,
    );
  const isGpu = provider === "webgpu";
  const threads = isGpu ? 1 : threadsOf(asked.threads);
  if (isGpu) {
    const found = await findAdapter();
    if ("missing" in found)
      throw new Error(`ops: ${name}: ${found.missing}; ${found.remedy}, or use the provider "wasm"`);
  }
  const ort = await runtime(isGpu);
  ort.env.wasm.numThreads = threads;
  if (files !== undefined) ort.env.wasm.wasmPaths = files;
  const options = { executionMode: "sequential", enableMemPattern: false, logSeverityLevel: 3 } as const;
  const own = () =>
    isGpu
      ? localSessions(
          ort,
          {
            ...options,
            executionProviders: [provider],
            extra: { session: { disable_cpu_ep_fallback: "1" } },
          },
          "device",
        )
      : localSessions(ort, { ...options, executionProviders: [provider] }, "host");
  // Stays open: ONNX Runtime drops a device with its last session.
  await probe(complaints(name, own()));
  const lost = isGpu ? lossOf(await ort.env.webgpu.device) : undefined;
  const open = () => complaints(name, lost ? untilLost(own(), lost) : own());
  return { ...deviceEngine({ name, webgpu: isGpu, open }), threads };
}

/** Fails when a device is lost: what was asked of it may then never be answered. */
function lossOf(device: GPUDevice): Promise<never> {
  const lost = device.lost.then(({ reason, message }): never => {
    throw new Error(`device lost: ${message || reason}`);
  });
  lost.catch(() => {});
  return lost;
}

function untilLost(sessions: Sessions, lost: Promise<never>): Sessions {
  return {
    open: (request) => Promise.race([lost, sessions.open(request)]),
    run: (request) => Promise.race([lost, sessions.run(request)]),
    release: (session) => Promise.race([lost, sessions.release(session)]),
    drop: (tensors) => Promise.race([lost, sessions.drop(tensors)]),
    close: () => Promise.race([lost.catch(() => {}), sessions.close()]),
  };
}

/** Threads of "wasm": ONNX Runtime makes them once. */
let decided: number | undefined;

function threadsOf(asked = 0): number {
  const isolated = globalThis.crossOriginIsolated === true;
  if (!isolated && asked > 1)
    throw new Error(
      `ops: onnx:wasm: a page that is not isolated has one thread (got threads ${asked}); serve it with the headers ` +
        "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
    );
  if (decided !== undefined && asked > 0 && asked !== decided)
    throw new Error(
      `ops: onnx:wasm: this page computes on ${decided} threads already (got threads ${asked}); reload it for others`,
    );
  decided ??= asked || (isolated ? globalThis.navigator.hardwareConcurrency : 1);
  return decided;
}

const runtime = (isGpu: boolean) => {
  if (!isGpu) return import("onnxruntime-web/wasm");
  return "Suspending" in WebAssembly ? import("onnxruntime-web/jspi") : import("onnxruntime-web/webgpu");
};
