// The example of the README runs as it is there.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";

t.setTimeout(120_000);

t.test("the example draws faces into a folder of its own", async (t) => {
  const home = t.testdir();
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [[, example], ...others] = [...readme.matchAll(/```js\n(.*?)```/gs)];
  t.equal(others.length, 0);
  // In this folder, so that packages are found by their names.
  const path = fileURLToPath(new URL("./readme-example.mjs", import.meta.url));
  writeFileSync(path, example);
  t.teardown(() => rmSync(path));
  const printed = execFileSync(process.execPath, [path], { cwd: home, encoding: "utf8" });
  t.match(printed, /^\[ 3, 256, 256 \]\n\[ 'faces.{1,2}step\d+-seed0-count16-96x96\.png' \]\n$/);
  const [, picture] = /'(.*)'/.exec(printed)!;
  t.equal(readFileSync(join(home, picture)).toString("latin1", 1, 4), "PNG");
});
