// The studio in Chromium on a GPU, for which SwiftShader stands in: it trains, is lost, and fails to start.
import { serveSite, studioSite } from "@imagefn/viewer";
import t from "tap";
import { launch, opened, skip, softwareGpu } from "./browser.js";
import { tinyStudio } from "./tinyStudio.js";

t.setTimeout(240_000);

/** What the worker does first: it takes the page's word for when its GPU is lost, and when there is no other. */
const prelude = `
const { requestDevice } = GPUAdapter.prototype;
const devices = [];
let none = false;
GPUAdapter.prototype.requestDevice = async function (...given) {
  if (none) throw new Error("too many devices");
  devices.push(await requestDevice.apply(this, given));
  return devices.at(-1);
};
new BroadcastChannel("gpu").onmessage = ({ data }) => {
  if (data === "none") none = true;
  else for (const device of devices) device.destroy();
};
`;

t.test("the studio on a GPU", { skip }, async (t) => {
  const { url, close } = await serveSite(await studioSite({ values: tinyStudio }));
  t.teardown(close);
  const browser = await launch(softwareGpu);
  t.teardown(() => browser.close());
  const { page, complaints } = await opened(browser, url, { width: 1280, height: 800 });
  page.setDefaultTimeout(180_000);
  await page.route("**/trainer.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: prelude + (await response.text()) });
  });
  const tell = (word: string) => page.evaluate((word) => new BroadcastChannel("gpu").postMessage(word), word);
  const status = (text: RegExp) => page.getByRole("status").filter({ hasText: text }).waitFor();
  const alert = (text: RegExp) => page.getByRole("alert").filter({ hasText: text }).waitFor();
  const button = (name: string) => page.getByRole("button", { name, exact: true });

  await page.locator("#avatars:enabled").click();
  await page.locator("#train:enabled").waitFor();
  t.match(await page.locator("#gpu").textContent(), /^GPU: .*swiftshader.*, a software driver, which is/i);
  await page.locator("#processor").selectOption("gpu");
  // Pre-training lasts until the GPU is lost.
  await page.locator("#minutes").fill("60");
  await button("Start").click();
  await status(/^Trains on the GPU, .*swiftshader.*: [\d.]+ ms a step, the CPU [\d.]+ ms\.$/i);
  await page.locator("#run:enabled").waitFor();
  await tell("lose");
  await alert(
    /^The GPU was lost \(.*\)\. The last checkpoint is kept, and training goes on from it on the CPU\.$/,
  );
  await status(/^Trains by ONNX Runtime on WebAssembly/);
  t.equal(await page.locator("#processor").inputValue(), "cpu");
  await button("Pause").click();
  await button("Resume").waitFor();
  const step = async () =>
    Number(/step ([\d,]+)/.exec((await page.locator("#progressed").textContent())!)![1].replace(",", ""));
  const before = await step();
  t.ok(before > 1, "it went on");

  await page.locator("#processor").selectOption("gpu");
  await tell("none");
  await button("Resume").click();
  await alert(/^The GPU does not work \(.*too many devices.*\): training on the CPU instead\.$/);
  await status(/^Trains by ONNX Runtime on WebAssembly/);
  await button("Pause").click();
  await button("Resume").waitFor();
  t.ok((await step()) > before);
  // GPU.js tells what was lost, too.
  t.same(
    complaints.filter((one) => !one.startsWith("gpu.js")),
    [],
  );
});
