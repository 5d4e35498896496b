// The script of the explorer in a studio: it shows the last checkpoint that the browser keeps.
import type { Source } from "../../explore/about.js";
import { explore } from "../../explore/client/explorer.js";
import { factsOf } from "../../explore/facts.js";
import { kept } from "./keep.js";

async function lastCheckpoint(): Promise<Source> {
  const { explorer } = (await kept("training")) ?? {};
  if (!explorer) throw new Error("There is no checkpoint to explore yet. Train in the studio first.");
  document.getElementById("facts")!.textContent = factsOf(explorer.about);
  return explorer;
}

explore(lastCheckpoint());
