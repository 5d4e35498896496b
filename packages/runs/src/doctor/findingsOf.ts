// Scripts in processes of their own: a crash of a native library, its noise and its memory stay there.
import { spawn } from "node:child_process";

/**
 * Runs a script in a process of its own and merges its findings, even if it crashes or never ends: then `error` says so.
 * What else it prints, as native libraries do, is read and not shown.
 * @param script writes lines of JSON to stdout, and sets an exit code for failure
 * @param signal ends the process; its error becomes the findings'
 */
export function findingsOf<Found extends { error?: string }>(
  script: string,
  args: readonly string[],
  patienceMs: number,
  signal?: AbortSignal,
): Promise<Found> {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: patienceMs,
    killSignal: "SIGKILL",
    signal,
  });
  let output = "";
  let complaints = "";
  child.stdout.on("data", (text) => {
    output += text;
  });
  child.stderr.on("data", (text) => {
    complaints += text;
  });
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ error: error.message } as Found));
    child.on("close", (code, signal) => {
      const found: Found = Object.assign({}, ...output.split("\n").flatMap(parsed<Found>));
      if (code !== 0 && found.error === undefined) {
        const last = complaints.trim().split("\n").at(-1);
        found.error = child.killed
          ? `no answer within ${patienceMs / 1000} seconds`
          : `its process ended with ${signal ?? `code ${code}`}${last ? `: ${last}` : ""}`;
      }
      resolve(found);
    });
  });
}

/** A line of the script; libraries may print lines of their own in between. */
function parsed<Found>(line: string): Found[] {
  try {
    return line.startsWith("{") ? [JSON.parse(line)] : [];
  } catch {
    return [];
  }
}
