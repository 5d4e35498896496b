// In the page of a report: draws the curves with uPlot. Its data is in the page; a live page sends more.
import type UPlot from "uplot";
import type { Options, Series } from "uplot";
import type { Curve } from "../curves.js";

declare const uPlot: typeof UPlot;

interface ChartData {
  readonly curves: readonly Curve[];
  readonly pretrainSteps: number;
}

/** One chart on the page. */
interface Place {
  readonly id: string;
  readonly figure: HTMLElement;
  readonly area: HTMLElement;
  readonly output: HTMLOutputElement;
  readonly button: HTMLButtonElement;
  log: boolean;
  curve?: Curve;
  plot?: UPlot;
}

/** Distances between ticks on the axis of steps: 1, 2, 5, 10 .. */
const WHOLE = Array.from({ length: 30 }, (_, i) => [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3));
/** Up to this many points are also drawn as dots. */
const FEW = 40;

let data: ChartData = JSON.parse(document.getElementById("chart-data")!.textContent!);
const places = [...document.querySelectorAll<HTMLElement>(".chart")].map(placeOf);
const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function placeOf(figure: HTMLElement): Place {
  const button = document.createElement("button");
  button.type = "button";
  const place: Place = {
    id: figure.dataset.curve!,
    figure,
    area: figure.querySelector<HTMLElement>(".plot")!,
    output: figure.querySelector("output")!,
    button,
    log: figure.dataset.scale === "log",
  };
  place.output.before(button);
  button.addEventListener("click", () => {
    place.log = !place.log;
    draw(place);
  });
  new ResizeObserver(() => {
    const { clientWidth, clientHeight } = place.area;
    if (clientWidth > 0 && clientWidth !== place.plot?.width)
      place.plot?.setSize({ width: clientWidth, height: clientHeight });
  }).observe(place.area);
  return place;
}

/** Short enough for an axis: an exponent in place of many zeros. */
function short(value: number | null): string {
  if (value === null) return "";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(3).replace(/\.?0+e\+?/, "e");
  return String(Number(value.toPrecision(4)));
}

/** A power of ten; null for anything else. */
const power = (value: number): number | null => (/^1e[+-]\d+$/.test(value.toExponential()) ? value : null);

/** Steps, then a row for each line; a logarithmic axis leaves out values that are not positive. */
const rows = ({ steps, lines }: Curve, log: boolean) =>
  [
    steps,
    ...lines.map(({ values }) => (log ? values.map((y) => (y! > 0 ? y : null)) : values)),
  ] as UPlot.AlignedData;

function draw(place: Place): void {
  const curve = data.curves.find(({ id }) => id === place.id);
  place.curve = curve;
  place.figure.hidden = curve === undefined;
  place.button.textContent = place.log ? "log" : "linear";
  place.button.title = place.log
    ? "logarithmic axis; click for a linear one"
    : "linear axis; click for a logarithmic one";
  place.plot?.destroy();
  place.plot = undefined;
  if (curve === undefined) return;
  const { clientWidth: width, clientHeight: height } = place.area;
  place.plot = new uPlot(options(place, curve, { width, height }), rows(curve, place.log), place.area);
}

function options(place: Place, curve: Curve, size: { width: number; height: number }): Options {
  const means = new Set(curve.lines.filter(({ mean }) => mean).map(({ phase }) => phase));
  const lines = curve.lines.map(({ phase, mean }): Series => {
    const faint = !mean && means.has(phase);
    const stepped = place.figure.dataset.steps === undefined ? undefined : uPlot.paths.stepped!({ align: 1 });
    return {
      stroke: colour(`--${phase}`),
      width: faint ? 1 : 1.75,
      alpha: faint ? 0.35 : 1,
      points: { size: 5, fill: colour(`--${phase}`), show: (plot) => plot.data[0].length <= FEW },
      ...(stepped ? { paths: stepped } : {}),
    };
  });
  const axis = {
    stroke: colour("--soft"),
    grid: { stroke: colour("--grid"), width: 1 },
    ticks: { show: false },
  };
  return {
    ...size,
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: "step" }, y: false, points: { size: 6 } },
    scales: { x: { time: false }, y: { distr: place.log ? 3 : 1 } },
    series: [{}, ...lines],
    axes: [
      {
        ...axis,
        size: 30,
        incrs: WHOLE,
        values: (_, ticks) => ticks.map((tick) => tick.toLocaleString("en-US")),
      },
      {
        ...axis,
        size: 58,
        values: (_, ticks) => ticks.map(short),
        // Over many decades, one line for each is enough.
        grid: {
          ...axis.grid,
          filter: (_, ticks) => (place.log && ticks.length > 20 ? ticks.map(power) : ticks),
        },
      },
    ],
    hooks: { drawClear: [shadePretraining], setCursor: [(plot) => say(place, plot.cursor.idx)] },
  };
}

/** A faint band where pre-training is, with a line where training begins. */
function shadePretraining({ ctx, bbox, valToPos }: UPlot): void {
  if (data.pretrainSteps === 0) return;
  const at = valToPos(data.pretrainSteps, "x", true);
  const width = Math.min(Math.max(at - bbox.left, 0), bbox.width);
  ctx.save();
  ctx.fillStyle = colour("--band");
  ctx.fillRect(bbox.left, bbox.top, width, bbox.height);
  ctx.restore();
}

/** The values under the cursor, in words. */
function say({ output, curve }: Place, at: number | null | undefined): void {
  const found = at == null ? [] : curve!.lines.filter(({ values }) => values[at] != null);
  const values = found.map(({ mean, values }) => `${mean ? "mean " : ""}${short(values[at!]!)}`);
  output.textContent =
    found.length === 0 ? "" : `step ${curve!.steps[at!].toLocaleString("en-US")}: ${values.join(", ")}`;
}

/** Adds new points to an existing chart; a chart that is zoomed in keeps its view. */
function update(place: Place): void {
  const { plot } = place;
  const curve = data.curves.find(({ id }) => id === place.id);
  // Lines are added when a phase begins, and when there are enough points for a mean.
  if (plot === undefined || curve === undefined || plot.series.length !== curve.lines.length + 1) {
    draw(place);
    return;
  }
  place.curve = curve;
  const steps = plot.data[0];
  const { min, max } = plot.scales.x;
  const zoomed = min! > steps[0] || max! < steps[steps.length - 1];
  plot.setData(rows(curve, place.log), !zoomed);
  if (zoomed) plot.redraw();
}

const showKey = () => {
  const key = document.querySelector<HTMLElement>(".key");
  if (key) key.hidden = data.curves.length === 0;
  document.querySelector<HTMLElement>("#curves .absent")?.toggleAttribute("hidden", data.curves.length > 0);
};
places.forEach(draw);
showKey();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => places.forEach(draw));
document.addEventListener("report-curves", (event) => {
  data = (event as CustomEvent<ChartData>).detail;
  showKey();
  places.forEach(update);
});
