// Errors of the file system: their codes, and the path of the file.
import { constants } from "node:os";

/** Node has no name for some errors, EDQUOT among them, and gives their number in place of a code. */
const NAMELESS = /^Unknown system error -(\d+)$/;

/**
 * The code of a file error, such as `ENOSPC`: also of those for which Node gives a number, such as `EDQUOT`. Undefined
 * for other errors.
 */
export function fileErrorCode(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined | null)?.code;
  if (typeof code !== "string") return undefined;
  const number = Number(NAMELESS.exec(code)?.[1]);
  const found = Object.entries(constants.errno).find(([, value]) => value === number);
  return found?.[0] ?? (/^E[A-Z0-9]+$|^Unknown system error/.test(code) ? code : undefined);
}

/** Adds the path to a file error without one, as from writes through a handle. Returns the same error; others unchanged. */
export function withPath(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || fileErrorCode(error) === undefined) return error;
  const fileError = error as NodeJS.ErrnoException;
  if (fileError.path === undefined) {
    fileError.path = path;
    error.message += ` '${path}'`;
  }
  return error;
}

/** What an action on a file returns. @throws what it throws; an error of the file system with the path */
export function onFile<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw withPath(error, path);
  }
}
