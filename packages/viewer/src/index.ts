// Public names of @imagefn/viewer.

export { explorerPage } from "./explore/page.js";
export { serveSite } from "./explore/serve.js";
export { explorerSite, type Site } from "./explore/site.js";
export { writeSite } from "./explore/write.js";
export { hashOf } from "./report/assets.js";
export { readContents } from "./report/contents.js";
export { curvesOf } from "./report/curves.js";
export { escapeHtml, html, type Markup, pageMarkup } from "./report/html.js";
export { reportPage } from "./report/page.js";
export { pointsOf } from "./report/points.js";
export { type LiveReport, serveReport, type Update } from "./report/serve.js";
export { style } from "./report/style.js";
export { viewOf } from "./report/view.js";
export { writeReport } from "./report/write.js";
