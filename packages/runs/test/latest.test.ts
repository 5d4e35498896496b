// The newest run of a folder.
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { latestRun } from "@imagefn/runs";
import t from "tap";

const at = (path: string, seconds: number) => {
  writeFileSync(path, "");
  utimesSync(path, seconds, seconds);
};

function runAt(root: string, name: string, config: number, log?: number): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  at(join(path, "config.yaml"), config);
  if (log !== undefined) at(join(path, "log.jsonl"), log);
  return path;
}

t.test("the latest run is the one written last, by its log or its configuration", async (t) => {
  const root = t.testdir({ notes: {}, "a.txt": "" });
  await t.rejects(latestRun(root), { code: "not-a-run", message: /no run in .* yet/ });
  await t.rejects(latestRun(join(root, "none")), { code: "not-a-run" });
  const long = runAt(root, "a", 100, 500);
  t.equal(await latestRun(root), long);
  runAt(root, "b", 300, 400);
  t.equal(await latestRun(root), long, "it was started earlier, but is still written to");
  const fresh = runAt(root, "c", 600);
  t.equal(await latestRun(root), fresh, "it has no log yet");
});

t.test("without a root it is in runs/, and a folder of the name latest comes first", async (t) => {
  const home = t.testdir();
  const before = process.cwd();
  t.teardown(() => process.chdir(before));
  process.chdir(home);
  await t.rejects(latestRun(), {
    code: "not-a-run",
    message: "there is no run in runs yet, so there is no latest one.",
  });
  runAt("runs", "one", 100);
  t.equal(await latestRun(), join("runs", "one"));
  mkdirSync("latest");
  t.equal(await latestRun(), "latest");
});
