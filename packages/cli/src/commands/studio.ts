// `imagefn studio`: training in a page on this machine.
import { serveSite, studioSite } from "@imagefn/viewer";
import { cleanInterrupt } from "../interrupt.js";
import type { StudioOptions } from "../options/studio.js";
import type { Print } from "../output.js";

/** Serves the page, prints its address, and runs until it is interrupted. */
export async function run({ port }: StudioOptions, print: Print): Promise<object> {
  const { url } = await serveSite(await studioSite(), { port });
  cleanInterrupt();
  process.stderr.write("press Ctrl-C to stop\n");
  print(`${url}\n`);
  return { url };
}
