// What the style of a studio's page adds to the explorer's: a curve under the pictures, and on a phone one column in order.
export const studioStyle: string = `main { grid-template-rows: auto auto 1fr; }
.pair { grid-template-columns: repeat(2, minmax(0, calc(100vh - 330px))); }
.pair canvas, .curve canvas { cursor: default; background: var(--panel); border: 1px solid var(--line); touch-action: auto; image-rendering: pixelated; }
.curve canvas { aspect-ratio: auto; height: 120px; }
form { grid-row: 1 / 4; }
.row label { margin-right: auto; }
#choosing .row label { margin-right: 0; }
.button:has(:disabled) { opacity: .5; }
progress { width: 100%; height: 10px; accent-color: var(--accent); margin-top: 6px; }
.dropping { outline: 2px dashed var(--accent); outline-offset: -6px; }
code { overflow-wrap: anywhere; }
@media (max-width: 1000px) {
  form { grid-template-columns: minmax(0, 1fr); grid-row: auto; }
}
@media (max-width: 700px) {
  .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; }
  form { display: grid; order: -1; }
}
`;
