// The scripts of an explorer's page, bundled when they are asked for: this package holds them as modules.
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const script = (name: string) => fileURLToPath(new URL(`./client/${name}.js`, import.meta.url));

/** app.js, generator.js, and what they load on demand, by name. Takes a fraction of a second. */
export async function bundleScripts(): Promise<[name: string, bytes: Uint8Array][]> {
  const { outputFiles } = await build({
    entryPoints: { app: script("app"), generator: script("generator") },
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    chunkNames: "[name]-[hash]",
    legalComments: "eof",
    outdir: "scripts",
    write: false,
    logLevel: "silent",
  });
  return outputFiles.map(({ path, contents }) => [basename(path), contents]);
}
