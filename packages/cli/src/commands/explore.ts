// `imagefn explore`: a run's image functions in a page on this machine.
import { openTrained } from "@imagefn/runs";
import { explorerSite, serveSite } from "@imagefn/viewer";
import { cleanInterrupt } from "../interrupt.js";
import type { ExploreOptions } from "../options/explore.js";
import type { Print } from "../output.js";
import { placeOf } from "../shippedRun.js";

/** Serves the page, prints its address, and runs until it is interrupted. */
export async function run({ run, ema, port }: ExploreOptions, print: Print): Promise<object> {
  const trained = await openTrained(placeOf(run).path, { ema });
  const { url } = await serveSite(await explorerSite(trained), { port });
  cleanInterrupt();
  process.stderr.write(`${trained.origin}; press Ctrl-C to stop\n`);
  print(`${url}\n`);
  return { run, url };
}
