// Two trainings in one run folder: the second is refused, and the lock of a dead process is taken over.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { startOf } from "@imagefn/base";
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

t.test("a process that has the number of a dead one does not keep its lock", async (t) => {
  const folder = t.testdir({});
  const file = join(folder, ".lock");
  const lock = (start: string | undefined) =>
    writeFileSync(file, JSON.stringify({ pid: process.ppid, host: hostname(), start }));
  const start = startOf(process.ppid);
  if (start === undefined) {
    t.comment("this system does not tell when a process was started");
    return;
  }
  lock(start);
  t.throws(() => lockRun(folder), { code: "busy" }, "the process that made it");
  lock(`${Number(start) - 1}`);
  lockRun(folder)();
  t.same(readdirSync(folder), []);
  t.equal(startOf(process.ppid), start, "always the same");
});

t.test("a link to a run folder is the same folder", async (t) => {
  const folder = t.testdir({ run: {} });
  symlinkSync("run", join(folder, "link"), "junction");
  const unlock = lockRun(join(folder, "run"));
  t.throws(() => lockRun(join(folder, "link")), { code: "busy" });
  unlock();
});

t.test("of many processes that find a stale lock at once, one has it", async (t) => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const script = `
    const { lockRun } = await import(${JSON.stringify(new URL("../dist/folder/lock.js", import.meta.url))});
    process.stdout.write("ready\\n");
    for await (const line of process.stdin) {
      const [folder, at] = String(line).trim().split(" ");
      while (Date.now() < Number(at));
      try { lockRun(folder); process.stdout.write("mine\\n"); }
      catch (error) { process.stdout.write((error.code ?? error) + "\\n"); }
    }`;
  const others = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...process.env, NODE_OPTIONS: "" },
      stdio: ["pipe", "pipe", "inherit"],
    }),
  );
  const answers = () =>
    Promise.all(
      others.map(
        ({ stdout }) => new Promise<string>((said) => stdout.once("data", (text) => said(`${text}`.trim()))),
      ),
    );
  await answers();
  for (let round = 0; round < 30; round++) {
    const folder = t.testdir({ run: { ".lock": JSON.stringify({ pid, host: hostname() }) } });
    const said = answers();
    for (const { stdin } of others) stdin.write(`${join(folder, "run")} ${Date.now() + 20}\n`);
    t.same((await said).sort(), ["busy", "busy", "busy", "mine"], `round ${round}`);
    t.same(readdirSync(join(folder, "run")), [".lock"]);
  }
  for (const { stdin } of others) stdin.end();
});
