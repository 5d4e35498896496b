// Makes vendor/gpu.js: the build for browsers of the installed gpu.js, byte for byte, as one module that needs nothing.
// gpu.js itself would bring the package webgpu 0.2.9 (84 MB), which it never loads, to everyone who installs ops.
// Runs as "prepare", hence after every install of the workspace and before every pack.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const vendor = join(import.meta.dirname, "../vendor");

/** Folder of a package, as another package finds it. */
const folderOf = (name, from = require) => {
  const up = (folder) => (folder.endsWith(join("node_modules", name)) ? folder : up(dirname(folder)));
  return up(dirname(from.resolve(name)));
};
const gpujs = folderOf("gpu.js");
const read = (folder, file) => readFileSync(join(folder, file), "utf8");
const versionOf = (folder) => JSON.parse(read(folder, "package.json")).version;

const version = versionOf(gpujs);
const names = Object.keys(require(join(gpujs, "dist/gpu-browser.js")));
const module = `// gpu.js ${version}, its build for browsers unchanged, made into a module; see LICENSE beside it.
const gpujs = { exports: {} };
// Names of CommonJS are those of parameters: at the top of a module, they are taken by what bundlers put around it.
(function (module, exports) {
${read(gpujs, "dist/gpu-browser.js")}
})(gpujs, gpujs.exports);
export const { ${names.join(", ")} } = gpujs.exports;
export const version = "${version}";
`;
const types = `// gpu.js ${version}
${read(gpujs, "src/index.d.ts")}
export declare const version: string;
`;

const fromGpujs = createRequire(join(gpujs, "package.json"));
const licenses = [gpujs, ...["acorn", "gpu-mock.js"].map((name) => folderOf(name, fromGpujs))].map(
  (folder) => {
    const { name, version } = JSON.parse(read(folder, "package.json"));
    return `${name} ${version}\n\n${read(folder, "LICENSE").trim()}\n`;
  },
);

mkdirSync(vendor, { recursive: true });
writeFileSync(join(vendor, "gpu.js"), module);
writeFileSync(join(vendor, "gpu.d.ts"), types);
writeFileSync(join(vendor, "LICENSE"), licenses.join(`\n${"-".repeat(80)}\n\n`));
