// Image functions in Chromium: every backend of the canvas against the CPU's render, and the example's page.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  canvasBackends,
  type ImageFunction,
  loadImageFunction,
  renderBytes,
  saveImageFunction,
} from "@imagefn/inr";
import { addresses, bundle, launchChromium, noChromium, type Page, serve } from "@imagefn/testing";
import t, { type Test } from "tap";
import { randomFunction } from "./functions.js";

t.setTimeout(120_000);

const example = new URL("../../../examples/browser/", import.meta.url);
const face = readFileSync(new URL("face.safetensors", example));

/** Small, for a CPU stands in for the GPU here; two layers in a pair, and one by itself. */
const small = randomFunction({ depth: 4, width: 8, groups: 4 });

/** Two layers, in a pair with the first. */
const other = randomFunction({ depth: 3, width: 12, groups: 3, coordinates: "paper" }, 2);

type Inr = typeof import("@imagefn/inr");
type OnPage = { inr: Inr; renderer?: Awaited<ReturnType<Inr["canvasRenderer"]>>; canvas?: HTMLCanvasElement };

/** The largest difference of bytes. */
const worst = (a: Uint8ClampedArray, b: Uint8ClampedArray): number =>
  a.length === b.length ? a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0) : Number.NaN;

/** The mean of a - b: about 0 where both are rounded, 0.4 where only one is. */
const bias = (a: Uint8ClampedArray, b: Uint8ClampedArray): number =>
  a.reduce((sum, x, i) => sum + x - b[i], 0) / a.length;

/** Draws on the page and gives the bytes of the canvas. */
async function drawn(page: Page, frame: { width: number; height: number; view?: object }) {
  const text = await page.evaluate(async (frame) => {
    const { renderer, canvas } = globalThis as unknown as OnPage;
    await renderer!.draw(frame as { width: number; height: number });
    const { data } = canvas!.getContext("2d")!.getImageData(0, 0, canvas!.width, canvas!.height);
    let text = "";
    for (let at = 0; at < data.length; at += 32_768)
      text += String.fromCharCode(...data.subarray(at, at + 32_768));
    return btoa(text);
  }, frame);
  return new Uint8ClampedArray(Buffer.from(text, "base64"));
}

async function agrees(t: Test, page: Page, fn: ImageFunction, sizes: readonly (readonly [number, number])[]) {
  for (const [width, height] of sizes) {
    const { data } = await renderBytes(fn, { width, height });
    const canvas = await drawn(page, { width, height });
    const found = worst(canvas, data);
    t.comment(`${width} x ${height}: ${found}/255, ${bias(canvas, data)} on average`);
    t.ok(found <= 2, `${width} x ${height}: ${found}/255`);
    t.ok(Math.abs(bias(canvas, data)) < 0.1, "rounded alike");
  }
}

