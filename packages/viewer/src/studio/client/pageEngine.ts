// The engines of a page's worker: ONNX Runtime on WebAssembly, from the files beside the page, and GPU.js on WebGPU, which
// needs no files of its own.
import { type Engine, gpujsEngine } from "@imagefn/ops";
import { onnxWebEngine } from "@imagefn/ops/onnx-web";

/** An engine, and a clause that names it. */
export interface PageEngine {
  readonly engine: Engine;
  readonly title: string;
}

/** @param asked threads, as a configuration has them: 0 is all that the page may have */
export async function cpuEngine(asked: number): Promise<PageEngine> {
  const file = (name: string) => new URL(name, location.href).href;
  const files = { mjs: file("ort.js"), wasm: file("ort.wasm") };
  const engine = await onnxWebEngine({ provider: "wasm", files, threads: crossOriginIsolated ? asked : 1 });
  const threads = engine.threads === 1 ? "1 thread" : `${engine.threads} threads`;
  const why = crossOriginIsolated
    ? ""
    : " (the server of this page sends no Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy, which threads require)";
  return { engine, title: `ONNX Runtime on WebAssembly, ${threads}${why}` };
}

export const gpuEngine = (): Promise<Engine> => gpujsEngine({ mode: "webgpu" });
