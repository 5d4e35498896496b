// The studio in Chromium, where there is one: it trains, goes on after a reload, shows what it learned, and saves a run that
// goes on in Node; and what it says of pictures that cannot be used.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRun, readLog } from "@imagefn/runs";
import { serveSite, studioSite, writeSite } from "@imagefn/viewer";
import type { Page } from "playwright-core";
import { PNG } from "pngjs";
import t from "tap";
import { contentWidth, launch, opened, skip } from "./browser.js";
import { plainHost } from "./plainHost.js";
import { tinyStudio } from "./tinyStudio.js";
import { unzip } from "./unzip.js";

t.setTimeout(240_000);
const home = t.testdir({ pictures: {}, few: {} });
const inHome = (...path: string[]) => join(home, ...path);

/** Writes a picture of one colour. */
function picture(path: string, side: number, red: number): string {
  const png = new PNG({ width: side, height: side + 5 });
  png.data.forEach((_, i) => {
    png.data[i] = [red, 90, 160, 255][i % 4];
  });
  writeFileSync(path, PNG.sync.write(png));
  return path;
}

const button = (page: Page, id: string) => page.locator(`#${id}:enabled`);
const words = (page: Page, id: string) => page.locator(`#${id}`).textContent();
const stepOf = async (page: Page) =>
  Number(/step ([\d,]+)/.exec((await words(page, "progressed"))!)![1].replace(/,/g, ""));

async function savedRun(page: Page, to: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, "run").click()]);
  t.match(download.suggestedFilename(), /^studio-\d{8}-\d{6}\.zip$/);
  return unzip(readFileSync(await download.path()), to);
}

t.test("the studio in Chromium", { skip }, async (t) => {
  const site = await studioSite({ values: tinyStudio });
  const { url, close } = await serveSite(site);
  t.teardown(close);
  const browser = await launch();
  t.teardown(() => browser.close());

  await t.test("learns avatars, goes on after a reload, and is explored and saved", async (t) => {
    const { page, complaints } = await opened(browser, url, { width: 400, height: 800 });
    page.setDefaultTimeout(60_000);
    t.equal(await contentWidth(page), 400, "nothing sticks out on a phone");
    await button(page, "avatars").click();
    await button(page, "train").waitFor();
    t.equal(await words(page, "count"), "36 avatars");
    t.match(await words(page, "gpu"), /^No GPU: WebGPU finds no adapter here \(install the driver/);
    t.equal(await page.locator("#webgpu").isDisabled(), true);
    // Long enough for a slow machine to be still training at the reload.
    await page.locator("#minutes").fill("1");
    await page.locator("#train").press("Enter");
    await button(page, "explore").waitFor();
    t.match(await words(page, "status"), /ONNX Runtime on WebAssembly, 1 thread/);
    await page.reload();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    const before = await stepOf(page);
    t.ok(before > 0);
    t.ok((await page.locator("#samples").getAttribute("width"))! > "1", "its samples are there");
    await button(page, "train").click();
    await page.waitForFunction(
      (before) =>
        Number(
          /step ([\d,]+)/.exec(document.getElementById("progressed")!.textContent!)![1].replace(/,/g, ""),
        ) > before,
      before,
    );
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    const after = await stepOf(page);
    t.ok(after > before);

    const [explorer] = await Promise.all([page.waitForEvent("popup"), button(page, "explore").click()]);
    explorer.on("pageerror", (error) => complaints.push(String(error)));
    await explorer.locator("#function[data-drawn]").waitFor();
    t.match(
      await explorer.locator("#facts").textContent(),
      `trained for ${after.toLocaleString("en-US")} steps`,
    );
    await explorer.close();

    const folder = await savedRun(page, inHome("saved"));
    const run = await openRun(folder);
    t.match(run.config, { name: "studio", budget: { minutes: 1 }, data: { kind: "avatars", count: 40 } });
    t.equal(run.finished, false);
    const stop = new AbortController();
    let first: number | undefined;
    await run.resume({
      isolate: false,
      engine: "onnx",
      signal: stop.signal,
      onProgress({ phase, step }) {
        if (phase !== "train") return;
        first ??= step;
        stop.abort();
      },
    });
    t.match(readLog(run.log).at(-1), { phase: "train", step: first, engine: "onnx" });
    t.equal((await run.sample({ count: 1, engine: "onnx" })).length, 1);
    t.same(complaints, []);
    await page.close();
  });

  await t.test(
    "on a plain host, pictures: those that can be used, and what is said of the others",
    async (t) => {
      await writeSite(site, inHome("site"));
      const { url, close } = await plainHost(inHome("site"));
      t.teardown(close);
      const { page, complaints } = await opened(browser, url, { width: 1280, height: 800 });
      page.setDefaultTimeout(60_000);
      const good = Array.from({ length: 6 }, (_, i) => picture(inHome("pictures", `p${i}.png`), 20, 40 * i));
      picture(inHome("pictures", "small.png"), 9, 0);
      writeFileSync(inHome("pictures", "broken.jpg"), "no picture");
      writeFileSync(inHome("pictures", "notes.txt"), "text");
      await page.locator("#files").setInputFiles(good.slice(0, 3));
      await page
        .getByRole("alert")
        .filter({ hasText: "3 pictures are too few: at least 4 are needed" })
        .waitFor();
      t.equal(await page.locator("#train").isDisabled(), true);
      await page.locator("#folder").setInputFiles(inHome("pictures"));
      await button(page, "train").waitFor();
      t.equal(await words(page, "count"), "6 pictures of pictures");
      const said = await words(page, "message");
      for (const part of [
        /broken\.jpg: the browser cannot decode it/,
        /small\.png: smaller than 16 x 16/,
        /1 of other kinds/,
      ])
        t.match(said, part);
      await page.locator("#minutes").fill("0.05");
      await button(page, "train").click();
      const hosts = /WebAssembly, 1 thread \(the server of this page sends no Cross-Origin-Opener-Policy and/;
      await page.getByRole("status").filter({ hasText: hosts }).waitFor();
      await page.getByRole("button", { name: "Finished" }).waitFor();
      const folder = await savedRun(page, inHome("saved"));
      const yaml = join(folder, "config.yaml");
      const text = readFileSync(yaml, "utf8");
      writeFileSync(yaml, text.replace('path: "pictures"', `path: ${JSON.stringify(inHome("pictures"))}`));
      const run = await openRun(folder);
      t.equal(run.finished, true);
      // Refuses other images than those of the checkpoint.
      t.equal((await run.resume({ isolate: false, engine: "onnx" })).finished, true);
      t.same(complaints, []);
      await page.close();
    },
  );

  await t.test("a second tab, and a worker that does not start", async (t) => {
    const context = await browser.newContext();
    const [page, second] = [await context.newPage(), await context.newPage()];
    await page.goto(url);
    await page.waitForFunction(async () => (await navigator.locks.query()).held!.length > 0);
    await second.goto(url);
    await second.getByRole("alert").filter({ hasText: "The studio is open in another tab." }).waitFor();
    await page.route("**/trainer.js", (route) => route.abort());
    await button(page, "avatars").click();
    await page.getByRole("alert").filter({ hasText: "The worker that trains has failed" }).waitFor();
    // It can be tried again.
    await page.unroute("**/trainer.js");
    await button(page, "avatars").click();
    await button(page, "train").waitFor();
    t.equal(await words(page, "count"), "36 avatars");
    await context.close();
  });
});
