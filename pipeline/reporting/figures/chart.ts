/**
 * Charts by Observable Plot as SVG text, drawn on an in-memory document.
 *
 * @module
 */

import { type Markup, markup, trustedMarkup } from "../page/markup.ts";

/** Width on a narrow page, in pixels: text keeps its size, so a small screen needs its own SVG. */
const NARROW_WIDTH = 348;

/** The plotting library with the document to draw on. */
export interface ChartLibrary {
  readonly Plot: typeof import("@observablehq/plot");
  /** An empty document. */
  readonly document: NonNullable<import("@observablehq/plot").PlotOptions["document"]>;
}

/** Loads the plotting library, which takes a tenth of a second: only runs with a report load it. */
export async function loadChartLibrary(): Promise<ChartLibrary> {
  const [Plot, { DOMParser }] = await Promise.all([
    import("@observablehq/plot"),
    import("linkedom"),
  ]);
  const document = new DOMParser().parseFromString(
    "<!doctype html><html><body></body></html>",
    "text/html",
  );
  return { Plot, document: document as unknown as ChartLibrary["document"] };
}

/**
 * A chart in two widths, of which the style sheet shows the one that fits.
 *
 * @param wideWidth Width in the layout of a wide page, in pixels
 * @param description Text alternative of the chart
 * @param draw Plot options for a given width
 */
export function chart(
  { Plot, document }: ChartLibrary,
  wideWidth: number,
  description: string,
  draw: (width: number) => import("@observablehq/plot").PlotOptions,
): Markup {
  const drawing = (name: string, width: number) => {
    const svg = Plot.plot({ ...draw(width), width, document, className: "chart" });
    svg.removeAttribute("height");
    svg.setAttribute("aria-hidden", "true");
    const text = trustedMarkup(svg.outerHTML);
    return markup`<div class="${name}" role="img" aria-label="${description}">${text}</div>`;
  };
  return markup`${drawing("wide", wideWidth)}${drawing("narrow", NARROW_WIDTH)}`;
}