t.test("image functions in Chromium", { skip: noChromium }, async (t) => {
  const page = 'import * as inr from "@imagefn/inr"; Object.assign(globalThis, { inr });';
  const resolveDir = dirname(fileURLToPath(import.meta.url));
  const whole = await bundle({ stdin: { contents: page, resolveDir, sourcefile: "all.js" } });
  const own = await bundle({ entryPoints: [fileURLToPath(new URL("main.js", example))] });
  const files = new Map<string, string | Uint8Array>([
    ["/index.html", readFileSync(new URL("index.html", example))],
    ["/favicon.ico", ""],
    ["/face.safetensors", face],
    ["/test.html", "<!doctype html><script type=module src=built/stdin.js></script>"],
    ["/small.safetensors", saveImageFunction(small)],
    ["/other.safetensors", saveImageFunction(other)],
    ...addresses(own),
    ...addresses(whole),
  ]);
  const server = await serve(files);
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  t.teardown(() => server.close());

  for (const backend of canvasBackends)
    await t.test(`${backend} draws as the CPU does`, async (t) => {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
      await page.goto(`${server.url}test.html`);
      await page.waitForFunction("globalThis.inr");
      await page.evaluate(async (backend) => {
        const { inr } = globalThis as unknown as OnPage;
        const bytes = new Uint8Array(await (await fetch("small.safetensors")).arrayBuffer());
        const canvas = document.createElement("canvas");
        const renderer = await inr.canvasRenderer(inr.loadImageFunction(bytes), { canvas, backend });
        Object.assign(globalThis, { canvas, renderer });
      }, backend);
      await agrees(t, page, small, [
        [64, 64],
        [512, 512],
        [1000, 300],
        [33, 7],
      ]);
      // A window of a quarter of the width and half of the height is a part of a larger picture.
      const view = { left: 0.25, top: 0.5, width: 0.25, height: 0.5 };
      const { data } = await renderBytes(small, {
        width: 80,
        height: 60,
        crop: { left: 20, top: 30, width: 20, height: 30 },
      });
      t.ok(worst(await drawn(page, { width: 20, height: 30, view }), data) <= 2, "a view");
      // A function of another architecture on the same canvas.
      await page.evaluate(async () => {
        const { inr, renderer } = globalThis as unknown as OnPage;
        renderer!.use(
          inr.loadImageFunction(new Uint8Array(await (await fetch("other.safetensors")).arrayBuffer())),
        );
      });
      await agrees(t, page, other, [[64, 64]]);
      t.same(complaints, []);
      await page.close();
    });

  await t.test("wrong frames and views are refused in words", async (t) => {
    const page = await browser.newPage();
    await page.goto(`${server.url}test.html`);
    await page.waitForFunction("globalThis.inr");
    const messages = await page.evaluate(async () => {
      const { inr } = globalThis as unknown as OnPage;
      const fn = inr.loadImageFunction(new Uint8Array(await (await fetch("face.safetensors")).arrayBuffer()));
      const canvas = document.createElement("canvas");
      const renderer = await inr.canvasRenderer(fn, { canvas, backend: "plain" });
      const frames = [
        { width: 0, height: 4 },
        { width: 4, height: 4, view: { left: 0, top: 0, width: 0, height: 1 } },
      ];
      const failed = await Promise.allSettled(frames.map((frame) => renderer.draw(frame)));
      const unknown = await inr.canvasRenderer(fn, { canvas, backend: "webgl" as "webgl2" }).catch((e) => e);
      const taken = new OffscreenCanvas(1, 1);
      taken.getContext("webgl2");
      const other = await inr.canvasRenderer(fn, { canvas: taken }).catch((e) => e);
      await renderer.draw({ width: 3, height: 2 });
      return [
        ...failed.map((one) => String((one as PromiseRejectedResult).reason)),
        `${unknown}`,
        `${other}`,
      ];
    });
    t.match(messages[0], /inr: the canvas's width must be a positive whole number \(got 0\)/);
    t.match(messages[1], /inr: a view has .* a positive width and height/);
    t.match(messages[2], /unknown backend \(got "webgl", expected webgpu, webgl2, simd, webasm, plain\)/);
    t.match(messages[3], /the canvas has a context of another kind already/);
    await page.close();
  });

  await t.test("the example draws at device resolution", async (t) => {
    const context = await browser.newContext({
      viewport: { width: 300, height: 200 },
      deviceScaleFactor: 2.5,
    });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.getByText(/pixels by/).waitFor();
    t.match(await page.locator("p").textContent(), /^400 x 400 pixels by simd in \d+ ms$/);
    const { data } = await renderBytes(loadImageFunction(face), { width: 400, height: 400 });
    const found = await page.evaluate(() => {
      const { data } = document.querySelector("canvas")!.getContext("2d")!.getImageData(0, 0, 400, 400);
      return Array.from(data);
    });
    t.ok(worst(Uint8ClampedArray.from(found), data) <= 2);
    await context.close();
  });
});
