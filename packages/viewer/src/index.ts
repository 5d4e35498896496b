// Public names of @imagefn/viewer.

export { type Served, serveSite } from "./explore/serve.js";
export { explorerSite } from "./explore/site.js";
export { writeSite } from "./explore/write.js";
export type { ServeOptions } from "./loopback.js";
export { hashOf } from "./report/assets.js";
export { type Content, escapeHtml, html, type Markup, pageMarkup } from "./report/html.js";
export { type LiveReport, serveReport } from "./report/serve.js";
export { style } from "./report/style.js";
export { writeReport } from "./report/write.js";
export type { Site, SiteFile } from "./site.js";
export { type StudioOptions, studioSite } from "./studio/site.js";
