// The style of an explorer's page: two canvases side by side, controls below; light and dark.
export const explorerStyle: string = `:root {
  color-scheme: light dark;
  --back: #fbfbfa; --panel: #fff; --text: #1d2126; --soft: #667079; --line: #d9dce0; --accent: #2461a8; --bad: #a3261d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171a; --panel: #1b1f23; --text: #e4e7ea; --soft: #98a1aa; --line: #343b42; --accent: #74b0f2; --bad: #f2918a;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0 auto; max-width: 1080px; padding: 28px 24px 40px; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
h1 { margin: 0; font-size: 24px; font-weight: 650; line-height: 1.2; overflow-wrap: anywhere; }
p { margin: 6px 0; }
.soft { color: var(--soft); font-size: 13px; }
#message {
  margin: 14px 0 0; padding: 10px 14px; border: 1px solid var(--bad); border-radius: 8px; color: var(--bad);
  background: var(--panel); overflow-wrap: anywhere;
}
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 20px; align-items: start; margin: 18px 0 8px; }
figure { margin: 0; min-width: 0; }
.frame { display: grid; place-items: center; aspect-ratio: 1; border-radius: 6px; background: var(--panel); }
canvas {
  display: block; width: 100%; aspect-ratio: 1; border-radius: 6px; background: var(--line); cursor: grab; touch-action: none;
}
canvas:active { cursor: grabbing; }
canvas:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
figcaption { display: flex; flex-wrap: wrap; gap: 0 12px; justify-content: space-between; margin-top: 6px; font-size: 14px; }
output { font-variant-numeric: tabular-nums; }
form { display: grid; grid-template-columns: 1fr 1fr; gap: 14px 20px; margin: 14px 0; }
fieldset { border: 1px solid var(--line); border-radius: 8px; padding: 8px 14px 12px; margin: 0; min-width: 0; background: var(--panel); }
legend { padding: 0 6px; margin-left: -6px; font-size: 13px; font-weight: 600; }
.row { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; margin: 4px 0; }
label { display: inline-flex; gap: 6px; align-items: center; font-size: 13px; }
label.wide { flex: 1; min-width: 150px; }
label.wide input { flex: 1; min-width: 0; accent-color: var(--accent); }
label.wide output { min-width: 3.2em; text-align: right; }
input[type="number"], select {
  font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 5px; padding: 3px 6px;
}
input[type="number"] { width: 7em; font-variant-numeric: tabular-nums; }
input[type="file"] { position: absolute; opacity: 0; width: 1px; height: 1px; }
button, .button {
  font: inherit; font-size: 13px; line-height: 1.4; padding: 4px 11px; border-radius: 5px; cursor: pointer;
  border: 1px solid var(--line); background: var(--back); color: inherit;
}
button:hover, .button:hover { border-color: var(--accent); }
button:disabled { opacity: .5; cursor: progress; }
.button:focus-within { outline: 2px solid var(--accent); }
footer { margin-top: 20px; padding-top: 12px; border-top: 1px solid var(--line); }
@media (max-width: 700px) {
  body { padding: 18px 14px 28px; }
  .pair { gap: 10px; }
  form { grid-template-columns: 1fr; }
}
`;
