// What every page that this machine serves to itself has in common: whom it answers, and how it listens.
import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ImagefnError } from "@imagefn/base";

/** A request's parts that matter, as they came. */
export interface Asked {
  readonly method?: string;
  readonly url?: string;
  readonly host?: string;
}

export interface Refusal {
  readonly kind: "refused";
  readonly status: 403 | 404 | 405;
  readonly reason: string;
}

/** Names of this machine. Any other in the Host header means that a foreign name was made to lead here (DNS rebinding). */
const OWN = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** Why a request is not answered, whatever it asks for; undefined for one that may be. */
export function refusal({ method, host }: Asked): Refusal | undefined {
  if (host === undefined || !OWN.test(host))
    return refused(403, "this page is for the machine that it is made on: open it as 127.0.0.1");
  if (method !== "GET") return refused(405, "this server only answers GET");
  return undefined;
}

export const refused = (status: Refusal["status"], reason: string): Refusal => ({
  kind: "refused",
  status,
  reason,
});

/** For every answer: nobody keeps it, embeds it or takes it for something else. */
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

/**
 * Listens on 127.0.0.1, and gives the address, such as http://127.0.0.1:43210/.
 * @param port 0 for any that is free
 * @throws ImagefnError when the port is taken
 */
export async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error) => {
    throw portError(error, port);
  });
  // Whatever befalls a page later, as too many open files, is no reason to end.
  server.on("error", () => {});
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function portError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return error;
  return new ImagefnError(
    "invalid-data",
    `port ${port} cannot be had (${error.code === "EACCES" ? "not allowed" : "it is in use"}). ` +
      "Choose another --port, or leave it out for any that is free.",
  );
}
