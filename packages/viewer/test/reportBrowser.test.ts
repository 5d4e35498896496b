// Reports in Chromium, where there is one: no complaint on the console, charts drawn, the slider, a live page.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { serveReport, writeReport } from "@imagefn/viewer";
import type { Page } from "playwright-core";
import t from "tap";
import { readContents } from "../dist/report/contents.js";
import { reportPage } from "../dist/report/page.js";
import { viewOf } from "../dist/report/view.js";
import { contentWidth, launch, opened, skip } from "./browser.js";
import { hostile, logMore, madeUpRun, picture } from "./madeUpRun.js";

t.setTimeout(120_000);
const home = t.testdir();
const viewport = { width: 1000, height: 900 };

/** Pixels of each chart that are of the colours of the two phases. */
const drawn = (page: Page) =>
  page.$$eval(".chart:not(.empty) canvas", (canvases) =>
    canvases.map((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const { data } = (canvas as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
      const near = (rgb: number[], at: number) =>
        rgb.every((value, c) => Math.abs(data[at + c] - value) < 24);
      const found = { pretrain: 0, train: 0 };
      for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] < 200) continue;
        if (near([180, 95, 6], at)) found.pretrain++;
        if (near([36, 97, 168], at)) found.train++;
      }
      return found;
    }),
  );

/** The title of the frame that is shown, and how many are. */
const frame = (page: Page) =>
  page.$$eval(".frames li", (frames) =>
    frames
      .filter((li) => li.checkVisibility())
      .map((li) => li.querySelector("figcaption")!.textContent!.trim()),
  );

