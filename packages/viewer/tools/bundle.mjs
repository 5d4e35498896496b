// The last step of the build, after tsc: bundles the explorer's scripts for browsers and copies what pages need of other
// packages into dist/, so that the published package depends neither on esbuild, onnxruntime-web nor uPlot. Does nothing
// when the bundle is newer than everything it is made from.
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const viewer = fileURLToPath(new URL("..", import.meta.url));
const resolve = createRequire(import.meta.url).resolve;
const site = join(viewer, "dist/site");

/** What the bundle is made from. Versions of other packages change with the lock file. */
const inputs = [
  "dist/explore/client",
  "../consistency/dist",
  "../inr/dist",
  "../ops/dist",
  "../../pnpm-lock.yaml",
  "licences.txt",
  "package.json",
  "tools/bundle.mjs",
];

/** Milliseconds since 1970 of a file's last change; of a folder's newest script. -Infinity for what is not there. */
function changed(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? Number.NEGATIVE_INFINITY;
  const scripts = readdirSync(path, { recursive: true }).filter((name) => name.endsWith(".js"));
  return Math.max(...scripts.map((name) => changed(join(path, name))));
}

/** app.js, generator.js, and what they load on demand. Names of chunks come from their contents. */
async function scripts() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: viewer,
    entryPoints: { app: "dist/explore/client/app.js", generator: "dist/explore/client/generator.js" },
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
    metafile: true,
    logLevel: "warning",
  });
  requireLicences(Object.keys(metafile.inputs));
  return outputFiles.map(({ path, contents }) => [basename(path), contents]);
}

/** A package that comes into the bundle has to be named in licences.txt, which is part of every site. */
function requireLicences(files) {
  const named = readFileSync(join(viewer, "licences.txt"), "utf8");
  // Modules that are replaced by nothing in browsers are listed all the same.
  const packages = files
    .filter((file) => !file.startsWith("(disabled):"))
    .flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  const missing = new Set(packages.filter((name) => !named.includes(`- ${name}, `)));
  if (missing.size > 0) throw new Error(`viewer: licences.txt does not name ${[...missing].join(", ")}`);
}

function copyUPlot() {
  const folder = dirname(resolve("uplot/package.json"));
  const to = join(viewer, "dist/report/uplot");
  mkdirSync(to, { recursive: true });
  for (const name of ["dist/uPlot.iife.min.js", "dist/uPlot.min.css", "LICENSE"])
    copyFileSync(join(folder, name), join(to, basename(name)));
}

async function writeSite() {
  const files = await scripts();
  const runtime = join(dirname(resolve("onnxruntime-web/wasm")), "ort-wasm-simd-threaded.wasm");
  // Compressed, it is 4 MB in place of 14 on the disk of everyone who installs the package.
  files.push(["ort.wasm.gz", gzipSync(readFileSync(runtime), { level: 9 })]);
  files.push(["licences.txt", readFileSync(join(viewer, "licences.txt"))]);
  // A build that is broken off leaves no half of a site.
  const unfinished = `${site}.tmp`;
  for (const folder of [unfinished, site]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(unfinished);
  for (const [name, bytes] of files) writeFileSync(join(unfinished, name), bytes);
  renameSync(unfinished, site);
}

if (changed(join(site, "app.js")) < Math.max(...inputs.map((path) => changed(join(viewer, path))))) {
  copyUPlot();
  await writeSite();
}
