// Draws docs/edit/explorer.png: a sample of the model that comes with the command, painted over and made anew in the explorer, in
// Chromium. After `npm run build`:
//
//   node packages/viewer/tools/editing.mjs [FILE]
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { writeAtomic } from "@imagefn/base";
import { openTrained } from "@imagefn/runs";
import { explorerSite, serveSite } from "@imagefn/viewer";
import { launch, opened } from "../dist-test/browser.js";

const path = (name) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const sharp = createRequire(path("packages/datasets/package.json"))("sharp");
const [file = path("docs/edit/explorer.png")] = process.argv.slice(2);

const trained = await openTrained(path("packages/avatars-model/avatars"), {});
const { url, close } = await serveSite(await explorerSite(trained));
const browser = await launch();
const { page, complaints } = await opened(browser, `${url}#sample=4`, { width: 1280, height: 800 });
page.setDefaultTimeout(5 * 60_000);
await page.locator("#function[data-drawn]").waitFor();
await page.locator("#edit").click();
await page.getByText("sample 4, 256 x 256 pixels").waitFor();
const paint = page.locator("#edit-paint");
await paint.scrollIntoViewIfNeeded();
const { x, y, width } = await paint.boundingBox();
const go = (across, down) => page.mouse.move(x + across * width, y + down * width, { steps: 8 });
await go(0.3, 0.4);
await page.mouse.down();
await go(0.7, 0.4);
await go(0.7, 0.48);
await go(0.3, 0.48);
await page.mouse.up();
await page.locator("#edit-make").click();
await page.locator("#edit-status", { hasText: "4 results of 8 steps" }).waitFor();
const png = await page.locator("#editor").screenshot();
await browser.close();
await close();
if (complaints.length > 0) throw new Error(`the page complains: ${complaints.join("; ")}`);
await writeAtomic(file, await sharp(png).png({ palette: true, colours: 200, effort: 10 }).toBuffer());
console.log(file);
