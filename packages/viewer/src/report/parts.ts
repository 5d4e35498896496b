// The parts of a report's page as markup. Each has an id, so that the live page can replace it.
import { charts } from "./curves.js";
import type { Fact } from "./facts.js";
import { type Content, html, type Markup } from "./html.js";
import type { MetricRow, Metrics } from "./metrics.js";
import { count, plural } from "./numbers.js";
import type { Shown } from "./show.js";
import type { View } from "./view.js";

/** The parts that change while a run trains, by id. */
export function changingParts(view: View): Record<string, Markup> {
  return {
    status: html`<p class="status">${view.status}</p>`,
    facts: factList(view.facts),
    samples: samples(view),
    finals: finals(view),
    metrics: metrics(view.metrics),
  };
}

const factList = (facts: readonly Fact[]): Markup =>
  html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

/** Places for the charts, filled by a script. A live page has one for each chart, shown once there is something in it. */
export function curves(view: View, live: boolean): Markup {
  const some = view.curves.length > 0;
  if (!some && !live) return html``;
  const shown = (id: string) => view.curves.some((curve) => curve.id === id);
  return html`<h2>Curves</h2>
${!some && html`<p class="absent">They begin with the first steps.</p>`}
<p class="key"${!some && html` hidden`}><span class="pretrain">pre-training</span> <span class="train">training</span>
<span class="hint">Faint: log entries; strong: their moving mean. Drag to zoom in, double-click to zoom out.</span></p>
<noscript><p>Scripts draw the curves, and scripts are disabled here.</p></noscript>
<div class="charts">${charts
    .filter(({ id }) => live || shown(id))
    .map(
      ({ id, title, log, steps }) => html`
<figure class="chart" data-curve="${id}" data-scale="${log ? "log" : "linear"}"${steps && html` data-steps`}${!shown(id) && html` hidden`}>
<figcaption><h3>${title}</h3><output></output></figcaption>
<div class="plot"></div>
</figure>`,
    )}</div>`;
}

function samples({ frames, frameCount, data }: View): Markup {
  if (frames.length === 0)
    return data
      ? html`<h2>Training images</h2><div class="pair">${figure(data, "training images")}</div>`
      : html``;
  const few =
    frames.length < frameCount &&
    html`<p class="hint">${count(frames.length)} of ${plural(frameCount, "grid")}.</p>`;
  return html`<h2>Samples along training</h2>
<div class="pair">
<div><ol class="frames">${frames.map((frame) => html`<li>${figure(frame, `samples, ${frame.title}`)}</li>`)}</ol>${few}</div>
${data && html`<div class="beside">${figure(data, "training images")}</div>`}
</div>`;
}

function finals({ finals, others }: View): Markup {
  if (finals.length + others.length === 0) return html``;
  return html`<h2>Final samples</h2>
${finals.length > 0 && html`<div class="sizes">${finals.map(sizeChoice)}</div>`}
${
  others.length > 0 &&
  html`<p class="hint">Also in samples/: ${listed(others.map(({ href, title }) => html`<a href="${href}">${title}</a>`))}</p>`
}`;
}

/** One of the sizes: a radio button, and the grid that is shown while it is checked. The first is at the start. */
function sizeChoice(grid: Shown, i: number): Markup {
  const id = `size-${grid.title.replaceAll(/\D+/g, "-")}`;
  return html`<div><input type="radio" name="size" id="${id}"${i === 0 && html` checked`}><label for="${id}">${grid.title}</label>
${figure(grid, `final samples, ${grid.title} pixels each`)}</div>`;
}

/** A picture with its title, linked to its file; the link alone where the picture is too large for the page. */
function figure({ title, width, height, href, source }: Shown, description: string): Markup {
  const size = `${width} × ${height}`;
  if (source === undefined)
    return html`<figure><figcaption><a href="${href}">${title}</a> (${size} pixels, not part of this page)</figcaption></figure>`;
  const style = width < 400 && html` class="small"`;
  const lazy = !source.startsWith("data:") && html` loading="lazy"`;
  return html`<figure><img src="${source}" alt="${description}" width="${width}" height="${height}"${style}${lazy}>
<figcaption><a href="${href}">${title}</a></figcaption></figure>`;
}

function metrics(found: Metrics | null | undefined): Markup {
  if (found === undefined) return html``;
  if (found === null)
    return html`<h2>Metrics</h2><p class="absent">metrics.json cannot be read. Evaluate the run again to replace it.</p>`;
  return html`<h2>Metrics</h2>
<div class="scroll"><table class="metrics"><thead><tr><th>metric</th><th>value</th><th>images</th><th>depends on</th></tr></thead>
<tbody>${found.rows.map(metricRow)}</tbody></table></div>
<p class="hint">${listed(found.about.map(([name, value]) => html`${name}: ${value}`))}</p>`;
}

const metricRow = ({ metric, value, images, depends, note }: MetricRow): Markup =>
  value === undefined
    ? html`<tr><th>${metric}</th><td colspan="3" class="absent">${depends}</td></tr>`
    : html`<tr><th>${metric}</th><td class="number">${value}</td><td>${images}</td><td class="note">${depends}${
        note !== undefined && html`<p class="remark">${note}</p>`
      }</td></tr>`;

/** The configuration, folded up. */
export const settings = ({ settings }: View): Markup => html`<h2>Configuration</h2>
<details><summary>${plural(settings.length, "field")}, ${count(
  settings.filter(({ chosen }) => chosen).length,
)} of them changed from the default (bold)</summary>
<div class="scroll"><table class="settings"><tbody>${settings.map(
  ({ path, value, description, chosen }) =>
    html`<tr${chosen && html` class="chosen"`}><th>${path}</th><td>${value}</td><td class="note">${description}</td></tr>`,
)}</tbody></table></div></details>`;

export const environment = ({ environment }: View): Markup =>
  environment.length === 0
    ? html``
    : html`<h2>Environment</h2>
${factList(environment)}`;

const listed = (items: readonly Markup[]): Content =>
  items.map((item, i) => (i === 0 ? item : html`; ${item}`));
