// The processor that this process runs on.
import os from "node:os";

/** Its name, and the number of threads this process may use. */
export const processor = (): { cpu: string; cores: number } => ({
  cpu: os.cpus()[0]?.model.trim() ?? "unknown",
  cores: os.availableParallelism(),
});

/** What numbers depend on in their last bits: the engine, its CPU threads, and the processor. */
export interface Machine {
  readonly engine: string;
  readonly threads: number;
  readonly cpu: string;
}

/** This machine, running an engine with so many threads; 0 stands for every core. */
export function machineOf(engine: string, threads: number): Machine {
  const { cpu, cores } = processor();
  return { engine, threads: threads || cores, cpu };
}
