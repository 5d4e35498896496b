// Whether a process of this machine still runs, and since when.
import { readFileSync } from "node:fs";

/** Whether a process with this number runs on this machine, whoever started it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * When a process of this machine was started, as text to compare: another process with its number has another one.
 * Undefined where the system does not tell, which is everywhere but on Linux, and for a process that is gone.
 */
export function startOf(pid: number): string | undefined {
  try {
    // Its name, in parentheses, may hold anything; the start, in ticks since the system's, is the 20th field after it.
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
