// SVG to PNG, with a font of our own: machines without fonts draw the same picture.
import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";

const fontFile = createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf");

/** The family that figures are set in. */
export const fontFamily = "DejaVu Sans";

/** The bytes of a PNG file, each unit of the drawing `scale` pixels wide. */
export const rasterize = (svg: string, scale = 1): Uint8Array =>
  new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: { loadSystemFonts: false, fontFiles: [fontFile], defaultFontFamily: fontFamily },
    imageRendering: 1,
  })
    .render()
    .asPng();
