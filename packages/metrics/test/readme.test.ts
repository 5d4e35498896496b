// The README says what the records say, and its first example runs.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pngBytes } from "@imagefn/base";
import { defaultMetrics, evaluate, type Metric, metrics } from "@imagefn/metrics";
import { random } from "@imagefn/ops";
import t from "tap";

t.setTimeout(280_000);
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

function needs({ needs }: Metric): string {
  if (needs === undefined) return "nothing";
  if ("option" in needs) return `an ONNX file, the option \`${needs.option}\``;
  if ("package" in needs) return `the npm package ${needs.package}`;
  return needs.weights.map((set) => set.map((name) => `\`${name}\``).join(" and ")).join("; or ");
}

t.test("the table of metrics is that of the records", async (t) => {
  const rows = metrics.map((metric) => {
    const { name, title, description, agrees } = metric;
    return `| \`${name}\` | ${title} | ${description} | ${agrees} | ${needs(metric)} |`;
  });
  const table = [
    "| name | metric | what | agrees with | needs |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ];
  t.ok(readme.includes(`${table.join("\n")}\n`), `README.md should hold:\n${table.join("\n")}`);
  t.equal(new Set(metrics.map(({ name }) => name)).size, metrics.length, "every name once");
  t.same(defaultMetrics, [
    "fid",
    "sfid",
    "is",
    "pr",
    "dc",
    "kid",
    "nsfwjs",
    "random-conv",
    "niqe",
    "clipiqa",
    "musiq",
    "maniqa",
  ]);
});

t.test("the example of a network of one's own runs", async (t) => {
  const [, code] = /```js\n([^`]*grid\.onnx[^`]*)```/.exec(readme)!;
  const home = t.testdir();
  // Beside the package, so that packages are found by their names.
  const script = new URL(`../example-of-readme-${process.pid}.mjs`, import.meta.url);
  writeFileSync(script, code);
  const printed: unknown[][] = [];
  const before = process.cwd();
  const log = t.intercept(console, "log", { value: (...values: unknown[]) => printed.push(values) });
  process.chdir(home);
  try {
    await import(script.href);
  } finally {
    process.chdir(before);
    log.restore();
    rmSync(script);
  }
  t.match(printed[0], [/^Frechet distance \(grid\.onnx [0-9a-f]{8}\)$/, Number]);
  t.equal(printed.length, 7);
  t.match(printed[6][0], /of 40 samples \(.* %\) are more like a training picture/);
  t.match(readFileSync(join(home, "pairs.html"), "utf8"), /^<!doctype html>/);
});

t.test("the first example runs", async (t) => {
  const home = t.testdir({ generated: {}, photos: {} });
  process.env.IMAGEFN_WEIGHTS = "";
  process.env.IMAGEFN_CACHE = join(home, "cache");
  for (const [seed, folder] of ["generated", "photos"].entries()) {
    mkdirSync(join(home, folder), { recursive: true });
    for (let i = 0; i < 6; i++) {
      const data = Uint8Array.from(random(seed).uniform(3 * 256, i), (u) => 256 * u);
      writeFileSync(join(home, folder, `${i}.png`), await pngBytes({ width: 16, height: 16 }, [data]));
    }
  }
  const example = /```js\n([^`]*)```/.exec(readme)![1];
  const [first, ...body] = example.trim().split("\n");
  t.equal(first, 'import { evaluate } from "@imagefn/metrics";');
  t.equal(body.length, 2, "three lines");
  const printed: unknown[][] = [];
  const before = process.cwd();
  process.chdir(home);
  try {
    const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
    await new AsyncFunction("evaluate", "console", body.join("\n"))(evaluate, {
      log: (...values: unknown[]) => printed.push(values),
    });
  } finally {
    process.chdir(before);
  }
  const of = (metric: string) => printed.find(([name]) => name === metric)?.[1];
  t.match(of("FID, SFID, IS, PR, DC, KID"), /^unavailable: weights missing/);
  t.equal(typeof of("Frechet distance (nsfwjs Inception)"), "number");
});