t.test("reports in Chromium", { skip }, async (t) => {
  const browser = await launch();
  t.teardown(() => browser.close());

  await t.test("a file draws its charts, and its slider turns over the grids", async (t) => {
    const run = await madeUpRun(join(home, "file"));
    const { page, complaints } = await opened(browser, pathToFileURL(await writeReport(run)).href, viewport);
    const charts = await drawn(page);
    t.equal(charts.length, 5);
    t.ok(charts[0].pretrain > 100 && charts[0].train > 100, `loss: ${JSON.stringify(charts[0])}`);
    t.ok(charts[1].pretrain === 0 && charts[1].train > 100, `N: ${JSON.stringify(charts[1])}`);
    const scale = page.locator(".chart[data-curve=loss] button");
    t.equal(await scale.textContent(), "log");
    await scale.click();
    t.equal(await scale.textContent(), "linear");
    t.not(
      JSON.stringify((await drawn(page))[0]),
      JSON.stringify(charts[0]),
      "another curve on a linear axis",
    );
    t.same(await frame(page), ["end"]);
    await page.locator(".turner input").press("ArrowLeft");
    t.same(await frame(page), ["step 40"]);
    t.equal(await page.locator(".turner output").textContent(), "step 40");
    await page.setViewportSize({ width: 360, height: 700 });
    t.equal(await contentWidth(page), 360, "nothing sticks out on a phone");
    t.same(complaints, []);
  });

  await t.test("one final grid is shown, of the size that is chosen, without scripts too", async (t) => {
    const run = await madeUpRun(join(home, "sizes"));
    const url = pathToFileURL(await writeReport(run)).href;
    for (const javaScriptEnabled of [true, false]) {
      const context = await browser.newContext({ javaScriptEnabled, viewport });
      const page = await context.newPage();
      await page.goto(url);
      const seen = async () => {
        const grids = await page.locator(".sizes figure").all();
        const visible = await Promise.all(grids.map((grid) => grid.isVisible()));
        return visible.flatMap((is, i) => (is ? [i] : []));
      };
      t.same(await seen(), [0]);
      await page.getByText("48 × 64", { exact: true }).first().click();
      t.same(await seen(), [1]);
      await page.keyboard.press("ArrowLeft");
      t.same(await seen(), [0], "by keys");
      await context.close();
    }
  });

  await t.test("charts without values take no room", async (t) => {
    const run = await madeUpRun(join(home, "few"));
    const few = readFileSync(run.log, "utf8").replaceAll(/"(gradientNorm|denoisingDistance)":[\d.]+,?/g, "");
    writeFileSync(run.log, few.replaceAll(",}", "}"));
    const { page, complaints } = await opened(browser, pathToFileURL(await writeReport(run)).href, viewport);
    t.equal((await drawn(page)).length, 3);
    const widths = await page.$$eval(".chart", (charts) => charts.map(({ clientWidth }) => clientWidth));
    t.equal(widths.length, 3);
    t.ok(widths[0] > 900 && widths[1] < 500 && widths[1] === widths[2], String(widths));
    t.same(complaints, []);

    const live = await serveReport(run);
    const { page: followed } = await opened(browser, live.url, viewport);
    t.equal(await followed.locator(".chart:visible").count(), 3);
    logMore(run, { phase: "train", step: 31, loss: 0.5, gradientNorm: 0.5 });
    live.update({ phase: "train", step: 31, total: 40 });
    await followed.locator('.chart[data-curve="gradientNorm"] canvas').waitFor();
    t.equal(await followed.locator(".chart:visible").count(), 4);
    await followed.getByText("48 × 64", { exact: true }).first().click();
    await picture(run, "96x96.png", 40, [9, 9, 9]);
    live.update({ phase: "sample", step: 31, total: 40 });
    await followed.getByText("96 × 96", { exact: true }).first().waitFor();
    t.ok(await followed.locator("#size-48-64").isChecked(), "the size that was chosen stays");
    await live.close();
  });

  await t.test("on a phone and in the dark nothing sticks out", async (t) => {
    const run = await madeUpRun(join(home, "phone"));
    const url = pathToFileURL(await writeReport(run)).href;
    for (const scheme of ["light", "dark"] as const)
      for (const width of [400, 1280]) {
        const { page, complaints } = await opened(browser, url, { width, height: 800 }, scheme);
        await drawn(page);
        t.equal(await contentWidth(page), width, `${scheme}, ${width}`);
        t.same(complaints, []);
        await page.close();
      }
  });

  await t.test("hostile names do nothing", async (t) => {
    const run = await madeUpRun(join(home, "hostile"));
    const contents = { ...readContents(run), name: hostile, environment: [[hostile, hostile]] as const };
    const metrics = { findings: [{ metric: hostile, value: hostile, reason: hostile }], [hostile]: hostile };
    const path = join(run.path, "report.html");
    writeFileSync(path, reportPage(viewOf({ ...contents, metrics })));
    const { page, complaints } = await opened(browser, pathToFileURL(path).href, viewport);
    t.equal(await page.locator("h1").textContent(), hostile);
    t.equal((await drawn(page)).length, 5);
    t.same(complaints, []);
  });

  await t.test("a live page follows the training to its end", async (t) => {
    const run = await madeUpRun(join(home, "live"));
    const live = await serveReport(run);
    const { page, complaints } = await opened(browser, live.url, viewport);
    t.same(await frame(page), ["end"]);
    await page.locator(".turner input").press("Home");
    t.same(await frame(page), ["step 30"]);
    logMore(run, { phase: "train", step: 31, loss: 0.5, N: 77 });
    await picture(run, "preview-00000051.png", 40, [9, 9, 9]);
    live.update({ phase: "train", step: 31, total: 40 });
    await page.getByText("training: step 31 of 40").waitFor();
    await page.locator('.turner input[max="3"]').waitFor();
    t.same(await frame(page), ["step 30"], "the frame that was chosen stays");
    await live.close();
    await page.getByText("finished").waitFor();
    await page.locator(".turner input").press("End");
    t.same(await frame(page), ["end"]);
    t.ok(await page.$$eval("img", (all) => all.every((image) => image.src.startsWith("data:"))));
    t.same(complaints, []);
  });

  await t.test("a live page says when it has lost its server", async (t) => {
    const live = await serveReport(await madeUpRun(join(home, "lost")));
    const page = await browser.newPage();
    await page.route("**/events", (route) => route.abort());
    await page.goto(live.url);
    const note = page.locator("#status .status").nth(1);
    t.equal(await note.textContent(), "Lost contact with the training process; this page no longer updates.");
    await live.close();
  });
});
