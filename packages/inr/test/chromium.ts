// Pages in Chromium: modules bundled as an application would, served from this machine, opened without a screen.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { type BuildOptions, type BuildResult, build } from "esbuild";
import { type Browser, chromium } from "playwright-core";

const executablePath = "/usr/bin/chromium";
/** A reason to leave out tests in a browser; false where there is one. */
export const skip = existsSync(executablePath) ? false : `there is no ${executablePath}`;

type Built = BuildResult<{ write: false; metafile: true; outdir: string }>;

/** Bundles modules for browsers, with a file of its own for what is loaded on demand. */
export const bundle = (options: BuildOptions): Promise<Built> =>
  build({
    bundle: true,
    format: "esm",
    splitting: true,
    minify: true,
    platform: "browser",
    logLevel: "silent",
    ...options,
    write: false,
    metafile: true,
    outdir: "/built",
  });

/** Chromium with WebGPU and WebGL on its software GPU. */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      ...["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-sync"],
      ...["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"],
      ...["--use-vulkan=swiftshader", "--use-angle=swiftshader"],
    ],
  });

const TYPES: Record<string, string> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript" };

/** Serves files by their addresses with a policy that runs no text as code. */
export async function serve(files: ReadonlyMap<string, string | Uint8Array>) {
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : request.url!;
    const body = files.get(path);
    if (body === undefined) response.writeHead(404).end();
    else
      response
        .writeHead(200, {
          "Content-Type": TYPES[extname(path)] ?? "application/octet-stream",
          "Content-Security-Policy":
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'",
        })
        .end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => server.close(),
  };
}

/** What was built, by address. */
export const addresses = ({ outputFiles }: Built) =>
  new Map(
    outputFiles.map(({ path, contents }) => [path.replaceAll("\\", "/").replace(/^[A-Z]:/, ""), contents]),
  );
