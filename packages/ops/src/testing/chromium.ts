// A page of headless Chromium with WebGPU by SwiftShader, a driver in software: for tests that run code in a browser.
// It needs esbuild and playwright-core, which are devDependencies of this package.
import { existsSync } from "node:fs";

const EXECUTABLE = "/usr/bin/chromium";

/** Why tests in Chromium have to be left out here; false where they run. */
export const noChromium: string | false = existsSync(EXECUTABLE) ? false : `there is no ${EXECUTABLE}`;

const FLAGS = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--no-sandbox",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface BrowserPage {
  /** What a function that the module exports returns: plain data in, plain data out. */
  call<T>(name: string, ...given: unknown[]): Promise<T>;
  close(): Promise<void>;
}

/** Bundles a module, given as text that imports from `folder`, and loads it in a page. */
export async function openChromium(module: string, folder: string): Promise<BrowserPage> {
  const { build } = await import("esbuild");
  const { chromium } = await import("playwright-core");
  const { outputFiles } = await build({
    stdin: { contents: module, resolveDir: folder },
    bundle: true,
    format: "iife",
    globalName: "tested",
    // Kernels are compiled from their own text.
    keepNames: false,
    write: false,
    logLevel: "silent",
  });
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
  const page = await browser.newPage();
  // WebGPU wants a secure origin, which localhost is; nothing is asked of the network.
  await page.route("**/*", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>test</title>" }),
  );
  await page.goto("http://localhost/");
  await page.addScriptTag({ content: outputFiles[0].text });
  return {
    call: (name, ...given) =>
      page.evaluate(
        ([name, given]) => {
          const { tested } = globalThis as unknown as {
            tested: Record<string, (...x: unknown[]) => Promise<never>>;
          };
          return tested[name as string](...(given as unknown[]));
        },
        [name, given],
      ),
    close: () => browser.close(),
  };
}
