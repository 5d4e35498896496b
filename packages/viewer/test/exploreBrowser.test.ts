// The explorer in Chromium, where there is one: samples, classes, mixing, zoom, files in and out, a static folder.
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ImageFunction, loadImageFunction, renderBytes } from "@imagefn/inr";
import { listCheckpoints } from "@imagefn/runs";
import { explorerSite, serveSite, writeSite } from "@imagefn/viewer";
import type { Browser, Page } from "playwright-core";
import { PNG } from "pngjs";
import t from "tap";
import { contentWidth, launch, opened, skip } from "./browser.js";
import { plainHost } from "./plainHost.js";
import { sampled, trainedRun } from "./tinyRun.js";

t.setTimeout(120_000);
const home = t.testdir();
const inHome = (...path: string[]) => join(home, ...path);

/** An explorer that has drawn its first function. */
async function explorer(browser: Browser, url: string) {
  const { page, complaints } = await opened(browser, url, { width: 360, height: 900 });
  await page.locator("#function[data-drawn]").waitFor();
  return { page, complaints };
}

/** A canvas: its size, and its bytes. */
async function canvasOf(page: Page, selector = "#function") {
  const { width, height, text } = await page.locator(selector).evaluate((found) => {
    const canvas = found as HTMLCanvasElement;
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
    let text = "";
    for (let at = 0; at < data.length; at += 32_768)
      text += String.fromCharCode(...data.subarray(at, at + 32_768));
    return { width, height, text: btoa(text) };
  });
  return { width, height, data: Buffer.from(text, "base64") };
}

const bytesOf = async (page: Page, selector: string) => (await canvasOf(page, selector)).data;

/** The largest difference between the canvas and a function drawn by the CPU, in bytes. */
async function difference(page: Page, fn: ImageFunction): Promise<number> {
  const { width, height, data } = await canvasOf(page);
  const render = await renderBytes(fn, { width, height });
  return data.reduce((most, x, i) => Math.max(most, Math.abs(x - render.data[i])), 0);
}

/** Waits until the canvas shows the function to within 2/255; gives the last difference. */
async function shows(page: Page, fn: ImageFunction): Promise<number> {
  let found = await difference(page, fn);
  for (let attempt = 0; attempt < 50 && found > 2; attempt++) {
    await page.waitForTimeout(100);
    found = await difference(page, fn);
  }
  return found;
}

const fill = (page: Page, id: string, value: string) => page.locator(`#${id}`).fill(value);
const message = (page: Page) => page.locator("#message");

/** What a button lets the user save. */
async function saved(page: Page, id: string): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator(`#${id}`).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

