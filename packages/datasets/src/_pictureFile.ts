// Reads the bytes of picture files, with a limit on the files that are open at the same time.
import { open } from "node:fs/promises";
import { quoted } from "@imagefn/base";
import type { Origin } from "./_decode.js";
import { gate } from "./_gate.js";
import { HEAD_BYTES, kindOf } from "./_kind.js";
import { reasonOf } from "./_reason.js";
import { UnusableImage } from "./_unusable.js";
import { shownBytes } from "./dataset.js";

/** Far below what systems allow a process (256 on macOS), since a caller may ask for thousands of images at once. */
const openFiles = gate(16);

/** More than any picture needs that is within the limits of pixels. */
const MAX_BYTES = 2 ** 29;

/** Errors that are about the file itself. With others, such as too many open files, all images would fail. */
const OWN_FAULTS = new Set(["EACCES", "EISDIR", "ELOOP", "ENAMETOOLONG", "ENOENT", "ENOTDIR", "EPERM"]);

/**
 * The bytes of a file; only its beginning if it is of a kind that is not decoded.
 * Throws, naming the file, if it cannot be read or is too large: an UnusableImage if others may still be readable.
 */
export async function readPicture(
  path: string | Buffer,
  { name, advice }: Origin,
  unreadable: string,
): Promise<Uint8Array> {
  return openFiles(1, async () => {
    try {
      const handle = await open(path, "r");
      try {
        const { size } = await handle.stat();
        const head = new Uint8Array(Math.min(size, HEAD_BYTES));
        const { bytesRead } = await handle.read(head, 0, head.length, 0);
        if (!kindOf(head.subarray(0, bytesRead))?.readable) return head.subarray(0, bytesRead);
        if (size <= MAX_BYTES) return await handle.readFile();
        throw new UnusableImage(
          `${quoted(name)} is too large (got ${shownBytes(size)}, expected at most ${shownBytes(MAX_BYTES)})`,
          `downscale it, or ${advice}`,
        );
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (error instanceof UnusableImage) throw error;
      const fault = `cannot read ${quoted(name)} (${reasonOf(error)})`;
      if (OWN_FAULTS.has((error as NodeJS.ErrnoException).code ?? ""))
        throw new UnusableImage(fault, unreadable);
      throw new Error(`datasets: ${fault}; ${unreadable}`);
    }
  });
}
