// Modules bundled for browsers, as an application would bundle them.
import type { BuildOptions, BuildResult } from "esbuild";

export type Built = BuildResult<{ write: false; metafile: true; outdir: string }>;

/** Bundles modules for browsers, with a file of its own for what is loaded on demand. */
export async function bundle(options: BuildOptions): Promise<Built> {
  const { build } = await import("esbuild");
  return build({
    bundle: true,
    format: "esm",
    splitting: true,
    minify: true,
    platform: "browser",
    logLevel: "silent",
    ...options,
    write: false,
    metafile: true,
    outdir: "/built",
  });
}

/** What was built, by address. */
export const addresses = ({ outputFiles }: Built): Map<string, Uint8Array> =>
  new Map(
    outputFiles.map(({ path, contents }) => [path.replaceAll("\\", "/").replace(/^[A-Z]:/, ""), contents]),
  );
