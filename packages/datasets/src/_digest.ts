// Digests of data sets: whether a set is the same as when a run was started.
import { createHash } from "node:crypto";

/** SHA-256 of a value's JSON, in hexadecimal. */
export function digestOf(value: object): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** The digest of some images of a set: it changes with the set, and with which images they are. */
export function partDigest(digest: string | undefined, indices: ArrayLike<number>): string | undefined {
  return digest && digestOf({ digest, indices: Array.from(indices) });
}