t.test("the explorer in Chromium", { skip }, async (t) => {
  const trained = await trainedRun(inHome("run"), { classes: ["pixel-art", "thumbs"] });
  const site = await explorerSite(trained);
  await writeSite(site, inHome("site"));
  const { url, close } = await serveSite(site);
  t.teardown(close);
  const browser = await launch();
  t.teardown(() => browser.close());
  const drawn = await sampled(trained, { count: 4 });

  await t.test("sample N is the run's N-th sample; seeds, classes and mixing", async (t) => {
    const { page, complaints } = await explorer(browser, url);
    t.ok((await shows(page, drawn[0])) <= 2, "sample 0");
    t.match(await page.locator("#backend").textContent(), /^Drawn by simd on \d+ threads/);
    await fill(page, "sample", "3");
    t.ok((await shows(page, drawn[3])) <= 2, "sample 3");
    t.match(await page.locator("#shown").textContent(), /^sample 3$/);
    t.equal(await contentWidth(page), 360, "nothing sticks out on a phone");
    await page.locator("#previous").click();
    t.ok((await shows(page, drawn[2])) <= 2, "sample 2");
    await fill(page, "seed", "7");
    await page.locator("#class").selectOption("1");
    const thumbs = await sampled(trained, { count: 3, seed: 7, label: 1 });
    t.ok((await shows(page, thumbs[2])) <= 2, "a seed and a class");
    await fill(page, "other", "1");
    await fill(page, "mix", "100");
    t.ok((await shows(page, thumbs[1])) <= 2, "all the way to another sample");
    await fill(page, "mix", "50");
    await page.getByText("between samples 2 and 1").waitFor();
    t.same(complaints, []);

    const { name, bytes } = await saved(page, "safetensors");
    t.equal(name, "run-seed7-2-to-1-50-class1.safetensors");
    const between = loadImageFunction(bytes);
    t.ok((await shows(page, between)) <= 2, "what is saved is what is seen");
    await page.close();
  });

  await t.test("zoom, shape and pictures of any size", async (t) => {
    const { page, complaints } = await explorer(browser, url);
    const [fn] = drawn;
    await shows(page, fn);
    await page.locator("#function").hover();
    await page.mouse.wheel(0, -800);
    await page.getByText("4.95 x").waitFor();
    t.ok((await difference(page, fn)) > 2, "a part of it");
    await page.locator("#whole").click();
    t.ok((await shows(page, fn)) <= 2, "the whole again");
    await fill(page, "width", "60");
    await fill(page, "height", "20");
    await page.locator("#height").press("Tab");
    await page.waitForFunction(() => {
      const { width, height } = document.getElementById("function") as HTMLCanvasElement;
      return width > 2.9 * height;
    });
    t.ok((await shows(page, fn)) <= 2, "not square");
    const { name, bytes } = await saved(page, "png");
    t.equal(name, "run-seed0-0-60x20.png");
    const png = PNG.sync.read(bytes);
    const { data } = await renderBytes(fn, { width: 60, height: 20 });
    t.same([png.width, png.height], [60, 20]);
    t.ok(data.every((x, i) => Math.abs(x - png.data[i]) <= 2));
    await fill(page, "width", "600");
    await fill(page, "height", "530");
    const tiled = PNG.sync.read((await saved(page, "png")).bytes);
    const large = await renderBytes(fn, { width: 600, height: 530 });
    t.ok(
      large.data.every((x, i) => Math.abs(x - tiled.data[i]) <= 2),
      "in pieces",
    );
    t.same(complaints, []);
    await page.close();
  });

  await t.test("files: shown, or refused in the page", async (t) => {
    const { page, complaints } = await explorer(browser, url);
    const [path] = readdirSync(inHome("run", "functions")).map((name) => inHome("run", "functions", name));
    const good = readFileSync(path);
    const other = inHome("<img src=x onerror=alert(1)>.safetensors");
    writeFileSync(other, good);
    await page.locator("#file").setInputFiles(other);
    t.ok((await shows(page, loadImageFunction(good))) <= 2);
    t.equal(await page.locator("#shown").textContent(), "<img src=x onerror=alert(1)>.safetensors");
    t.equal(await page.locator("img").count(), 0);
    const huge = inHome("huge.safetensors");
    writeFileSync(huge, "");
    truncateSync(huge, 65 * 2 ** 20);
    const wide = inHome("foreign.safetensors");
    writeFileSync(wide, good.toString("latin1").replace('\\"width\\":16', '\\"width\\":96'), "latin1");
    const short = inHome("short.safetensors");
    writeFileSync(short, good.subarray(0, good.length - 9));
    for (const [file, reason] of [
      [short, /short\.safetensors cannot be shown: this is not an image function file/],
      [listCheckpoints(trained.run)[0].path, /cannot be shown: this \.safetensors file holds something else/],
      [wide, /foreign\.safetensors cannot be shown: .* does not fit the architecture/],
      [huge, /huge\.safetensors is too large for an image function \(65 MiB, at most 64\)/],
    ] as const) {
      await page.locator("#file").setInputFiles(file);
      await page.getByRole("alert").filter({ hasText: reason }).waitFor();
      t.ok(await message(page).isVisible(), String(reason));
      t.ok((await shows(page, loadImageFunction(good))) <= 2, "the canvas keeps what it had");
    }
    await fill(page, "sample", "1");
    await message(page).waitFor({ state: "hidden" });
    t.same(complaints, []);
    await page.close();
  });

  await t.test("a picture is painted over, and made anew there", async (t) => {
    const { page, complaints } = await explorer(browser, url);
    await page.getByRole("button", { name: "Edit a picture" }).click();
    await page.getByText("sample 0, 256 x 256 pixels").waitFor();
    const make = page.getByRole("button", { name: "Make" });
    const says = (text: string) => page.locator("#edit-status", { hasText: text }).waitFor();
    await make.click();
    await says("Nothing is painted");
    const paint = page.locator("#edit-paint");
    await paint.scrollIntoViewIfNeeded();
    const { x, y, width } = (await paint.boundingBox())!;
    await page.mouse.move(x + 0.3 * width, y + 0.3 * width);
    await page.mouse.down();
    await page.mouse.move(x + 0.7 * width, y + 0.3 * width, { steps: 3 });
    await page.mouse.up();
    await paint.press("Shift+ArrowDown");
    const painted = async () =>
      (await bytesOf(page, "#edit-paint")).filter((v, i) => i % 4 === 3 && v >= 128);
    const both = (await painted()).length;
    await page.getByRole("button", { name: "Undo" }).click();
    const drag = (await painted()).length;
    t.ok(drag > 0.06 * 256 ** 2 && both > drag && both < 0.2 * 256 ** 2, `${drag}, then ${both} pixels`);

    await fill(page, "edit-count", "2");
    await fill(page, "edit-steps", "2");
    await make.click();
    await says("2 results of 2 steps");
    const [picture, mask, ...made] = [
      await bytesOf(page, "#edit-picture"),
      await bytesOf(page, "#edit-paint"),
      await bytesOf(page, "#edit-results figure:nth-child(1) canvas"),
      await bytesOf(page, "#edit-results figure:nth-child(2) canvas"),
    ];
    const changed = (a: Buffer, b: Buffer, hidden: boolean) =>
      a.filter((v, i) => mask[i - (i % 4) + 3] >= 128 === hidden && v !== b[i]).length;
    for (const one of made) {
      t.equal(changed(one, picture, false), 0, "what is not painted is the picture's, byte for byte");
      t.ok(changed(one, picture, true) > drag, "what is painted is new");
    }
    t.ok(changed(made[0], made[1], true) > drag, "each result is another");
    await fill(page, "edit-size", "40");
    await page.locator("#edit-size").press("Tab");
    await page.locator('#edit-results figure:nth-child(2) canvas[data-drawn="40"]').waitFor();

    const small = inHome("small.png");
    writeFileSync(small, PNG.sync.write(new PNG({ width: 20, height: 15 })));
    await page.locator("#edit-file").setInputFiles(small);
    await says("small.png has 20 x 15 pixels (expected at least 16 x 16, the training size)");
    await page.getByRole("radio", { name: "New colours" }).check();
    await make.click();
    await says("2 results of 8 steps");
    t.equal(await contentWidth(page), 360, "nothing sticks out on a phone");
    t.same(complaints, []);
    await page.close();
  });

  await t.test("the folder needs nothing of its host", async (t) => {
    const { url, close } = await plainHost(inHome("site"));
    t.teardown(close);
    const { page, complaints } = await explorer(browser, url);
    t.ok((await shows(page, drawn[0])) <= 2);
    t.same(complaints, []);
    const shared = await explorer(browser, `${url}#seed=0&sample=3`);
    t.ok((await shows(shared.page, drawn[3])) <= 2, "an address opens what it names");
    t.same(shared.complaints, []);
    await page.close();
  });
});
