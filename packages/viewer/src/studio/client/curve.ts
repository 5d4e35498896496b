// The loss by time as a curve, on a logarithmic scale: each phase has its own losses, and its own colour.
import type { LogEntry } from "@imagefn/runs/pages";

export interface Point {
  readonly phase: string;
  readonly seconds: number;
  readonly loss: number;
}

/** The points of a log. */
export const pointsOf = (log: readonly LogEntry[]): Point[] =>
  log.flatMap(({ phase, seconds, loss }) =>
    typeof loss === "number" && typeof seconds === "number" ? [{ phase: `${phase}`, seconds, loss }] : [],
  );

/** Draws the curve at the canvas's size on the screen. @param end the seconds at its right edge */
export function drawCurve(canvas: HTMLCanvasElement, points: readonly Point[], end: number): void {
  const ratio = window.devicePixelRatio;
  const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio].map(Math.round);
  Object.assign(canvas, { width, height });
  const seen = points.filter(({ loss }) => loss > 0);
  if (seen.length === 0) return;
  const context = canvas.getContext("2d")!;
  const colour = getComputedStyle(canvas);
  const logs = seen.map(({ loss }) => Math.log(loss));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const margin = 8 * ratio;
  const x = ({ seconds }: Point) => margin + ((width - 2 * margin) * seconds) / Math.max(end, 1e-9);
  const y = ({ loss }: Point) =>
    height - margin - ((height - 2 * margin) * (Math.log(loss) - low)) / Math.max(high - low, 1e-9);
  context.lineWidth = 1.5 * ratio;
  context.lineJoin = "round";
  for (const [phase, name] of [
    ["pretrain", "--soft"],
    ["train", "--accent"],
  ]) {
    context.strokeStyle = colour.getPropertyValue(name);
    context.beginPath();
    for (const point of seen.filter((one) => one.phase === phase)) context.lineTo(x(point), y(point));
    context.stroke();
  }
}
