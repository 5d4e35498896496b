// What the server of a live report answers: a request is matched against what it knows, and never made into a path.
import type { Picture } from "./contents.js";
import { onServer } from "./show.js";

/** A request's parts that matter, as they came. */
export interface Asked {
  readonly method?: string;
  readonly url?: string;
  readonly host?: string;
}

export type Answer =
  | { readonly kind: "page" | "events" }
  | { readonly kind: "picture"; readonly path: string }
  | { readonly kind: "refused"; readonly status: 403 | 404 | 405; readonly reason: string };

/** Names of this machine. Any other in the Host header means that a foreign name was made to lead here (DNS rebinding). */
const OWN = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/**
 * What to answer. `pictures` lists those that may be had: the address of one of them has to be met to the letter,
 * so that no spelling leads anywhere else.
 */
export function answerTo({ method, url, host }: Asked, pictures: () => readonly Picture[]): Answer {
  if (host === undefined || !OWN.test(host))
    return refused(403, "this page is for the machine that it is made on: open it as 127.0.0.1");
  if (method !== "GET") return refused(405, "this server only answers GET");
  if (url === "/") return { kind: "page" };
  if (url === "/events") return { kind: "events" };
  const found = url?.startsWith("/samples/") && pictures().find((picture) => onServer(picture) === url);
  return found ? { kind: "picture", path: found.path } : refused(404, "there is nothing here");
}

const refused = (status: 403 | 404 | 405, reason: string): Answer => ({ kind: "refused", status, reason });
