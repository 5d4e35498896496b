// Walks through the studio as its readers do, in Chromium from an empty profile: 200 avatars as a folder of pictures, two
// minutes of training with a reload on the way, a run that is saved and resumed by the command, and the explorer. Writes
// screenshots, docs/studio.png for one, and prints what it saw. On an idle machine, after `npm run build`:
//
//   node packages/viewer/tools/walk.mjs [FOLDER FOR SCREENSHOTS, docs] [MINUTES, 2]
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writePng } from "@imagefn/base";
import { avatars, readBytes } from "@imagefn/datasets";
import { serveSite, studioSite } from "@imagefn/viewer";
import { launch, opened } from "../dist-test/browser.js";
import { unzip } from "../dist-test/unzip.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const [shots = join(root, "docs"), minutes = "2"] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), "imagefn-walk-"));
const began = performance.now();
const say = (text) =>
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`);

/** A folder of avatars as PNG files. */
async function pictures(folder, count, size) {
  const drawn = await avatars({ count, size });
  const bytes = readBytes(
    drawn,
    Array.from({ length: count }, (_, i) => i),
  );
  mkdirSync(folder);
  const area = size * size;
  for (let i = 0; i < count; i++) {
    const rgb = new Uint8Array(3 * area);
    for (let p = 0; p < area; p++) for (let c = 0; c < 3; c++) rgb[3 * p + c] = bytes[(3 * i + c) * area + p];
    const name = `avatar-${String(i).padStart(3, "0")}.png`;
    await writePng(join(folder, name), { width: size, height: size }, [rgb]);
  }
}

mkdirSync(shots, { recursive: true });
await pictures(join(home, "avatars"), 200, 64);
const { url, close } = await serveSite(await studioSite());
const browser = await launch();
const { page, complaints } = await opened(browser, url, { width: 1280, height: 800 });
page.setDefaultTimeout(30 * 60_000);
const words = (id) => page.locator(`#${id}`).textContent();
const shot = (of, name) => of.screenshot({ path: join(shots, `${name}.png`) });
const button = (name) => page.getByRole("button", { name, exact: true });
/** Waits until training can go on. */
async function resumable() {
  const train = page.locator("#train").filter({ hasText: /Resume|Finished/ });
  await train.waitFor();
  if ((await train.textContent()) === "Finished")
    throw new Error(`it finished before it was stopped: ${minutes} minutes are too few on this machine`);
}
const until = (share) =>
  page.waitForFunction((share) => document.getElementById("progress").value >= share, share);

say("a page without anything");
await page.locator("#folder").setInputFiles(join(home, "avatars"));
await page.locator("#train:enabled").waitFor();
say(await words("count"));
await page.locator("#minutes").fill(minutes);
await button("Start").click();
await page.locator("#explore:enabled").waitFor();
say(await words("status"));
await until(0.5);
await page.reload();
await resumable();
say(`reloaded: ${await words("progressed")}`);
await button("Resume").click();
await until(0.75);
await page.locator("#train").click();
await resumable();
say(`paused: ${await words("progressed")}`);
const [download] = await Promise.all([page.waitForEvent("download"), button("Save run").click()]);
const run = unzip(readFileSync(await download.path()), home);
say(`saved: ${download.suggestedFilename()}`);
// The run names its pictures by their folder, which is beside it.
const command = join(root, "packages/cli/dist/bin.js");
execFileSync(process.execPath, [command, "train", "--resume", run], { cwd: home, stdio: "inherit" });
say("resumed by the command to its end");
await button("Resume").click();
await button("Finished").waitFor();
say(`finished: ${await words("progressed")}, loss ${await words("loss")}`);
await shot(page, "studio");
const [explorer] = await Promise.all([page.waitForEvent("popup"), button("Explore").click()]);
explorer.setDefaultTimeout(30 * 60_000);
await explorer.setViewportSize({ width: 1280, height: 800 });
await explorer.locator("#function[data-drawn]").waitFor();
await explorer.waitForTimeout(3000);
say(`explored: ${await explorer.locator("#facts").textContent()}`);
await shot(explorer, "studio-explore");
if (complaints.length > 0) say(`complaints: ${complaints.join("; ")}`);
await browser.close();
await close();
rmSync(home, { recursive: true });
process.exitCode = complaints.length > 0 ? 1 : 0;
