// The script's side of `findingsOf`.
import { writeSync } from "node:fs";

/** Writes findings, one line of JSON at a time. Synchronously: a crash or the end of the time must not lose earlier ones. */
export const tells =
  <Found>() =>
  (found: Found): void => {
    writeSync(1, `${JSON.stringify(found)}\n`);
  };

/** Does the script's work and ends its process; an error is told as a finding. */
export async function telling(work: () => Promise<void>): Promise<never> {
  try {
    await work();
    // Engines may keep threads or a device open.
    process.exit(0);
  } catch (error) {
    tells<{ error: string }>()({ error: (error as Error).message.split("\n")[0] });
    process.exit(1);
  }
}
