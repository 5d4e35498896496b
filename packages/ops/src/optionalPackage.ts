// The optional packages that engines run on: loads them, or says what is wrong.

/** The versions that this package was tested with. */
const VERSIONS = { "onnxruntime-node": "1.30.0", "onnxruntime-web": "1.30.0", webgpu: "0.6.2" } as const;

/** A package that did not load. */
export interface Absent {
  /** What is wrong, to follow the package's name: "is not installed". */
  readonly problem: string;
  /** What to do: the command that installs it. */
  readonly remedy: string;
}

/** Loads a package for Node, and gives what `use` makes of it. */
export async function load<M, T extends object>(
  name: keyof typeof VERSIONS,
  use: (module: M) => T,
): Promise<T | Absent> {
  if (!globalThis.process?.versions?.node)
    return {
      problem: "does not run in browsers",
      remedy: "use onnxWebEngine of @imagefn/ops/onnx-web, or gpujsEngine",
    };
  try {
    // Not a literal, so that bundlers leave it alone, whether it is installed or not.
    return use(await import(/* webpackIgnore: true */ /* @vite-ignore */ name));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A file that is missing inside the package has the same code, and a path in its message.
    const isInstalled = code !== "ERR_MODULE_NOT_FOUND" || !new RegExp(`["']${name}["']`).test(message);
    return {
      problem: isInstalled ? `does not load (${message.split("\n")[0]})` : "is not installed",
      remedy: `npm install ${name}@${VERSIONS[name]}`,
    };
  }
}
