// The explorer's page on a laptop and on a phone, in Chromium: what fits, what can be touched, and its address.
import { join } from "node:path";
import { explorerSite, serveSite } from "@imagefn/viewer";
import type { Page } from "playwright-core";
import t from "tap";
import { contentWidth, launch, opened, skip } from "./browser.js";
import { trainedRun } from "./tinyRun.js";

t.setTimeout(120_000);
const laptop = { width: 1280, height: 800 };
const phone = { width: 400, height: 800 };
const schemes = ["light", "dark"] as const;

/** Boxes of all that match and are seen, in pixels from the top left of the page. */
const boxes = (page: Page, selector: string) =>
  page.$$eval(selector, (found) =>
    found
      .filter((element) => element.checkVisibility())
      .map((element) => {
        const { left, top, right, bottom, width, height } = element.getBoundingClientRect();
        const name = element.id || element.textContent!.trim();
        return { name, left, top, right, bottom, width, height };
      }),
  );

/** Relative luminance contrast of text and what is behind it (WCAG 2, 1.4.3), the least of all elements with text. */
const contrast = (page: Page) =>
  page.evaluate(() => {
    const rgb = (text: string) => text.match(/[\d.]+/g)!.map(Number);
    const luminance = (text: string) =>
      rgb(text)
        .slice(0, 3)
        .map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element: Element): string => {
      const { backgroundColor } = getComputedStyle(element);
      return rgb(backgroundColor)[3] === 0 ? behind(element.parentElement!) : backgroundColor;
    };
    const texts = [...document.querySelectorAll("body *")].filter((element) =>
      [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim() !== ""),
    );
    const ratios = texts
      .filter((element) => element.checkVisibility() && !element.closest("script, select"))
      .map((element) => {
        const pair = [luminance(getComputedStyle(element).color), luminance(behind(element))];
        return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
      });
    return Math.min(...ratios);
  });

const drawn = (page: Page) => page.locator("#function[data-drawn]").waitFor();
const value = (page: Page, id: string) => page.locator(`#${id}`).inputValue();
const fragment = (page: Page) => page.evaluate(() => location.hash);

