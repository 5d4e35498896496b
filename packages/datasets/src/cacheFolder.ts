// Where built data sets are stored.
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * The folder of cached data sets: the environment variable IMAGEFN_CACHE, else `imagefn` in the user's cache
 * folder (XDG_CACHE_HOME or ~/.cache; ~/Library/Caches on macOS; %LOCALAPPDATA% on Windows).
 */
export function defaultCacheFolder(
  env: Record<string, string | undefined> = process.env,
  platform: string = process.platform,
): string {
  if (env.IMAGEFN_CACHE) return env.IMAGEFN_CACHE;
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "imagefn");
  if (platform === "win32") {
    return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "imagefn", "Cache");
  }
  // The XDG specification says to ignore relative paths.
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), ".cache"), "imagefn");
}
