// Looks for a GPU in a process of its own: WebGPU's native library writes warnings to the standard error of its process,
// and a broken driver ends that process.

/** What WebGPU says of an adapter. */
export type AdapterInfo = Pick<
  GPUAdapterInfo,
  "vendor" | "architecture" | "description" | "isFallbackAdapter"
>;

/** What was found: null for no adapter, and "broken" where the process crashed or did not answer. */
export type Found = AdapterInfo | null | "broken";

/** A driver that has not answered after this time does not count. */
const PATIENCE_MS = 20_000;

// A text, so that bundlers carry it along. It writes synchronously and exits: the library may keep threads.
const script = `
import(globalThis.process.argv[1]).then(async ({ create }) => {
  const info = (await create([]).requestAdapter())?.info;
  const { vendor, architecture, description, isFallbackAdapter } = info ?? {};
  const found = info ? { vendor, architecture, description, isFallbackAdapter } : null;
  globalThis.process.getBuiltinModule("node:fs").writeSync(1, "\\n" + JSON.stringify({ found }) + "\\n");
  globalThis.process.exit(0);
});
`;

let known: Promise<Found | undefined> | undefined;

/** Asks the package webgpu once. Undefined where no process can tell, as where the package is missing. */
export function adapterInProcess(): Promise<Found | undefined> {
  known ??= ask();
  return known;
}

async function ask(): Promise<Found | undefined> {
  let url: string;
  try {
    url = import.meta.resolve("webgpu");
  } catch {
    return undefined;
  }
  const { execPath, env, getBuiltinModule } = globalThis.process;
  const { spawn } = getBuiltinModule("node:child_process");
  const child = spawn(execPath, ["-e", script, url], {
    stdio: ["ignore", "pipe", "ignore"],
    // Electron would open a window.
    env: { ...env, ELECTRON_RUN_AS_NODE: "1" },
    timeout: PATIENCE_MS,
    killSignal: "SIGKILL",
    windowsHide: true,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return new Promise((resolve) => {
    child.on("error", () => resolve(undefined));
    child.on("close", (_code, signal) => {
      // Libraries may print lines of their own.
      const line = output.split("\n").find((text) => text.startsWith('{"found":'));
      resolve(line ? JSON.parse(line).found : signal ? "broken" : undefined);
    });
  });
}
