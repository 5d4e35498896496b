// Configuration files to start from: they resolve, and hold what the pictures suggest.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resolveConfig, starterConfig } from "@imagefn/runs";
import { PNG } from "pngjs";
import t from "tap";
import { parse } from "yaml";

const home = t.testdir({ mine: {} });

function folder(name: string, count: number, side: number): string {
  const path = join(home, name);
  mkdirSync(path);
  const bytes = PNG.sync.write(new PNG({ width: side, height: side }));
  for (let i = 0; i < count; i++) writeFileSync(join(path, `${i}.png`), bytes);
  return path;
}

/** The configuration that a file with this text gives. */
function resolved(yaml: string) {
  const path = join(home, "mine", "config.yaml");
  writeFileSync(path, yaml);
  return resolveConfig(path, [], { template: true });
}

t.test("many large pictures: 64 pixels, and some are held out", async (t) => {
  const data = folder("large", 200, 70);
  const { yaml, ...found } = await starterConfig({ folder: join(home, "mine"), data, header: ["Mine."] });
  t.same(found, { size: 64, images: 200, warnings: [] });
  t.match(yaml, /^# Mine\.\n\npreset: folder64-tiny\nname: mine/);
  t.match(resolved(yaml), { name: "mine", data: { kind: "folder", path: data, size: 64, heldOut: 0.05 } });
  const lines = yaml.split("\n").filter((line) => /^ *\w+: \S/.test(line) && !line.startsWith("preset"));
  t.ok(
    lines.every((line) => line.includes(" # ")),
    "every field is explained",
  );
});

t.test("few small pictures: 32 pixels, with frequencies that fit, and none are held out", async (t) => {
  const data = folder("small", 3, 40);
  const { yaml, size } = await starterConfig({ folder: join(home, "mine"), data });
  t.equal(size, 32);
  const config = resolved(yaml);
  t.match(config, { data: { size: 32, heldOut: 0 }, generator: { func: { inr: { peSigma: 16 } } } });
  const asked = await starterConfig({ folder: home, data, preset: "celeba64-tiny" });
  t.equal(asked.size, 64, "a preset that was asked for keeps its size");
});

t.test("a path is relative to the file, and any preset takes a folder", async (t) => {
  folder("photos", 1, 64);
  const cwd = process.cwd();
  process.chdir(home);
  t.teardown(() => process.chdir(cwd));
  const { yaml } = await starterConfig({ folder: "mine", data: "photos", preset: "avatars-tiny" });
  t.match(parse(yaml), { preset: "avatars-tiny", data: { kind: "folder", path: "../photos" } });
  t.equal(resolved(yaml).data.path, join(process.cwd(), "photos"));
  t.equal(parse((await starterConfig({ folder: "mine" })).yaml).data.path, null);
  await t.rejects(starterConfig({ folder: "mine", data: "mine" }), { code: "invalid-data" });
  await t.rejects(starterConfig({ folder: "mine", preset: "no" }), { code: "unknown-preset" });
});
