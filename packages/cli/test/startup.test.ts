// What a command loads before it does anything: help and lists need neither networks nor native libraries.
import t, { type Test } from "tap";
import { imagefnIn, tinyYaml } from "./tiny.js";

t.setTimeout(240_000);
const home = t.testdir({ "tiny.yaml": tinyYaml });
const imagefn = imagefnIn(home);

const asUrl = (script: string) => `data:text/javascript,${encodeURIComponent(script)}`;

// Prints every file that is loaded.
const loader = asUrl(`
import { writeSync } from "node:fs";
export async function load(url, context, next) {
  writeSync(2, "\\nloaded " + url + "\\n");
  return next(url, context);
}`);
const NODE_OPTIONS = `--import=${asUrl(`import { register } from "node:module"; register("${loader}");`)}`;

/** The packages that a command line loads; those of ours by their folder. */
async function loadedBy(t: Test, args: string): Promise<string[]> {
  const { stderr, status } = await imagefn(args, { env: { NODE_OPTIONS } });
  t.equal(status, 0, stderr);
  const urls = [...stderr.matchAll(/^loaded (file:.*)$/gm)].map(([, url]) => url);
  const names = urls.map((url) => /.*\/(?:node_modules|packages)\/((?:@[^/]+\/)?[^/]+)\//.exec(url)![1]);
  return [...new Set(names)].sort();
}

for (const line of ["--help", "--version", "presets", "train --help", "evaluate --help"])
  t.test(`imagefn ${line} loads names only`, async (t) => {
    t.same(await loadedBy(t, line), ["base", "cli", "commander", "metrics", "ops", "runs"]);
  });

t.test("sampling loads no library that decodes images", async (t) => {
  await imagefn("train tiny.yaml --out run --set pretrain.steps=2 --set train.steps=2");
  const loaded = await loadedBy(t, "sample run --count 1 --size 8 --out pictures");
  t.ok(loaded.includes("inr"));
  t.same(
    loaded.filter((name) => ["datasets", "sharp", "@resvg/resvg-js"].includes(name)),
    [],
  );
});
