// What the pages that this machine serves to itself share: which requests they answer, and how they listen.
import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ImagefnError } from "@imagefn/base";

/** How a page is served. */
export interface ServeOptions {
  /** Port on 127.0.0.1; 0, the default, takes any free one. */
  readonly port?: number;
}

/** The parts of a request that matter here, as received. */
export interface Asked {
  readonly method?: string;
  readonly url?: string;
  readonly host?: string;
}

/** An answer that denies a request, with its HTTP status. */
export interface Refusal {
  readonly kind: "refused";
  readonly status: 403 | 404 | 405;
  readonly reason: string;
}

/** Names of this machine. Any other name in the Host header means that a foreign domain resolves to it (DNS rebinding). */
const OWN = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** The reason to deny a request whatever it asks for; undefined if there is none. */
export function refusal({ method, host }: Asked): Refusal | undefined {
  if (host === undefined || !OWN.test(host))
    return refused(403, "this page is served to this machine only: open it as 127.0.0.1");
  if (method !== "GET") return refused(405, "only GET is supported");
  return undefined;
}

export const refused = (status: Refusal["status"], reason: string): Refusal => ({
  kind: "refused",
  status,
  reason,
});

/** Headers of every response: it must not be cached, embedded in other pages, or read as another media type. */
export const safeHeaders = (contentPolicy: string): Record<string, string> => ({
  "Content-Security-Policy": `${contentPolicy}; frame-ancestors 'none'`,
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
});

export function end(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

export function endRefused(response: ServerResponse, { status, reason }: Refusal): void {
  if (status === 405) response.setHeader("Allow", "GET");
  end(response, status, "text/plain; charset=utf-8", `${reason}\n`);
}

/** More pages than anybody opens. */
const MOST_CONNECTIONS = 64;

/**
 * Listens on 127.0.0.1 and returns the address, such as http://127.0.0.1:43210/.
 * @param port 0 for any free one
 * @throws ImagefnError `port-in-use`
 */
export async function listen(server: Server, port: number): Promise<string> {
  // Idle connections take files, and the training that a page shows needs some too.
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error) => {
    throw portError(error, port);
  });
  // Later errors, such as too many open files, must not end the process.
  server.on("error", () => {});
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function portError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return error;
  const reason = error.code === "EACCES" ? "not allowed" : "already in use";
  return new ImagefnError("port-in-use", `cannot listen on port ${port}: ${reason}.`, { port });
}
