// `latest` in place of a run folder: the run that was written last.
import { quoted } from "@imagefn/base";

/** Help for an argument that names a run. */
export const RUN = "run folder, or `latest` for the newest one in runs/";

/** The options with `latest` replaced in those of `names`; says on stderr which run was taken. */
export async function withLatest<Options>(options: Options, names: readonly string[]): Promise<Options> {
  const given = Object.entries(options as object).filter(([name]) => names.includes(name));
  const found = given.map(async ([name, value]) => [
    name,
    Array.isArray(value) ? await Promise.all(value.map(resolved)) : await resolved(value),
  ]);
  return { ...options, ...Object.fromEntries(await Promise.all(found)) };
}

async function resolved(value: unknown): Promise<unknown> {
  if (value !== "latest") return value;
  // Loaded here, so that other command lines need not wait for it.
  const { latestRun } = await import("@imagefn/runs");
  const path = await latestRun();
  if (path !== value) process.stderr.write(`latest run: ${quoted(path)}\n`);
  return path;
}
