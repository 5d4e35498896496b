// Headless Chromium with WebGPU and WebGL by SwiftShader, a driver in software.
import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";

export type { Page } from "playwright-core";

const executablePath = "/usr/bin/chromium";

/** Why tests in Chromium have to be left out here; false where they run. */
export const noChromium: string | false = existsSync(executablePath)
  ? false
  : `there is no ${executablePath}`;

/** A browser without a screen. */
export async function launchChromium(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath,
    args: [
      ...["--no-sandbox", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync"],
      ...["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"],
      ...["--use-vulkan=swiftshader", "--use-angle=swiftshader"],
    ],
  });
}

export interface BrowserPage {
  /** What a function that the module exports returns: plain data in, plain data out. */
  call<T>(name: string, ...given: unknown[]): Promise<T>;
  close(): Promise<void>;
}

/** Bundles a module, given as text that imports from `folder`, and loads it in a page. */
export async function openChromium(module: string, folder: string): Promise<BrowserPage> {
  const { build } = await import("esbuild");
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
  const browser = await launchChromium();
  const page = await browser.newPage();
  // WebGPU needs a secure origin, which localhost is; no request leaves the page.
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
