// Reading a run writes nothing.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createRunFolder, listCheckpoints, openRun, openRunFolder, resolveConfig } from "@imagefn/runs";
import t from "tap";

const config = resolveConfig({ preset: "avatars-tiny" });

t.test("opening a run makes nothing, so that it can be read where nothing can be written", async (t) => {
  const dir = t.testdir();
  const run = await createRunFolder(config, { out: join(dir, "one") });
  for (const folder of [run.checkpoints, run.samples, run.functions]) rmSync(folder, { recursive: true });
  const before = readdirSync(run.path);
  t.same(listCheckpoints(openRunFolder(run.path)), []);
  t.equal((await openRun(run.path)).finished, false);
  t.same(readdirSync(run.path), before);
});
