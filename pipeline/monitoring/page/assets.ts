/** The files of which the pages of the viewer consist, by their paths on the server. @module */

import chart from "./view_chart.js" with { type: "text" };
import compare from "./view_compare.js" with { type: "text" };
import dom from "./view_dom.js" with { type: "text" };
import figures from "./view_figures.js" with { type: "text" };
import groups from "./view_groups.js" with { type: "text" };
import icon from "./view_icon.svg" with { type: "text" };
import list from "./view_list.js" with { type: "text" };
import main from "./view_main.js" with { type: "text" };
import run from "./view_run.js" with { type: "text" };
import scale from "./view_scale.js" with { type: "text" };
import stream from "./view_stream.js" with { type: "text" };
import style from "./view.css" with { type: "text" };
import updates from "./view_updates.js" with { type: "text" };
import shell from "./view.html" with { type: "text" };

/** A file that a browser loads. */
export interface Asset {
  readonly body: string;
  readonly type: string;
}

const SCRIPTS = {
  chart,
  compare,
  dom,
  figures,
  groups,
  list,
  main,
  run,
  scale,
  stream,
  updates,
};

const PAGE: Asset = { body: shell, type: "text/html; charset=utf-8" };

/** The files by path. All pages are one file, whose script reads the address. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["/", PAGE],
  ["/run", PAGE],
  ["/compare", PAGE],
  ["/view.css", { body: style, type: "text/css; charset=utf-8" }],
  ["/icon.svg", { body: icon, type: "image/svg+xml" }],
  ...Object.entries(SCRIPTS).map(([name, body]): [string, Asset] => [
    `/view_${name}.js`,
    { body, type: "text/javascript; charset=utf-8" },
  ]),
]);