t.test("the page of an explorer", { skip }, async (t) => {
  const trained = await trainedRun(join(t.testdir(), "first"), { classes: ["pixel-art", "thumbs"] });
  const { url, close } = await serveSite(await explorerSite(trained));
  t.teardown(close);
  const browser = await launch();
  t.teardown(() => browser.close());

  await t.test("on a laptop everything is above the fold", async (t) => {
    for (const scheme of schemes) {
      const { page, complaints } = await opened(browser, url, laptop, scheme);
      await drawn(page);
      const { scrollWidth, scrollHeight } = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return { scrollWidth, scrollHeight };
      });
      t.same([scrollWidth, scrollHeight], [1280, 800], "nothing to scroll");
      const [first, second] = await boxes(page, "figure canvas");
      t.same([first.top, first.width], [second.top, second.width], "side by side, of the same size");
      t.ok(first.width > 400 && first.right < second.left);
      const controls = await boxes(page, "button, input:not([type=file]), select, .button");
      t.ok(controls.length >= 14);
      for (const { name, bottom, right } of controls) t.ok(bottom <= 800 && right <= 1280, name);
      t.ok((await contrast(page)) >= 4.5, `${scheme}: contrast ${await contrast(page)}`);
      t.equal(await page.title(), "first · imagefn");
      t.match(await page.locator("header > *").allTextContents(), ["imagefn", "first"]);
      t.same(complaints, []);
      await page.close();
    }
  });

  await t.test("on a phone the pictures stack, and everything can be touched", async (t) => {
    for (const scheme of schemes) {
      const { page, complaints } = await opened(browser, url, phone, scheme);
      await drawn(page);
      t.equal(await contentWidth(page), 400, "nothing sticks out");
      const [first, second] = await boxes(page, "figure canvas");
      t.ok(second.top >= first.bottom, "one below the other");
      t.same([first.left, first.width], [second.left, second.width]);
      t.ok(first.width > 350);
      const controls = await boxes(page, "button, input, select, .button");
      t.ok(controls.length >= 15);
      for (const { name, height, width, right } of controls)
        t.ok(height >= 40 && width >= 40 && right <= 400, `${name}: ${width} x ${height}`);
      for (const { name, bottom } of await boxes(page, ".bar button, .bar input"))
        t.ok(bottom <= 800, `${name} is in reach without scrolling`);
      await page.locator("#edit").click();
      await page.getByText("256 x 256 pixels").waitFor();
      await page.getByRole("radio", { name: "Redraw strokes" }).check();
      t.equal(await contentWidth(page), 400, "nothing of the editor sticks out");
      for (const { name, height, width, right } of await boxes(
        page,
        "#editor button, #editor .button, #editor label, #editor input:not([type=radio], [type=checkbox], [type=file])",
      ))
        t.ok(height >= 40 && width >= 40 && right <= 400, `${name}: ${width} x ${height}`);
      t.ok((await contrast(page)) >= 4.5, `${scheme}: contrast ${await contrast(page)}`);
      t.same(complaints, []);
      await page.close();
    }
  });

  await t.test("a finger on the whole picture scrolls the page, on a part of it pans", async (t) => {
    const { page } = await opened(browser, url, phone);
    await drawn(page);
    const touch = () => page.$eval("#function", (canvas) => getComputedStyle(canvas).touchAction);
    t.equal(await touch(), "pan-y");
    await page.locator("#function").press("+");
    t.equal(await touch(), "none");
    await page.locator("#whole").click();
    t.equal(await touch(), "pan-y");
    await page.close();
  });

  await t.test("the address holds what is seen, and opens it again", async (t) => {
    const { page, complaints } = await opened(browser, url, laptop);
    await drawn(page);
    await page.waitForFunction(() => location.hash === "#seed=0&sample=0");
    for (const [id, text] of [
      ["sample", "4"],
      ["seed", "9"],
      ["other", "2"],
      ["mix", "40"],
      ["width", "300"],
      ["height", "200"],
    ])
      await page.locator(`#${id}`).fill(text);
    await page.locator("#class").selectOption("1");
    await page.locator("#function").press("+");
    await page.locator("#function").press("+");
    await page.locator("#function").press("ArrowLeft");
    await page.waitForFunction(() => location.hash.includes("zoom=1.5625"));
    await page.waitForTimeout(500);
    const shared = await fragment(page);
    t.equal(
      shared,
      "#seed=9&sample=4&class=1&other=2&mix=40&width=300&height=200&zoom=1.5625&x=0.43600&y=0.50000",
    );
    t.equal(await page.evaluate(() => history.length), 2, "no entry of history for each change");
    const shown = await page.locator("#shown").textContent();

    const { page: other, complaints: others } = await opened(browser, url + shared, laptop);
    await drawn(other);
    for (const id of ["seed", "sample", "class", "other", "mix", "width", "height"])
      t.equal(await value(other, id), await value(page, id), id);
    t.equal(await other.locator("#shown").textContent(), shown);
    await other.getByText("1.56 x").waitFor();
    await other.waitForTimeout(600);
    t.equal(await fragment(other), shared, "it stays");
    await other.evaluate(() => {
      location.hash = "#sample=2";
    });
    await other.getByText("sample 2").waitFor();
    t.same(
      [await value(other, "seed"), await value(other, "mix")],
      ["0", "0"],
      "another address in the open page",
    );
    t.same([...complaints, ...others], []);
    await page.close();
    await other.close();
  });

  await t.test("an address of garbage opens the page as usual", async (t) => {
    const garbage =
      "#seed=<img src=x onerror=alert(1)>&sample=1e9&class=17&mix=101&zoom=0&x=%E0%A4%A&width=-5&__proto__=1";
    const { page, complaints } = await opened(browser, url + garbage, laptop);
    await drawn(page);
    for (const [id, text] of [
      ["seed", "0"],
      ["sample", "0"],
      ["class", ""],
      ["mix", "0"],
      ["width", "512"],
    ])
      t.equal(await value(page, id), text, id);
    await page.waitForFunction(() => location.hash === "#seed=0&sample=0");
    t.same(complaints, []);
    await page.close();
  });
});
