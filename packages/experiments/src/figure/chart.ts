// Charts from declarative descriptions (Vega-Lite), drawn without a browser.
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { fontFamily } from "./raster.js";

/** A Vega-Lite description as an SVG drawing. Throws where the description is not valid. */
export async function chart(spec: TopLevelSpec): Promise<string> {
  const { spec: vega } = compile({
    background: "white",
    ...spec,
    config: { font: fontFamily, ...spec.config },
  } as TopLevelSpec);
  const view = new View(parse(vega), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
