// Makes folders, also in places where mkdir's own `recursive` never returns.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it. Not mkdir's own `recursive`: that never returns in places which answer
 * "no such file" to every new name, as /proc does.
 */
export async function makeFolder(folder: string): Promise<void> {
  if ((await tryMkdir(folder)) === undefined || dirname(folder) === folder) return;
  await makeFolder(dirname(folder));
  const failure = await tryMkdir(folder);
  if (failure) throw failure;
}

/** Makes one folder and returns the error, if any, unless the folder exists. */
async function tryMkdir(folder: string): Promise<Error | undefined> {
  return mkdir(folder).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => (error.code === "EEXIST" ? undefined : error),
  );
}
