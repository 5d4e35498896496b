// Serves an explorer on this machine: the files of its site by their names, and nothing else.
import { createServer } from "node:http";
import { type Asked, end, endRefused, listen, refusal, refused, safeHeaders } from "../loopback.js";
import { explorerPolicy } from "./page.js";
import type { Site } from "./site.js";

export interface Served {
  /** Such as http://127.0.0.1:43210/ */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the files on 127.0.0.1. A request has to meet a name to the letter: none is ever made into a path.
 * @param port 0 for any that is free
 * @throws ImagefnError when the port is taken
 */
export async function serveSite(site: Site, { port = 0 } = {}): Promise<Served> {
  const headers = safeHeaders(explorerPolicy);
  const answer = (asked: Asked) => {
    const name = asked.url === "/" ? "index.html" : asked.url?.replace(/^\//, "");
    return refusal(asked) ?? site.get(name ?? "") ?? refused(404, "there is nothing here");
  };
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const { method, url } = request;
    const found = answer({ method, url, host: request.headers.host });
    if ("kind" in found) endRefused(response, found);
    else end(response, 200, found.type, found.bytes);
  });
  const url = await listen(server, port);
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
