// Packages that only some commands need, and that an installation may lack.
import { version } from "@imagefn/runs/names";
import { UserError } from "./errors.js";

/**
 * Loads an optional peer of this package. If it is not installed, the error says how to install it.
 *
 * @param load the import itself, such as `() => import("@imagefn/experiments")`, so that its types are known
 */
export async function optionalPackage<T>(command: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    throw new UserError(`imagefn ${command} needs the package ${name}: npm install ${name}@^${version}`);
  }
}

/** Whether an import failed because this package is missing, not one of its own dependencies. */
const isMissing = (error: unknown, name: string): boolean =>
  // Tests the text, not the code: loader hooks lose the code on its way from their thread.
  error instanceof Error && /^Cannot find (?:package|module) '(.+?)'/.exec(error.message)?.[1] === name;
