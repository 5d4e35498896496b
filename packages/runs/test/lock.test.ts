// Two trainings in one run folder: the second is refused, and the lock of a dead process is taken over.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { openRun, train } from "@imagefn/runs";
import t from "tap";
import { lockRun } from "../dist/folder/lock.js";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();

t.test("a second training of a run is refused with the first one's process", async (t) => {
  const out = join(home, "two");
  const stopped = await train(tiny, { out, ...abortAt(({ phase }) => phase === "train") });
  t.notOk(existsSync(join(out, ".lock")), "a lock ends with its training");
  let second: unknown;
  let locked = false;
  await stopped.resume({
    async onMessage() {
      locked ||= existsSync(join(out, ".lock"));
      second ??= (await openRun(out)).resume().catch((error: unknown) => error);
    },
  });
  t.ok(locked);
  t.match(await second, { code: "busy", details: { path: out, pid: process.pid } });
  t.equal((await openRun(out)).finished, true, "the first one ends as if it had been alone");
});

t.test("locks of dead processes and damaged ones are taken over, others are not", async (t) => {
  const folder = t.testdir({});
  const file = join(folder, ".lock");
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  for (const stale of [
    JSON.stringify({ pid, host: hostname() }),
    "",
    "{}",
    JSON.stringify({ pid: process.pid, host: hostname() }),
  ]) {
    writeFileSync(file, stale);
    const unlock = lockRun(folder);
    t.equal(JSON.parse(readFileSync(file, "utf8")).pid, process.pid, stale);
    t.throws(() => lockRun(folder), { code: "busy" });
    unlock();
    t.notOk(existsSync(file));
  }
  writeFileSync(file, JSON.stringify({ pid: process.ppid, host: hostname() }));
  t.throws(() => lockRun(folder), {
    code: "busy",
    message: new RegExp(`trained by process ${process.ppid}\\.`),
  });
  writeFileSync(file, JSON.stringify({ pid: 5, host: "another-machine" }));
  t.throws(() => lockRun(folder), { code: "busy", message: /by process 5 on another-machine/ });
});
