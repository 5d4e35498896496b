// What runs programs: one interface for every engine.
import type { NdArray } from "ndarray";
import type { Program } from "./program.js";
import type { HostArray } from "./tensor.js";

/** A compiled program, with its state inside the engine. */
export interface Runnable {
  /**
   * One run: state moves on, outputs come back.
   * @param into arrays to write outputs into, by name; the others get new ones
   * @throws if an input is missing, unknown or of the wrong length; if an array of `into` does not fit
   */
  run(
    inputs?: Readonly<Record<string, HostArray | Float32Array | number>>,
    into?: Readonly<Record<string, Float32Array>>,
  ): Promise<Record<string, NdArray<Float32Array>>>;
  /**
   * Compiles another program that reads this one's state, or a part of it, as it is at each of its runs; within `onnx`
   * without a copy. It ends with this runnable, and before it if it is disposed of.
   * @throws if the program changes state, or reads state that is not here
   */
  reader(program: Program): Promise<Runnable>;
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
