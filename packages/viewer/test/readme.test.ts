// The examples of the README run as they are there, each as a program of its own beside a run called runs/first.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { tinyRun } from "./tinyRun.js";

t.setTimeout(120_000);
const home = t.testdir({ runs: {} });
await tinyRun(join(home, "runs", "first"));
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, text]) => text);

/** Starts an example, and gives the process and the first lines that it prints. */
async function started(number: number): Promise<{ child: ChildProcess; printed: string }> {
  // In this folder, so that packages are found by their names.
  const path = fileURLToPath(new URL(`./readme-${number}.mjs`, import.meta.url));
  writeFileSync(path, examples[number]);
  t.teardown(() => rmSync(path));
  const child = spawn(process.execPath, [path], { cwd: home, stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => child.kill());
  const [data] = await once(child.stdout, "data");
  return { child, printed: String(data) };
}

t.test("the report of a run", async (t) => {
  const { printed } = await started(0);
  t.equal(printed, "runs/first/report.html\n");
  t.match(readFileSync(join(home, "runs/first/report.html"), "utf8"), /<title>first · imagefn</);
});

t.test("the explorer, written and served", async (t) => {
  const { child, printed } = await started(1);
  t.ok(existsSync(join(home, "explorer", "index.html")));
  t.match(await (await fetch(printed.trim())).text(), /<h1>first<\/h1>/);
  child.kill();
});

t.test("the studio", async (t) => {
  const { child, printed } = await started(2);
  t.match(await (await fetch(printed.trim())).text(), /<h1>Studio<\/h1>/);
  child.kill();
});

t.test("a page of one's own", async (t) => {
  t.match((await started(3)).printed, /<h1>1 &#60; 2<\/h1>/);
  t.equal(examples.length, 4);
});
