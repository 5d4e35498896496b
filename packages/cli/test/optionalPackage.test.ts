// Commands whose package is not installed: what they say, and that help needs none of it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import t from "tap";
import { UserError } from "../dist/errors.js";
import { optionalPackage } from "../dist/optionalPackage.js";
import { imagefnIn, paragraph } from "./tiny.js";

const home = t.testdir({});

/** A module that makes `@imagefn/experiments` look as if it were not installed. */
const hooks = `export async function resolve(specifier, context, next) {
  if (specifier !== "@imagefn/experiments") return next(specifier, context);
  const error = new Error("Cannot find package '" + specifier + "' imported from " + context.parentURL);
  throw Object.assign(error, { code: "ERR_MODULE_NOT_FOUND" });
}`;
const hide = join(home, "hide.mjs");
writeFileSync(
  hide,
  `import { register } from "node:module";\nregister("data:text/javascript," + encodeURIComponent(${JSON.stringify(hooks)}));\n`,
);

const without = (args: string) =>
  imagefnIn(home)(args, { env: { NODE_OPTIONS: `--import=${pathToFileURL(hide)}` } });

t.test("compare and reproduce say which package to install", async (t) => {
  for (const [command, args] of [
    ["compare", "compare"],
    ["reproduce", "reproduce aspect"],
    ["reproduce", "reproduce --list"],
  ]) {
    const ended = await without(args);
    t.equal(ended.status, 1, args);
    t.match(
      paragraph(ended),
      new RegExp(
        `^imagefn: imagefn ${command} needs the package @imagefn/experiments: npm install @imagefn/experiments@\\^\\d+\\.\\d+\\.\\d+$`,
      ),
    );
  }
});

t.test("help needs no optional package", async (t) => {
  for (const [args, text] of [
    ["--help", /compare[\s\S]*reproduce/],
    ["compare --help", /--generators <list>/],
    ["reproduce --help", /--scale <scale>[\s\S]*celeba[\s\S]*church/],
  ] as const) {
    const { status, stdout, stderr } = await without(args);
    t.equal(status, 0, stderr);
    t.match(stdout, text);
  }
});

t.test("only the package itself counts as missing", async (t) => {
  const failing = (message: string, code = "ERR_MODULE_NOT_FOUND") =>
    optionalPackage("compare", "@imagefn/experiments", async () => {
      throw Object.assign(new Error(message), { code });
    });
  await t.rejects(failing("Cannot find package '@imagefn/experiments' imported from x.js"), UserError);
  const vega = "Cannot find package 'vega' imported from node_modules/@imagefn/experiments/dist/chart.js";
  await t.rejects(failing(vega), { message: vega });
  await t.rejects(failing("something else", "ERR_OTHER"), { message: "something else" });
  const real = optionalPackage("compare", "@imagefn/nowhere", () => import("@imagefn/nowhere" as string));
  await t.rejects(real, { message: /^imagefn compare needs the package @imagefn\/nowhere: npm install/ });
  t.equal(await optionalPackage("compare", "x", async () => 3), 3);
});
