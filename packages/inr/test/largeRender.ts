// Renders 4096 x 4096 bytes in a process of its own and prints how much memory that took.
import { renderBytes } from "@imagefn/inr";
import { randomFunction } from "./functions.js";

const fn = randomFunction({ depth: 2, width: 4, groups: 1, peDim: 4 });
const { data } = await renderBytes(fn, { width: 4096, height: 4096 });
const maxRssMiB = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({ bytes: data.length, last: data[data.length - 1], maxRssMiB }));
