// The processor that this process runs on.
import os from "node:os";

/** Its name, and the number of threads this process may use. */
export const processor = (): { cpu: string; cores: number } => ({
  cpu: os.cpus()[0]?.model.trim() ?? "unknown",
  cores: os.availableParallelism(),
});
