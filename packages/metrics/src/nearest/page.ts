// Samples and their nearest training pictures to look at: as a page, or as a sheet.
import { imageRows, pngBytes, type Rows, sheet } from "@imagefn/base";
import { resizePlanes } from "../networks/resize.js";
import type { Picture } from "../picture.js";
import type { NearestPair, NearestPictures } from "./nearest.js";

/** Pairs in a row of a sheet. */
const COLUMNS = 12;

/** Pixels of a picture on a sheet: smaller ones are enlarged, each pixel to a square. */
const VISIBLE = 64;

/** Bytes [height, width, 3] of planes. */
function pixels({ width, height, data }: Picture): Uint8Array {
  const area = width * height;
  return Uint8Array.from({ length: 3 * area }, (_, i) => data[(i % 3) * area + Math.floor(i / 3)]);
}

/**
 * A sheet of pairs, twelve in a row, each sample above the training picture nearest to it; the pairs most alike come first. All
 * pictures are drawn at the size of the first.
 * @returns a PNG file
 * @throws Error if there are no pairs
 */
export async function nearestSheet({ pairs }: Pick<NearestPictures, "pairs">): Promise<Uint8Array> {
  if (pairs.length === 0) throw new Error("metrics: nearestSheet: there are no pairs to draw");
  const [{ width, height }] = pairs[0].pictures;
  const columns = Math.min(COLUMNS, pairs.length);
  const lines = Array.from({ length: Math.ceil(pairs.length / columns) }, (_, line) =>
    pairs.slice(line * columns, (line + 1) * columns),
  );
  const blank = imageRows(new Uint8Array(3 * width * height).fill(255), { width, height });
  const images = lines.flatMap((line) =>
    [0, 1].flatMap((row) =>
      Array.from({ length: columns }, (_, i) =>
        line[i] ? imageRows(pixels(sized(line[i].pictures[row], width, height)), { width, height }) : blank,
      ),
    ),
  );
  const scale = Math.max(1, Math.floor(VISIBLE / Math.max(width, height)));
  const whole = sheet(images, { width, height, columns, scale });
  return pngBytes(whole, whole.rows);
}

function sized(picture: Picture, width: number, height: number): Picture {
  if (picture.width === width && picture.height === height) return picture;
  const data = resizePlanes("clean", picture.data, [3, picture.height, picture.width], [height, width]);
  return { width, height, data: Uint8Array.from(data, Math.round) };
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #8884}
td:first-child,th:first-child{text-align:left;padding-left:0}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(8rem,1fr));gap:1.2rem}
figure{margin:0}figure img{display:block;width:100%;image-rendering:pixelated;margin-bottom:2px}
figcaption{font-size:12px}`;

/**
 * A page of pairs, each sample above the training picture nearest to it, those most alike first, after a table of how much like a
 * training picture all samples and the held-out pictures are. It is one file, and needs no network.
 */
export async function nearestPage(found: NearestPictures): Promise<string> {
  const { samples, heldOut, training, mirrored, network, pairs, verdict } = found;
  const rows = [["samples", samples] as const, ...(heldOut ? [["held-out pictures", heldOut] as const] : [])];
  const figures = await Promise.all(pairs.map(figure));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Samples and the training pictures nearest to them</title>
<style>${STYLE}</style>
<h1>Samples and the training pictures nearest to them</h1>
<p>Each sample stands above the one of ${training} training pictures${mirrored ? ", mirrored or not," : ""} that is most like it: the
greatest cosine of the features of ${escapedText(network)}, 1 for equal pictures. The pairs most alike come first.</p>
<table>
<tr><th>likeness<th>pictures<th>least<th>5 %<th>median<th>95 %<th>greatest</tr>
${rows.map(([name, set]) => `<tr><td>${name}<td>${set.values.length}${set.quantiles.map((q) => `<td>${q.toFixed(4)}`).join("")}</tr>`).join("\n")}
</table>
<p>${verdict}</p>
<main>
${figures.join("\n")}
</main>
</html>
`;
}

async function figure({
  sample,
  training,
  mirrored,
  likeness,
  difference,
  pictures,
}: NearestPair): Promise<string> {
  const images = await Promise.all(
    pictures.map(async (picture, i) => {
      const url = Buffer.from(await pngBytes(picture, [pixels(picture)] satisfies Rows)).toString("base64");
      const alt = i === 0 ? `sample ${sample}` : `training picture ${training}`;
      return `<img width="${picture.width}" height="${picture.height}" alt="${alt}" src="data:image/png;base64,${url}">`;
    }),
  );
  const apart = difference === undefined ? "" : `, ${difference.toFixed(1)} of 255 apart`;
  return `<figure>${images.join("")}<figcaption><b>${likeness.toFixed(4)}</b>${apart}<br>sample ${sample}, training picture ${training}${mirrored ? ", mirrored" : ""}</figcaption></figure>`;
}

const escapedText = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);
