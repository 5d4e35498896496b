// Imports between packages point one way and are declared, and libraries know nothing of the command.
import t from "tap";
import { allPackages, importsOf, type Package, type Source, stringsOf } from "./sources.js";

/** What the sources of each package may import of ours. Each package comes after those that it may import. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ops: [],
  // MPI alone: training takes any ranks that fit its type.
  distributed: [],
  datasets: ["base"],
  testing: ["ops"],
  inr: ["ops"],
  "unet-baseline": ["ops"],
  // Takes any generator that fits its type, and imports no architecture.
  consistency: ["ops"],
  transformer: ["inr", "ops"],
  metrics: ["base", "datasets", "ops"],
  runs: ["base", "consistency", "datasets", "inr", "metrics", "ops", "transformer", "unet-baseline"],
  // A trained run, for the command: no code of ours.
  "avatars-model": [],
  viewer: ["base", "consistency", "datasets", "inr", "ops", "runs", "transformer"],
  experiments: ["base", "datasets", "metrics", "ops", "runs", "viewer"],
  cli: ["avatars-model", "base", "distributed", "experiments", "metrics", "runs", "viewer"],
};

/** Imports that need no entry in package.json. */
const undeclared: Readonly<Record<string, string>> = {
  // The page loads uPlot as a script; only its type is imported.
  "packages/viewer/src/report/client/charts.ts": "uplot",
  // It tests what happens without a package.
  "packages/cli/test/optionalPackage.test.ts": "@imagefn/nowhere",
};

/** Texts that look like flags of the command and are not. */
const notFlags: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/var\(--[a-z]+\)|(?<=[\s;{])--[a-z]+:|^--[a-z]+$/g, "CSS custom properties"],
  [/npm install --legacy-peer-deps/g, "a flag of npm"],
];

const packages = allPackages();
const names = new Map(packages.map(({ folder, manifest }) => [manifest.name, folder]));
const ours = (source: Source) => importsOf(source).flatMap((name) => names.get(name) ?? []);

/** Every import of the sources that `has` does not hold, as "path: name". */
const lacking = (list: readonly Source[], has: (name: string) => boolean) =>
  list.flatMap((source) =>
    importsOf(source)
      .filter((name) => undeclared[source.path] !== name && !has(name))
      .map((name) => `${source.path}: ${name}`),
  );

const libraries = packages.filter(({ folder, manifest }) => folder !== "cli" && !manifest.private);

t.test("the table has every package, in an order in which they can be built", async (t) => {
  const order = Object.keys(allowed);
  t.same([...order].sort(), packages.map(({ folder }) => folder).sort());
  for (const [folder, others] of Object.entries(allowed))
    for (const other of others)
      t.ok(order.indexOf(other) < order.indexOf(folder), `${other} before ${folder}`);
});

t.test("sources import what the table allows, and the table allows no more", async (t) => {
  const imported = packages.map(({ folder, src }) => [folder, [...new Set(src.flatMap(ours))].sort()]);
  const table = packages.map(({ folder }) => [folder, [...allowed[folder]].sort()]);
  t.same(imported, table);
});

/** What is installed together with the package. */
const installed = ({ manifest }: Package) =>
  Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies });

t.test("every package that a published source imports, types included, is installed with it", async (t) => {
  const problems = packages.flatMap((one) =>
    lacking(
      one.src.filter(({ published }) => published),
      (name) => installed(one).includes(name),
    ),
  );
  t.same(problems, []);
});

t.test("every package that another source imports is in package.json", async (t) => {
  const problems = packages.flatMap((one) => {
    const { manifest, src, test } = one;
    // Tests import their package by its name; the last two are installed at the root.
    const own = [...Object.keys(manifest.devDependencies ?? {}), manifest.name, "tap", "typescript"];
    const known = [...installed(one), ...own];
    return lacking([...src.filter(({ published }) => !published), ...test], (name) => known.includes(name));
  });
  t.same(problems, []);
});

t.test("no package of ours is installed without being imported", async (t) => {
  const problems = packages.flatMap((one) => {
    const sources = one.src.filter(({ published }) => published || one.manifest.private);
    const imported = sources.flatMap(importsOf);
    return installed(one)
      .filter((name) => names.has(name) && !imported.includes(name))
      .map((name) => `${one.folder}: ${name}`);
  });
  t.same(problems, []);
});

/** What looks like a flag in the strings of a source. */
function flagsOf(source: Source): string[] {
  return stringsOf(source).flatMap((text) => {
    const rest = notFlags.reduce((rest, [pattern]) => rest.replaceAll(pattern, ""), text);
    return rest.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [];
  });
}

t.test("no library names a flag", async (t) => {
  const named = (source: Source) => flagsOf(source).map((flag) => `${source.path}: ${flag}`);
  t.same(
    libraries.flatMap(({ src }) => src.flatMap(named)),
    [],
  );
  const said = (text: string) => flagsOf({ path: "x.ts", text, published: true });
  t.same(said('"leave --engine at auto"'), ["--engine"]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a template
  t.same(said("`${x}--port ${y} needs --watch`; // --no"), ["--port", "--watch"]);
  t.same(said('"{ --soft: red; color: var(--soft) } | --- | --: |"; colour("--soft")'), []);
});

t.test("no library names a subcommand of the command, or its executable", async (t) => {
  const commands = packages
    .find(({ folder }) => folder === "cli")!
    .src.flatMap(({ path }) => /src\/commands\/([a-z]+)\.ts$/.exec(path)?.[1] ?? []);
  t.ok(commands.includes("train") && commands.length > 9);
  const command = new RegExp(`\\bimagefn (?:${commands.join("|")})\\b|cli/dist|\\bbin\\.js\\b`, "g");
  const named = ({ path, text }: Source) => (text.match(command) ?? []).map((words) => `${path}: ${words}`);
  t.same(
    libraries.flatMap(({ src }) => src.flatMap(named)),
    [],
  );
});
