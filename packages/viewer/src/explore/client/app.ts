// The script of an explorer that is served or exported: the generator lies beside it.
import type { About, Source } from "../about.js";
import { explore } from "./explorer.js";

async function beside(): Promise<Source> {
  const response = await fetch("run.json");
  if (!response.ok) throw new Error(`run.json: ${response.status} ${response.statusText}`);
  const about: About = await response.json();
  return { about, model: new URL("generator.onnx", location.href).href };
}

explore(beside());
