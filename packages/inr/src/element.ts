// <image-function src="face.safetensors">: an element that draws an image function at the pixels of the screen.
import { type CanvasBackend, type CanvasRenderer, canvasBackends, canvasRenderer } from "./canvas.js";
import { loadImageFunction } from "./files.js";
import type { ImageFunction } from "./imageFunction.js";

/** On the CPU, where any number of elements have room: a page has few contexts of a GPU. */
const BACKENDS: readonly CanvasBackend[] = ["simd", "plain"];

/** Sides in CSS pixels if neither attributes nor a style sheet set one. */
const SIDE = 256;

/** A longer side in device pixels is drawn at this many and enlarged. */
const LONGEST = 4096;

// A server that renders pages has no elements; it may import this module all the same.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * The element. Attributes: `src`, the address of an image function's file; `width` and `height` in CSS pixels, as far as the
 * page's style says nothing else, 256 if neither is given and a square if one is; `alt`, its text for those that do not see
 * it; `backend`, one of `canvasBackends` in place of WebAssembly or, where that is not allowed, plain code.
 *
 * Events, which do not bubble: `load` when it is drawn the first time, `error` (an ErrorEvent) when the file cannot be
 * loaded or drawn. The element then shows the message.
 */
export class ImageFunctionElement extends Base {
  static readonly observedAttributes = ["src", "width", "height", "alt", "backend"];

  #size = new CSSStyleSheet();
  #root = this.attachShadow({ mode: "open" });
  #shown: { renderer: CanvasRenderer; stop: () => void } | undefined;
  #loading: AbortController | undefined;
  #function: ImageFunction | undefined;

  /** The function that is shown; undefined until it is loaded. */
  get imageFunction(): ImageFunction | undefined {
    return this.#function;
  }

  /** Called by the browser when the element enters a page: loads and draws. */
  connectedCallback(): void {
    // Sheets that are made by a script are allowed whatever a page's policy says of inline styles.
    this.#root.adoptedStyleSheets = [this.#size];
    this.#layOut();
    this.#name();
    this.#restart();
  }

  /** Called by the browser when the element leaves a page: frees all that it holds. */
  disconnectedCallback(): void {
    this.#end();
  }

  /** Called by the browser when one of `observedAttributes` changes. */
  attributeChangedCallback(name: string): void {
    if (!this.isConnected) return;
    if (name === "alt") this.#name();
    else if (name === "width" || name === "height") this.#layOut();
    else this.#restart();
  }

  /** The element's size as its own style, which a page's style overrides. */
  #layOut(): void {
    const side = (name: string) => {
      const value = Number(this.getAttribute(name) ?? "");
      return value > 0 && value < Number.POSITIVE_INFINITY ? value : undefined;
    };
    const [width, height] = [side("width"), side("height")];
    const own = `width:${width ?? height ?? SIDE}px;${height === undefined ? "aspect-ratio:1" : `height:${height}px`}`;
    this.#size.replaceSync(
      `:host{display:inline-block;overflow:hidden;${own}}:host([hidden]){display:none}` +
        "canvas{display:block;width:100%;height:100%}p{margin:0;font:14px/1.4 system-ui,sans-serif}",
    );
  }

  /** A picture for those that read the page by ear; one with an empty alt is decoration. */
  #name(): void {
    const alt = this.getAttribute("alt");
    this.setAttribute("role", alt === "" ? "presentation" : "img");
    if (alt) this.setAttribute("aria-label", alt);
    else this.removeAttribute("aria-label");
  }

  #end(): void {
    this.#loading?.abort();
    this.#shown?.stop();
    this.#shown = undefined;
    this.#function = undefined;
    this.#root.replaceChildren();
  }

  #restart(): void {
    this.#end();
    const src = this.getAttribute("src");
    if (src === null) return;
    const loading = new AbortController();
    this.#loading = loading;
    const { signal } = loading;
    this.#start(src, signal).catch((error: Error) => {
      if (!signal.aborted) this.#fail(`${src}: ${error.message}`, error);
    });
  }

  async #start(src: string, signal: AbortSignal): Promise<void> {
    const fn = await loaded(src, signal);
    const canvas = document.createElement("canvas");
    const renderer = await opened(fn, canvas, this.getAttribute("backend"));
    if (signal.aborted) return void renderer.dispose();
    this.#function = fn;
    this.#root.replaceChildren(canvas);
    let first = true;
    let wanted: readonly [number, number] | undefined;
    let busy = false;
    // Sizes that come while one is drawn are passed over, but for the last.
    const draw = async () => {
      if (busy) return;
      busy = true;
      try {
        while (wanted && !signal.aborted) {
          const [width, height] = wanted;
          wanted = undefined;
          await renderer.draw({ width, height });
        }
      } finally {
        busy = false;
      }
      if (!first || signal.aborted) return;
      first = false;
      this.dispatchEvent(new Event("load"));
    };
    const observer = new ResizeObserver(([entry]) => {
      wanted = pixels(entry);
      if (wanted)
        draw().catch((error: Error) => {
          if (!signal.aborted) this.#fail(`${src}: ${error.message}`, error);
        });
    });
    try {
      // Safari has no pixels of the device; its contents are multiplied instead.
      observer.observe(canvas, { box: "device-pixel-content-box" });
    } catch {
      observer.observe(canvas);
    }
    this.#shown = {
      renderer,
      stop() {
        observer.disconnect();
        void renderer.dispose();
      },
    };
  }

  #fail(message: string, error: Error): void {
    this.#end();
    const text = document.createElement("p");
    text.part.add("error");
    text.textContent = message;
    this.#root.replaceChildren(text);
    this.dispatchEvent(new ErrorEvent("error", { message, error }));
  }
}

async function loaded(src: string, signal: AbortSignal): Promise<ImageFunction> {
  const response = await fetch(src, { signal });
  if (!response.ok)
    throw new Error(`the server answered ${`${response.status} ${response.statusText}`.trim()}`);
  return loadImageFunction(new Uint8Array(await response.arrayBuffer()));
}

/** The renderer of the backend that was asked for, or the first on the CPU that works. */
async function opened(
  fn: ImageFunction,
  canvas: HTMLCanvasElement,
  asked: string | null,
): Promise<CanvasRenderer> {
  if (asked !== null) {
    const backend = canvasBackends.find((name) => name === asked);
    if (!backend)
      throw new Error(
        `unknown backend (got ${JSON.stringify(asked)}, expected ${canvasBackends.join(", ")})`,
      );
    return canvasRenderer(fn, { canvas, backend });
  }
  return canvasRenderer(fn, { canvas, backend: BACKENDS });
}

/** Pixels of the device under the canvas; undefined while it has none. */
function pixels({ devicePixelContentBoxSize: exact, contentRect }: ResizeObserverEntry) {
  const near = [contentRect.width, contentRect.height].map((side) => side * devicePixelRatio);
  const own = exact ? [exact[0].inlineSize, exact[0].blockSize] : near;
  // Screens that developers emulate have another ratio than the box tells.
  const sides = own.map((side, i) => Math.round(Math.abs(side - near[i]) <= 1 ? side : near[i]));
  const shrink = Math.min(1, LONGEST / Math.max(...sides));
  const [width, height] = sides.map((side) => Math.floor(side * shrink));
  return width > 0 && height > 0 ? ([width, height] as const) : undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    "image-function": ImageFunctionElement;
  }
}

if (globalThis.customElements && !customElements.get("image-function"))
  customElements.define("image-function", ImageFunctionElement);
