// Why something failed, in one line that a message can hold.
import { quoted } from "@imagefn/base";

/** The first line of an error's message. Of a file error without the path, which the caller's own message names. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return quoted(String(error));
  const { message, syscall } = error as NodeJS.ErrnoException;
  const path = syscall ? message.indexOf(`, ${syscall}`) : -1;
  // libvips repeats itself over several lines; the first says what happened.
  return quoted((path < 0 ? message.split("\n")[0] : message.slice(0, path)).trim());
}
