// A static host as there are many: a folder's files under some path, without any header but their type.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** Serves a folder to this machine. */
export async function plainHost(folder: string): Promise<{ url: string; close(): void }> {
  const server = createServer(({ url: path = "" }, response) => {
    const name = path === "/some/where/" ? "index.html" : path.replace("/some/where/", "");
    if (!readdirSync(folder).includes(name)) response.writeHead(404).end();
    else
      response
        .writeHead(200, { "Content-Type": types[extname(name)] ?? "application/octet-stream" })
        .end(readFileSync(join(folder, name)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/some/where/`, close: () => server.close() };
}
