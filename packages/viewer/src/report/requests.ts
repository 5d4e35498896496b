// What the server of a live report answers: requests are compared with known addresses and never turned into paths.
import { type Asked, type Refusal, refusal, refused } from "../loopback.js";
import type { Picture } from "./contents.js";
import { onServer } from "./show.js";

export type Answer =
  | { readonly kind: "page" | "events" }
  | { readonly kind: "picture"; readonly path: string }
  | Refusal;

/**
 * What to answer. `pictures` lists what may be served: a request must equal the address of one of them exactly, so that
 * no spelling leads anywhere else.
 */
export function answerTo(asked: Asked, pictures: () => readonly Picture[]): Answer {
  const no = refusal(asked);
  if (no) return no;
  const { url } = asked;
  if (url === "/") return { kind: "page" };
  if (url === "/events") return { kind: "events" };
  const found = url?.startsWith("/samples/") && pictures().find((picture) => onServer(picture) === url);
  return found ? { kind: "picture", path: found.path } : refused(404, "there is nothing here");
}
