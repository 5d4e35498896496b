// What the server of a live report answers: a request is matched against what it knows, and never made into a path.
import { type Asked, type Refusal, refusal, refused } from "../loopback.js";
import type { Picture } from "./contents.js";
import { onServer } from "./show.js";

export type Answer =
  | { readonly kind: "page" | "events" }
  | { readonly kind: "picture"; readonly path: string }
  | Refusal;

/**
 * What to answer. `pictures` lists those that may be had: the address of one of them has to be met to the letter,
 * so that no spelling leads anywhere else.
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
