// The style of a report's page: quiet, light and dark, one column on a phone.
/** CSS of a report: custom properties for colours (light and dark), text, tables, charts and grids of pictures. */
export const style: string = `
:root {
  color-scheme: light dark;
  --back: #fbfbfa; --panel: #fff; --text: #1d2126; --soft: #5f6972; --line: #e3e5e8; --grid: #eceef0;
  --pretrain: #b45f06; --train: #2461a8; --band: rgba(180, 95, 6, .06); --link: #2461a8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171a; --panel: #1b1f23; --text: #e4e7ea; --soft: #98a1aa; --line: #2e343a; --grid: #262b30;
    --pretrain: #e2a155; --train: #74b0f2; --band: rgba(226, 161, 85, .07); --link: #8abcf5;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 1120px; padding: 32px 24px 48px; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
}
[hidden] { display: none !important; }
.brand { margin: 0; font-size: 15px; color: var(--link); }
h1 { margin: 0; font-size: 26px; font-weight: 650; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 44px 0 12px; font-size: 18px; font-weight: 650; }
h3 { margin: 0; font-size: 14px; font-weight: 600; }
p { margin: 8px 0; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
figure { margin: 0; }
.status { margin: 4px 0 0; color: var(--soft); }
.hint, .absent, .note, footer { color: var(--soft); font-size: 13px; }
.hint { overflow-wrap: anywhere; }
.facts {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); gap: 14px 24px; margin: 20px 0 0;
}
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
#environment .facts { grid-template-columns: 1fr; }
#environment dd { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 13px; }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; align-items: baseline; }
.pretrain::before, .train::before {
  content: ""; display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px;
  vertical-align: middle; background: var(--train);
}
.pretrain::before { background: var(--pretrain); }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
.chart {
  background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px 8px; min-width: 0;
}
.chart:first-child { grid-column: 1 / -1; }
.chart figcaption { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: center; min-height: 26px; }
.chart output { color: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; margin-left: auto; }
.chart button {
  font: inherit; font-size: 12px; line-height: 1; padding: 4px 8px; border-radius: 5px; cursor: pointer;
  border: 1px solid var(--line); background: none; color: var(--soft);
}
.chart button:hover { color: var(--text); }
.plot { height: 200px; overflow: hidden; }
.chart:first-child .plot { height: 280px; }
.chart:nth-last-child(1 of :not([hidden])):nth-child(even of :not([hidden])) { grid-column: 1 / -1; }
.uplot { width: 100%; font-family: inherit; }
.u-select { background: rgba(120, 140, 160, .18); }
.u-hz .u-cursor-x, .u-vt .u-cursor-y { border-right-color: var(--soft); }
img { display: block; max-width: 100%; height: auto; border-radius: 4px; background: #fff; }
img.small { image-rendering: pixelated; }
figcaption { font-size: 13px; margin-top: 6px; }
.chart figcaption { margin-top: 0; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 24px; align-items: start; }
.pair > div { min-width: 0; }
.pair figure { display: flex; flex-direction: column-reverse; }
.pair figcaption { height: 24px; margin: 0 0 8px; }
.pair img, .sizes img { width: 100%; }
.frames { list-style: none; margin: 0; padding: 0; display: grid; gap: 20px; }
.frames.turning { display: block; }
.frames.turning li:not(.on) { display: none; }
.frames.turning figcaption { display: none; }
.turner { display: flex; gap: 12px; align-items: center; height: 24px; margin: 0 0 8px; font-size: 13px; }
.turner input { flex: 1; min-width: 0; margin: 0; accent-color: var(--train); }
.turner output { color: var(--soft); min-width: 6.5em; text-align: right; font-variant-numeric: tabular-nums; }
.sizes { position: relative; display: flex; flex-wrap: wrap; gap: 8px; }
.sizes > div { display: contents; }
.sizes input { position: absolute; opacity: 0; }
.sizes label { padding: 5px 14px; border: 1px solid var(--line); border-radius: 5px; cursor: pointer; font-size: 13px; }
.sizes input:checked + label { background: var(--link); border-color: var(--link); color: var(--back); }
.sizes input:focus-visible + label { outline: 2px solid var(--link); outline-offset: 2px; }
.sizes figure { display: none; order: 1; width: 100%; max-width: 720px; margin-top: 8px; }
.sizes input:checked ~ figure { display: block; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); }
th { font-weight: 500; }
thead th { color: var(--soft); }
.metrics .number { white-space: nowrap; font-variant-numeric: tabular-nums; }
.metrics th, .metrics td { min-width: 90px; }
.metrics .note { min-width: 260px; overflow-wrap: anywhere; }
.metrics .remark { margin: 2px 0 0; color: var(--text); }
.metrics .number { font-weight: 600; }
.settings th, .settings td:nth-child(2) { font-family: ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.settings tr:not(.chosen) th, .settings tr:not(.chosen) td { color: var(--soft); }
.settings .chosen td:nth-child(2) { font-weight: 650; }
summary { cursor: pointer; color: var(--soft); }
details[open] summary { margin-bottom: 10px; }
footer { margin-top: 56px; padding-top: 14px; border-top: 1px solid var(--line); }
@media (max-width: 760px) {
  body { padding: 20px 16px 32px; }
  .charts, .pair { grid-template-columns: 1fr; }
  .chart { padding: 10px 10px 6px; }
  .chart:first-child .plot { height: 220px; }
  .facts { grid-template-columns: 1fr 1fr; gap: 12px 16px; }
  .settings .note { display: none; }
  .sizes label { padding: 10px 14px; }
  .metrics thead { display: none; }
  .metrics tr { display: block; padding: 8px 0; border-bottom: 1px solid var(--line); }
  .metrics th, .metrics td, .metrics .note { display: block; min-width: 0; padding: 0; border: 0; }
}
`;
