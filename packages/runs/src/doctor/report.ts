// What an examination of the machine finds out.
import type { engineNames } from "@imagefn/ops";
import type { MeasuredJob } from "../engine/measured.js";

/** What `examine` found out about this machine. */
export interface Report {
  versions: Record<string, string>;
  machine: {
    platform: string;
    cpu: string;
    /** Threads that this process may use. */
    cores: number;
    /** Load average over the last minute. */
    load: number;
    /** Bytes. */
    memory: { total: number; free: number };
  };
  cache: { path: string; writable: boolean; bytes: number };
  engines: EngineReport[];
  /** What the engine "auto" is here, and why. */
  auto: { engine?: string; why: string };
  /** Trainings for which "auto" compared engines on this machine. */
  measured: MeasuredJob[];
}

/** What was found out about one engine. */
export interface EngineReport extends Found {
  /** As `engine.name` of a configuration takes it. */
  name: Exclude<(typeof engineNames)[number], "auto">;
  works: boolean;
}

/** The findings of the probe, line by line. */
export interface Found {
  /** Its name, and why it was chosen. */
  engine?: string;
  why?: string;
  /** WebGPU's adapter, and whether a CPU does its work. */
  adapter?: string;
  software?: boolean;
  /** A 512 x 512 matrix product, 10^9 operations a second. */
  gflops?: number;
  /** A small CM-Func: to compile its training step, and to run it once. */
  prepareSeconds?: number;
  stepSeconds?: number;
  error?: string;
}
