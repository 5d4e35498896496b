// Serves an explorer on this machine: the files of its site by their names, and nothing else.
import { createServer } from "node:http";
import {
  type Asked,
  end,
  endRefused,
  listen,
  refusal,
  refused,
  type ServeOptions,
  safeHeaders,
} from "../loopback.js";
import type { Site } from "../site.js";
import { explorerPolicy } from "./page.js";

/** A site that is being served. */
export interface Served {
  /** Such as http://127.0.0.1:43210/ */
  readonly url: string;
  /** Ends the server and all of its connections. */
  close(): Promise<void>;
}

/** With these, a page may compute in threads. */
const isolated = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/**
 * Serves the files of a site to this machine, on 127.0.0.1. A request must match a file name exactly; no request is ever
 * turned into a path. Requests under a foreign host name are refused.
 * @throws ImagefnError `port-in-use` if the port is taken or not allowed; `details.port` is its number
 */
export async function serveSite(site: Site, { port = 0 }: ServeOptions = {}): Promise<Served> {
  const headers = { ...safeHeaders(explorerPolicy), ...isolated };
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
