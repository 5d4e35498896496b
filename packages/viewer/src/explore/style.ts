// The style of an explorer's page: two canvases side by side with the controls beside them, all of it above the fold of a
// laptop; on a phone one below the other, with the sample's number always in reach. Light and dark.
export const explorerStyle: string = `:root {
  color-scheme: light dark;
  --back: #fbfbfa; --panel: #fff; --text: #1d2126; --soft: #5f6972; --line: #d9dce0; --accent: #2461a8; --bad: #a3261d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171a; --panel: #1b1f23; --text: #e4e7ea; --soft: #98a1aa; --line: #343b42; --accent: #74b0f2; --bad: #f2918a;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0 auto; max-width: 1720px; padding: 18px 24px; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
}
body > header, #editor > header { display: flex; flex-wrap: wrap; gap: 0 14px; align-items: baseline; }
h1 { margin: 0; font-size: 22px; font-weight: 650; line-height: 1.2; overflow-wrap: anywhere; }
p { margin: 4px 0; }
.brand { margin: 0; font-size: 22px; line-height: 1.2; color: var(--accent); }
.soft { color: var(--soft); font-size: 13px; }
#message {
  margin: 10px 0 0; padding: 8px 14px; border: 1px solid var(--bad); border-radius: 8px; color: var(--bad);
  background: var(--panel); overflow-wrap: anywhere;
}
main { display: grid; grid-template-columns: minmax(0, 1fr) 340px; grid-template-rows: auto 1fr; gap: 12px 24px; margin-top: 14px; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, calc(100vh - 190px))); gap: 20px; align-items: start; }
figure { margin: 0; min-width: 0; }
.frame { display: grid; place-items: center; aspect-ratio: 1; border-radius: 6px; background: var(--panel); }
canvas { display: block; width: 100%; aspect-ratio: 1; border-radius: 6px; background: var(--line); }
.pair canvas { cursor: grab; touch-action: pan-y; }
.pair canvas:active { cursor: grabbing; }
canvas:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
figcaption { display: flex; flex-wrap: wrap; gap: 0 12px; justify-content: space-between; align-items: baseline; margin-top: 6px; font-size: 14px; }
output { font-variant-numeric: tabular-nums; }
form { display: grid; gap: 10px; align-content: start; }
#controls { grid-column: 2; grid-row: 1 / 3; margin-top: -9px; }
fieldset { border: 1px solid var(--line); border-radius: 8px; padding: 4px 14px 8px; margin: 0; min-width: 0; background: var(--panel); }
legend { padding: 0 6px; margin-left: -6px; font-size: 13px; font-weight: 600; }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin: 4px 0; }
.row:has(#zoom) { justify-content: space-between; }
label { display: inline-flex; gap: 6px; align-items: center; font-size: 13px; }
label.wide { flex: 1; min-width: 120px; }
label.wide input { flex: 1; min-width: 0; accent-color: var(--accent); }
label.wide output { min-width: 3.2em; text-align: right; }
input[type="number"], select {
  font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 5px; padding: 3px 6px;
}
.bar button:last-child { margin-left: auto; }
input[type="number"] { width: 6em; font-variant-numeric: tabular-nums; }
.bar input[type="number"] { width: 5em; }
input[type="file"] { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer; }
button, .button {
  font: inherit; font-size: 13px; line-height: 1.4; padding: 4px 11px; border-radius: 5px; cursor: pointer;
  border: 1px solid var(--line); background: var(--back); color: inherit;
}
.button { position: relative; overflow: hidden; }
button:hover, .button:hover { border-color: var(--accent); }
button:focus-visible, input:focus-visible, select:focus-visible, .button:focus-within {
  outline: 2px solid var(--accent); outline-offset: 1px;
}
button:disabled { opacity: .5; cursor: progress; }
.about { overflow-wrap: anywhere; }
#editor { margin-top: 24px; padding-top: 14px; border-top: 1px solid var(--line); scroll-margin-top: 0; }
#edit-close { margin-left: auto; }
h2 { margin: 0; font-size: 18px; font-weight: 650; line-height: 1.2; }
.desk { display: grid; grid-template-columns: minmax(0, 420px) minmax(0, 380px) minmax(0, 1fr); gap: 12px 24px; align-items: start; margin-top: 14px; }
.paper { position: relative; overflow: hidden; }
.paper canvas { grid-area: 1 / 1; height: 100%; }
#edit-paint { background: none; cursor: crosshair; opacity: .6; touch-action: none; }
#edit-brush {
  position: absolute; aspect-ratio: 1; translate: -50% -50%; border: 1px solid #fff; outline: 1px solid #000; border-radius: 50%;
  pointer-events: none;
}
[data-mode="strokes"] #edit-paint { opacity: 1; }
[data-mode="colorize"] #edit-paint, [data-mode="colorize"] #edit-brush { visibility: hidden; }
[data-mode="colorize"] #edit-picture { filter: grayscale(1); }
#edit-results { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px; }
#edit-noise { width: 5em; }
input[type="color"] { width: 44px; height: 28px; padding: 2px; border: 1px solid var(--line); border-radius: 5px; background: var(--back); }
input[type="radio"], input[type="checkbox"] { accent-color: var(--accent); }
.main { border-color: var(--accent); font-weight: 600; }
.wrong { color: var(--bad); }
@media (max-width: 1240px) {
  .desk { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  #edit-results { grid-column: 1 / 3; }
}
@media (max-width: 1000px) {
  main { grid-template-columns: minmax(0, 1fr); }
  #controls { grid-template-columns: 1fr 1fr; grid-column: 1; grid-row: auto; margin-top: 0; }
}
@media (max-width: 700px), (pointer: coarse) {
  button, .button, input, select { min-height: 40px; }
  input[type="radio"], input[type="checkbox"] { min-height: 20px; width: 20px; height: 20px; }
  #edit-controls label { min-height: 40px; }
  button, .button { min-width: 44px; padding: 4px 14px; justify-content: center; }
  input[type="number"], select { font-size: 16px; }
}
@media (max-width: 700px) {
  body { padding: 12px 14px; }
  main { gap: 14px; margin-top: 10px; }
  .pair { grid-template-columns: minmax(0, 1fr); gap: 14px; }
  #controls { display: contents; }
  .bar {
    order: 1; position: sticky; bottom: 0; z-index: 1; margin: 0 -14px -12px; padding: 6px 14px; border-width: 1px 0 0; border-radius: 0;
  }
  .bar legend, .bar label span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .bar .row { flex-wrap: nowrap; justify-content: space-between; }
  .desk { grid-template-columns: minmax(0, 1fr); }
  #edit-results { grid-column: 1; grid-template-columns: 1fr 1fr; }
  #editor { margin-bottom: 70px; }
  .bar label { flex: 1; }
  .bar input[type="number"] { width: 100%; }
}
`;
