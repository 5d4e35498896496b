// The part of an explorer's page in which a picture is edited; hidden until it is asked for.
import { html, type Markup } from "../report/html.js";

const keys =
  "Picture to paint on. Drag to paint. With keys: arrows move the brush, Shift and arrows paint, Space paints a dot, [ and ] change its size, Z undoes.";

export const editorMarkup: Markup = html`<section id="editor" aria-labelledby="editor-title" hidden>
<header>
<h2 id="editor-title">Edit a picture</h2>
<p class="soft">The generator makes parts of a picture anew. The picture does not leave this page.</p>
<button type="button" id="edit-close">Close</button>
</header>
<div class="desk">
<figure>
<div class="frame paper">
<canvas id="edit-picture" aria-hidden="true"></canvas>
<canvas id="edit-paint" tabindex="0" role="application" aria-label="${keys}"></canvas>
<span id="edit-brush" aria-hidden="true" hidden></span>
</div>
<figcaption><span id="edit-about"></span></figcaption>
</figure>
<form id="edit-controls" autocomplete="off">
<fieldset>
<legend>Edit</legend>
<div class="row">
<label><input type="radio" name="mode" value="inpaint" checked> Fill in</label>
<label><input type="radio" name="mode" value="colorize"> New colours</label>
<label><input type="radio" name="mode" value="strokes"> Redraw strokes</label>
</div>
<p class="soft" id="edit-help"></p>
</fieldset>
<fieldset>
<legend>Picture</legend>
<div class="row">
<button type="button" id="edit-take">Use the sample</button>
<label class="button">Open picture<input type="file" id="edit-file" accept="image/png,image/jpeg,image/webp"></label>
</div>
</fieldset>
<fieldset id="edit-brushes">
<legend>Brush</legend>
<div class="row">
<label class="wide">Size <input type="range" id="edit-width" min="1" max="60" value="16"></label>
<label id="edit-colours">Colour <input type="color" id="edit-colour" value="#e0603c"></label>
<label><input type="checkbox" id="edit-erase"> Erase</label>
</div>
<div class="row">
<button type="button" id="edit-undo">Undo</button>
<button type="button" id="edit-clear">Clear</button>
<button type="button" id="edit-invert">Invert</button>
</div>
</fieldset>
<fieldset>
<legend>Results</legend>
<div class="row">
<label>Count <input type="number" id="edit-count" min="1" max="16" step="1" value="4"></label>
<label>Steps <input type="number" id="edit-steps" min="1" max="8" step="1" value="8"></label>
<label>Seed <input type="number" id="edit-seed" min="0" max="4294967295" step="1" value="0"></label>
<label>Size <input type="number" id="edit-size" min="1" max="2048" step="1" value="256"></label>
<label id="edit-noises">Noise <input type="number" id="edit-noise" min="0.01" max="80" step="any"></label>
<label id="edit-classes" hidden>Class <select id="edit-class"></select></label>
</div>
</fieldset>
<div class="row">
<button type="button" id="edit-make" class="main">Make</button>
<output id="edit-status" class="soft" role="status"></output>
</div>
</form>
<div id="edit-results" role="group" aria-label="Results"></div>
</div>
</section>
`;
