// Short names for plain values.
import { createHash } from "node:crypto";

/** The first hexadecimal digits of the SHA-256 of a plain value. */
export const digest = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 10);
