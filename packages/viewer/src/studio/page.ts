// The page of a studio as HTML. Its scripts, styles and data are files beside it, at relative addresses.
import type { Config } from "@imagefn/runs";
import { explorerPolicy } from "../explore/page.js";
import { html, pageMarkup } from "../report/html.js";

export function studioPage({ budget, data }: Config): string {
  const body = html`<header>
<p class="brand">imagefn</p>
<h1>Studio</h1>
<p class="soft">Learns a one-step generator of image functions from pictures, in this tab. Nothing leaves this page.</p>
</header>
<p id="message" role="alert" hidden></p>
<main>
<div class="pair">
<figure>
<canvas id="pictures" role="img" aria-label="Pictures to learn from"></canvas>
<figcaption><span>Pictures</span> <output id="count" class="soft"></output></figcaption>
</figure>
<figure>
<canvas id="samples" role="img" aria-label="Samples of the generator"></canvas>
<figcaption><span>Samples</span> <output id="at" class="soft"></output></figcaption>
</figure>
</div>
<form id="controls" autocomplete="off">
<fieldset id="choosing">
<legend>1. Pictures</legend>
<div class="row">
<label class="button">Choose folder<input type="file" id="folder" webkitdirectory></label>
<label class="button">Choose files<input type="file" id="files" multiple accept="image/png,image/jpeg,image/webp"></label>
<button type="button" id="avatars">Use avatars</button>
</div>
<p class="soft">Or drop them anywhere: PNG, JPEG or WebP, of at least ${data.size} x ${data.size} pixels. Their middle squares are learned.</p>
</fieldset>
<fieldset>
<legend>2. Training</legend>
<div class="row">
<label>Minutes <input type="number" id="minutes" min="0.05" max="600" step="any" value="${budget.minutes ?? 8}"></label>
<label>Processor <select id="processor" aria-describedby="gpu">
<option value="auto">Automatic</option>
<option value="cpu">CPU (WebAssembly)</option>
<option value="gpu" id="webgpu">GPU (WebGPU)</option>
</select></label>
</div>
<p class="soft" id="gpu"></p>
<div class="row">
<button type="button" id="train" disabled>Start</button>
<button type="button" id="discard" disabled>Discard</button>
</div>
<progress id="progress" max="1" value="0" aria-label="Training"></progress>
<p class="row"><output id="progressed" class="soft" aria-live="off">Not started</output></p>
</fieldset>
<fieldset>
<legend>3. Result</legend>
<div class="row">
<button type="button" id="explore" disabled>Explore</button>
<button type="button" id="run" disabled>Save run</button>
<button type="button" id="png" disabled>Save samples</button>
</div>
<p class="soft">Explore opens the last checkpoint in a tab of its own: zoom, mix, save functions and pictures. A saved run is a zip
file of a run folder, which the command <code>imagefn</code> resumes.</p>
</fieldset>
</form>
<figure class="curve">
<canvas id="curve" role="img" aria-label="Loss by time"></canvas>
<figcaption><span>Loss</span> <output id="loss" class="soft"></output></figcaption>
</figure>
<p class="about soft" role="status" id="status"></p>
</main>
<script type="module" src="studio.js"></script>
`;
  const head = html`<link rel="stylesheet" href="style.css"><link rel="stylesheet" href="studio.css">`;
  return pageMarkup({ title: "Studio", policy: explorerPolicy, head, body });
}
