// Chromium, where it is installed, and pages in it with everything that they complain about.
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const executablePath = "/usr/bin/chromium";

/** For tap's `skip`: false where there is a browser. */
export const skip = existsSync(executablePath) ? false : `there is no ${executablePath}`;

/** @param more arguments beside those that every test needs */
export const launch = (more: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath, args: ["--no-sandbox", ...more] });

/** WebGPU by SwiftShader, a driver in software, which is quick to start without clearing workgroup memory. */
export const softwareGpu = [
  ...["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"],
  ...["--use-vulkan=swiftshader", "--use-angle=swiftshader"],
  "--enable-dawn-features=disable_workgroup_init",
];

/** Opens an address. A page may load what is under that address or in itself; anything else is a complaint. */
export async function opened(
  browser: Browser,
  url: string,
  viewport: { width: number; height: number },
  colorScheme: "light" | "dark" = "light",
): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport, colorScheme });
  const complaints: string[] = [];
  const base = url.replace(/#.*/, "");
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (asked) => {
    if (!/^(data|blob|file):/.test(asked.url()) && !asked.url().startsWith(base))
      complaints.push(asked.url());
  });
  await page.goto(url);
  return { page, complaints };
}

/** Width of the page's content in pixels: more than the window's where something sticks out. */
export const contentWidth = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth);
