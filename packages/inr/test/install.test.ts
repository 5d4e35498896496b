// What `npm install @imagefn/inr` brings, and that it suffices to fit a picture and to draw it.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bareInstall } from "@imagefn/testing";
import t from "tap";

const { folder, bytes, remove } = bareInstall("inr");
t.teardown(remove);

t.test("the package and its dependencies are less than 10 MB", async (t) => {
  t.comment(`${(bytes / 1e6).toFixed(1)} MB`);
  t.ok(bytes > 1e6 && bytes < 10e6, `${bytes} bytes`);
});

t.test("fit and renderBytes work without any optional package", async (t) => {
  const file = join(folder, "script.mjs");
  writeFileSync(
    file,
    `import { fit, renderBytes } from "@imagefn/inr";
     const data = Uint8Array.from({ length: 3 * 64 }, (_, i) => (i % 3) * 80 + 2 * Math.floor(i / 24));
     const { imageFunction, losses } = await fit({ width: 8, height: 8, data }, { steps: 30 });
     const picture = await renderBytes(imageFunction, { width: 20, height: 10 });
     console.log(JSON.stringify({ first: losses[0], last: losses[29], bytes: picture.data.length }));`,
  );
  const env = { PATH: process.env.PATH };
  const found = JSON.parse(execFileSync(process.execPath, [file], { encoding: "utf8", env }));
  t.ok(found.last < 0.1 * found.first, `the loss falls from ${found.first} to ${found.last}`);
  t.equal(found.bytes, 4 * 20 * 10);
});
