// Training images that change between two sessions of a run.
import { cpSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writePng } from "@imagefn/base";
import { openRun, type PartialConfig, readLog, train } from "@imagefn/runs";
import t from "tap";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (...names: string[]) => join(home, ...names);
const picture = (path: string, value: number) =>
  writePng(path, { width: 16, height: 16 }, [new Uint8Array(16 * 16 * 3).fill(value)]);

for (const name of ["b", "c"]) {
  mkdirSync(at("pictures", name), { recursive: true });
  for (let i = 0; i < 6; i++) await picture(at("pictures", name, `${i}.png`), 20 * i + name.charCodeAt(0));
}
const config: PartialConfig = {
  ...tiny,
  data: { kind: "folder", path: at("pictures"), size: 16, heldOut: 2, classes: true },
};
const stopped = await train(config, { out: at("run"), ...abortAt(({ phase }) => phase === "train") });

/** A copy of the run and of its pictures, which `change` changes. */
async function resumed(name: string, change: (pictures: string) => unknown, changedData?: boolean) {
  rmSync(at("pictures"), { recursive: true, force: true });
  cpSync(at("kept"), at("pictures"), { recursive: true });
  await change(at("pictures"));
  cpSync(stopped.path, at(name), { recursive: true });
  return (await openRun(at(name))).resume({ changedData, isolate: false });
}
cpSync(at("pictures"), at("kept"), { recursive: true });

t.test("a run whose images changed is not resumed", async (t) => {
  const changes: Record<string, (pictures: string) => unknown> = {
    added: (pictures) => picture(join(pictures, "b", "new.png"), 9),
    removed: (pictures) => rmSync(join(pictures, "c", "3.png")),
    "class renamed": (pictures) => renameSync(join(pictures, "b"), join(pictures, "z")),
  };
  for (const [name, change] of Object.entries(changes))
    await t.rejects(
      resumed(name, change),
      { code: "changed-data", details: { path: at(name) }, message: /images were added, removed, renamed/ },
      name,
    );
});

t.test("the same images are, wherever they lie now, and changed ones on request", async (t) => {
  t.equal((await resumed("same", () => {})).finished, true);
  const run = await resumed("accepted", (pictures) => picture(join(pictures, "b", "new.png"), 9), true);
  t.equal(run.finished, true);
  t.ok(
    readLog(run.log).some((line) => typeof line.changedData === "string"),
    "the log has it",
  );
});
