// The engine of a page's worker: ONNX Runtime on WebAssembly, from the files beside the page.
import type { Engine } from "@imagefn/ops";
import { onnxWebEngine } from "@imagefn/ops/onnx-web";
import type { Post } from "./asked.js";

/** @param asked threads, as a configuration has them: 0 is all that the page may have */
export async function pageEngine(asked: number, post: Post): Promise<Engine> {
  const file = (name: string) => new URL(name, location.href).href;
  const files = { mjs: file("ort.js"), wasm: file("ort.wasm") };
  const engine = await onnxWebEngine({ provider: "wasm", files, threads: crossOriginIsolated ? asked : 1 });
  const threads = engine.threads === 1 ? "1 thread" : `${engine.threads} threads`;
  const why = crossOriginIsolated
    ? ""
    : " (the server of this page sends no Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy, which threads require)";
  post({ kind: "engine", text: `Trains by ONNX Runtime on WebAssembly, ${threads}${why}.` });
  return engine;
}
