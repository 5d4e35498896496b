// The page of a report: one file that needs nothing else, and a content security policy that lets nothing else in.
import { assets, hashOf } from "./assets.js";
import { html, jsonMarkup, type Markup, pageMarkup } from "./html.js";
import { changingParts, curves, environment, settings } from "./parts.js";
import type { View } from "./view.js";

/** The data of the charts, as their script reads it. */
export const chartData = ({ curves, pretrainSteps }: View) => ({ curves, pretrainSteps });

/**
 * The whole page. A live page loads pictures and events from its own server; any other page may use only what it
 * contains.
 */
export function reportPage(view: View, { live = false } = {}): string {
  const { styles } = assets();
  const part = ([id, markup]: [string, Markup]) => html`<section id="${id}">${markup}</section>\n`;
  const { status, facts, samples, ...results } = changingParts(view);
  const body = html`<header>
<p class="brand">imagefn</p>
<h1>${view.name}</h1>
${part(["status", status])}</header>
<main>
${part(["facts", facts])}<section id="curves">${curves(view, live)}</section>
${part(["samples", samples])}${Object.entries(results).map(part)}<section id="settings">${settings(view)}</section>
<section id="environment">${environment(view)}</section>
</main>
<footer>imagefn. Charts by uPlot (MIT licence, copyright 2022 Leon Sorokin).</footer>
<script type="application/json" id="chart-data">${jsonMarkup(chartData(view))}</script>
${scriptsOf(live).map(({ text, module }) => html`<script${module && html` type="module"`}>${raw(text)}</script>\n`)}`;
  const head = html`<style>${raw(styles)}</style>`;
  return pageMarkup({ title: view.name, policy: contentPolicy({ live }), head, body });
}

/** The policy of a page: its own scripts and styles by their hashes. */
export function contentPolicy({ live = false } = {}): string {
  return [
    "default-src 'none'",
    `script-src ${scriptsOf(live)
      .map(({ text }) => hashOf(text))
      .join(" ")}`,
    `style-src ${hashOf(assets().styles)}`,
    live ? "img-src 'self' data:" : "img-src data:",
    ...(live ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function scriptsOf(live: boolean) {
  const { scripts, liveScript } = assets();
  return live ? [liveScript, ...scripts] : scripts;
}

/** Text of our own that is inserted as it is. */
const raw = (markup: string): Markup => ({ markup });
