// What runs a plan: the host with "cpu" and "webasm", the device with "webgpu".
import type { HostArray, Tensor } from "../tensor.js";
import type { Plan } from "./plan.js";

/** What a program has cost since it was compiled; bytes count the numbers that cross between host and device. */
export interface Statistics {
  readonly runs: number;
  /** Kernels launched. */
  readonly launches: number;
  /** To the device: constants and state once, inputs at every run. 0 on the host. */
  readonly uploadedBytes: number;
  /** From the device: outputs at every run, state when it is read. 0 on the host. */
  readonly downloadedBytes: number;
  /** Device buffers alive now, and their bytes. */
  readonly buffers: number;
  readonly bufferBytes: number;
}

export interface Task {
  readonly plan: Plan;
  /** State as it enters, by path. */
  readonly state: ReadonlyMap<string, Tensor>;
  /** The state that changes: its path, and which of the plan's results is its next value. */
  readonly next: readonly (readonly [path: string, result: Tensor])[];
  readonly outputs: readonly Tensor[];
  readonly initial: ReadonlyMap<string, HostArray>;
}

export interface Executor {
  /** One run: the outputs' numbers, in order. */
  run(inputs: ReadonlyMap<string, Float32Array>): Promise<Float32Array[]>;
  /** A copy of one state. */
  read(path: string): Promise<Float32Array>;
  write(path: string, data: Float32Array): void;
  statistics(): Statistics;
  dispose(): Promise<void>;
}
