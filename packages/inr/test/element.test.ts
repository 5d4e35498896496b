// <image-function> in Chromium under a strict policy: its pixels, its size, its text, and what a broken file does.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { loadImageFunction, renderBytes, saveImageFunction } from "@imagefn/inr";
import { addresses, bundle, launchChromium, noChromium, serve } from "@imagefn/testing";
import t from "tap";
import { randomFunction } from "./functions.js";

t.setTimeout(120_000);

const file = saveImageFunction(randomFunction({ depth: 3, width: 8, groups: 4 }), { precision: "int8" });

/** No inline styles, no other scripts, and no WebAssembly. */
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'";

t.test("an element draws at the pixels of the screen", { skip: noChromium }, async (t) => {
  const built = await bundle({
    stdin: {
      contents: 'import "@imagefn/inr/element";',
      resolveDir: dirname(fileURLToPath(import.meta.url)),
      sourcefile: "all.js",
    },
  });
  const files = new Map<string, string | Uint8Array>([
    ["/index.html", "<!doctype html><title>test</title><script type=module src=built/stdin.js></script>"],
    ["/favicon.ico", ""],
    ["/small.safetensors", file],
    ["/broken.safetensors", file.subarray(0, 99)],
    ...addresses(built),
  ]);
  const server = await serve(files, { "Content-Security-Policy": policy });
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  t.teardown(() => server.close());
  const page = await browser.newPage({ deviceScaleFactor: 1.5 });
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
  await page.goto(server.url);

  const drawn = await page.evaluate(async () => {
    await customElements.whenDefined("image-function");
    const element = document.createElement("image-function");
    Object.assign(globalThis, { element });
    for (const [name, value] of Object.entries({
      src: "small.safetensors",
      width: "40",
      height: "20",
      alt: "a face",
    }))
      element.setAttribute(name, value);
    const load = new Promise((resolve) => element.addEventListener("load", resolve));
    document.body.append(element);
    await load;
    const canvas = element.shadowRoot!.querySelector("canvas")!;
    const { width, height, data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    const { offsetWidth, offsetHeight, imageFunction } = element;
    return {
      width,
      height,
      data: [...data],
      offsetWidth,
      offsetHeight,
      layers: imageFunction?.layers.length,
      role: element.getAttribute("role"),
      label: element.getAttribute("aria-label"),
    };
  });
  t.match(drawn, {
    width: 60,
    height: 30,
    offsetWidth: 40,
    offsetHeight: 20,
    layers: 3,
    role: "img",
    label: "a face",
  });
  const { data } = await renderBytes(loadImageFunction(file), { width: 60, height: 30 });
  t.ok(drawn.data.every((byte, i) => Math.abs(byte - data[i]) <= 1));
  t.same(complaints, [], "nothing that the policy refuses");

  await page.evaluate(() => document.querySelector("image-function")!.setAttribute("width", "80"));
  await page.waitForFunction(() => {
    const canvas = document.querySelector("image-function")!.shadowRoot!.querySelector("canvas");
    return canvas?.width === 120 && canvas.height === 30;
  });

  const failed = await page.evaluate(async () => {
    const element = document.querySelector("image-function")!;
    const messages: string[] = [];
    for (const [name, value] of [
      ["src", "broken.safetensors"],
      ["src", "missing.safetensors"],
      ["backend", "webgl"],
    ]) {
      if (name === "backend") element.setAttribute("src", "small.safetensors");
      const error = new Promise<ErrorEvent>((resolve) =>
        element.addEventListener("error", resolve as (event: Event) => void, { once: true }),
      );
      element.setAttribute(name, value);
      const { message } = await error;
      messages.push(message, element.shadowRoot!.textContent!);
    }
    return messages;
  });
  t.match(failed[0], /^broken\.safetensors: inr: this is not an image function file: /);
  t.match(failed[2], /^missing\.safetensors: the server answered 404 Not Found$/);
  t.match(
    failed[4],
    /^small\.safetensors: unknown backend \(got "webgl", expected webgpu, webgl2, simd, webasm, plain\)$/,
  );
  t.same([failed[1], failed[3], failed[5]], [failed[0], failed[2], failed[4]], "the messages are shown");
});

t.test("a server can import the element", async (t) => {
  t.equal(typeof (await import("@imagefn/inr/element")).ImageFunctionElement, "function");
  t.match(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
    /"sideEffects": \[\s*"\.\/dist\/element\.js"/,
  );
});
