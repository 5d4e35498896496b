// Loads an image function and draws it on a canvas, at as many pixels as the screen has there.
import { canvasRenderer, loadImageFunction } from "@imagefn/inr/canvas";

const canvas = document.querySelector("canvas");
const status = document.querySelector("p");

async function start() {
  const response = await fetch("face.safetensors");
  if (!response.ok) throw new Error(`face.safetensors: ${response.status} ${response.statusText}`);
  const imageFunction = loadImageFunction(new Uint8Array(await response.arrayBuffer()));
  const renderer = await canvasRenderer(imageFunction, { canvas });

  // Told at the start, and whenever the canvas has another size.
  const observer = new ResizeObserver(() => {
    const width = Math.round(canvas.clientWidth * window.devicePixelRatio);
    const height = Math.round(canvas.clientHeight * window.devicePixelRatio);
    if (width > 0 && height > 0) draw(width, height).catch(fail);
  });
  observer.observe(canvas);

  async function draw(width, height) {
    const began = performance.now();
    await renderer.draw({ width, height });
    const time = Math.round(performance.now() - began);
    status.textContent = `${width} x ${height} pixels by ${renderer.backend} in ${time} ms`;
  }
}

function fail(error) {
  status.textContent = error.message;
}

start().catch(fail);
