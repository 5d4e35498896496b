// The page of an explorer as HTML. Its scripts, styles and data are files beside it, at relative addresses.
import { html, pageMarkup } from "../report/html.js";
import { editorMarkup } from "./editor.js";

/**
 * The page may run scripts from its own folder and WebAssembly: nothing from elsewhere, and no text as code.
 */
export const explorerPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/**
 * @param facts a line under the name
 * @param script the name of the file that runs the page
 */
export function explorerPage(name: string, facts: string, script = "app.js"): string {
  const body = html`<header>
<p class="brand">imagefn</p>
<h1>${name}</h1>
<p class="soft" id="facts">${facts}</p>
</header>
<p id="message" role="alert" hidden></p>
<main>
<div class="pair">
<figure>
<div class="frame"><canvas id="function" tabindex="0" aria-label="The image function"></canvas></div>
<figcaption><span>Image function</span> <output id="frame" class="soft"></output></figcaption>
</figure>
<figure>
<div class="frame"><canvas id="bilinear" tabindex="0" aria-label="Its own render, enlarged"></canvas></div>
<figcaption><span>Its <span id="size"></span> render, enlarged bilinearly</span></figcaption>
</figure>
</div>
<form id="controls" autocomplete="off">
<fieldset class="bar">
<legend>Sample</legend>
<div class="row">
<button type="button" id="previous" title="previous sample">‹</button>
<label><span>Number</span> <input type="number" id="sample" min="0" max="4294967295" step="1" value="0"></label>
<button type="button" id="next" title="next sample">›</button>
<button type="button" id="random">Random</button>
</div>
</fieldset>
<fieldset>
<legend>Noise</legend>
<div class="row">
<label>Seed <input type="number" id="seed" min="0" max="4294967295" step="1" value="0"></label>
<label id="classes" hidden>Class <select id="class"><option value="">in turn</option></select></label>
<label id="stepping" hidden>Steps <input type="number" id="steps" min="1" max="1" step="1" value="1"></label>
</div>
</fieldset>
<fieldset>
<legend>Mix with another sample</legend>
<div class="row">
<label>Number <input type="number" id="other" min="0" max="4294967295" step="1" value="1"></label>
<label class="wide"><input type="range" id="mix" min="0" max="100" value="0" aria-label="mixing ratio"> <output id="mixed" for="mix">0 %</output></label>
</div>
<p class="soft">Interpolates the noise of the two along a great circle.</p>
</fieldset>
<fieldset>
<legend>View</legend>
<div class="row"><output id="zoom">1.00 x</output> <button type="button" id="whole">Reset</button></div>
<p class="soft">Scroll or pinch to zoom, drag to pan, or use the keys + - 0 and the arrow keys.</p>
</fieldset>
<fieldset>
<legend>Picture</legend>
<div class="row">
<label>Width <input type="number" id="width" min="1" max="16384" step="1" value="512"></label>
<label>Height <input type="number" id="height" min="1" max="16384" step="1" value="512"></label>
</div>
<div class="row">
<button type="button" id="png">Save PNG</button>
<button type="button" id="safetensors">Save function</button>
<label class="button">Open file<input type="file" id="file" accept=".safetensors"></label>
<button type="button" id="edit">Edit a picture</button>
</div>
</fieldset>
</form>
<div class="about soft">
<p role="status">Shown: <span id="shown"></span>. <span id="generated"></span> <span id="backend"></span></p>
<p>Each sample is a function, evaluated again for every pixel of every frame. The address of this page holds what is seen. Drop
a .safetensors file of an image function anywhere to open it, or a picture to edit it. Nothing leaves this page.</p>
</div>
</main>
${editorMarkup}<script type="module" src="${script}"></script>
`;
  const head = html`<link rel="stylesheet" href="style.css">`;
  return pageMarkup({ title: name, policy: explorerPolicy, head, body });
}
