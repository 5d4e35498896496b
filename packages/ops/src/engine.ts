// What runs programs: one interface for every engine.
import type { NdArray } from "ndarray";
import type { Program } from "./program.js";
import type { HostArray } from "./tensor.js";

/** A compiled program, with its state inside the engine. */
export interface Runnable {
  /**
   * One run: state moves on, outputs come back.
   * @throws if an input is missing, unknown or of the wrong length.
   */
  run(
    inputs?: Readonly<Record<string, HostArray | Float32Array | number>>,
  ): Promise<Record<string, NdArray<Float32Array>>>;
  /** A copy of the state by path, or of the paths that start with `prefix`. */
  read(prefix?: string): Promise<Map<string, HostArray>>;
  /** Replaces state by path. @throws if a path or a length does not fit. */
  write(state: ReadonlyMap<string, HostArray>): Promise<void>;
  /** Frees what the engine holds; the runnable cannot be used afterwards. */
  dispose(): Promise<void>;
}

/** What compiles programs and runs them. All engines give the same results up to rounding. */
export interface Engine {
  /** "onnx", "gpujs:webgpu", "gpujs:webasm" or "gpujs:cpu". */
  readonly name: string;
  /**
   * Prepares a program. `state` has a value for every state: a tree or a map of host arrays, or a runnable, which is
   * disposed of and hands its state over, within `onnx` without a copy.
   */
  compile(program: Program, state?: unknown): Promise<Runnable>;
}
