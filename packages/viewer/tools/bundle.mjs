// The last step of the build, after tsc: bundles the scripts of the explorer and the studio for browsers and copies what pages need of other
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
  "dist/studio/client",
  ...["consistency", "datasets", "inr", "ops", "runs", "transformer"].map((name) => `../${name}/dist`),
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

const entries = {
  explorer: Object.fromEntries(
    ["app", "band", "generator"].map((name) => [name, `dist/explore/client/${name}.js`]),
  ),
  studio: Object.fromEntries(
    ["explore", "studio", "trainer"].map((name) => [name, `dist/studio/client/${name}.js`]),
  ),
};

/** The scripts of both pages and what they load on demand. Names of chunks come from their contents. */
async function scripts() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: viewer,
    entryPoints: { ...entries.explorer, ...entries.studio },
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // The runtime's own files lie beside.
    conditions: ["onnxruntime-web-use-extern-wasm"],
    // In modules of ours that pages do not use.
    external: ["node:*", "sharp", "@resvg/*", "@dicebear/*", "onnxruntime-node"],
    chunkNames: "[name]-[hash]",
    legalComments: "eof",
    outdir: "scripts",
    write: false,
    metafile: true,
    logLevel: "warning",
  });
  requireLicences(Object.keys(metafile.inputs));
  const left = Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.filter((one) => one.external),
  );
  if (left.length > 0)
    throw new Error(`viewer: the scripts import ${left.map(({ path }) => path).join(", ")}`);
  const ofExplorer = reached(metafile, Object.values(entries.explorer));
  return outputFiles.map(({ path, contents }) => {
    const name = basename(path);
    return [ofExplorer.has(`scripts/${name}`) ? "explorer" : "studio", name, contents];
  });
}

/** The outputs that some entries load, now or later. */
function reached({ outputs }, sources) {
  const found = new Set();
  const visit = (path) => {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: next, external } of outputs[path].imports) if (!external) visit(next);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (sources.includes(entryPoint)) visit(path);
  return found;
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
  const runtime = dirname(resolve("onnxruntime-web/wasm"));
  const name = "ort-wasm-simd-threaded";
  // Many hosts send .mjs with a type that browsers refuse to run.
  files.push(["explorer", "ort.js", readFileSync(join(runtime, `${name}.mjs`))]);
  // Compressed, it is 4 MB in place of 14 on the disk of everyone who installs the package.
  const wasm = readFileSync(join(runtime, `${name}.wasm`));
  files.push(["explorer", "ort.wasm.gz", gzipSync(wasm, { level: 9 })]);
  files.push(["explorer", "licences.txt", readFileSync(join(viewer, "licences.txt"))]);
  // A build that is broken off leaves no half of a site.
  const unfinished = `${site}.tmp`;
  for (const folder of [unfinished, site]) rmSync(folder, { recursive: true, force: true });
  for (const part of Object.keys(entries)) mkdirSync(join(unfinished, part), { recursive: true });
  for (const [part, name, bytes] of files) writeFileSync(join(unfinished, part, name), bytes);
  renameSync(unfinished, site);
}

if (changed(join(site, "explorer/app.js")) < Math.max(...inputs.map((path) => changed(join(viewer, path))))) {
  copyUPlot();
  await writeSite();
}
