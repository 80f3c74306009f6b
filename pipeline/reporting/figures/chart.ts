/**
 * Charts by Observable Plot as SVG text, drawn on a document that lives in memory.
 *
 * @module
 */

import { type Markup, markup, trustedMarkup } from "../page/markup.ts";

/**
 * Width of the drawing for a narrow page: text keeps its size, so a small screen needs a drawing of
 * its own.
 */
const NARROW_WIDTH = 348;

/** The plotting library with the document to draw on; loaded when the first chart is drawn. */
export interface ChartLibrary {
  readonly Plot: typeof import("@observablehq/plot");
  /** An empty document. */
  readonly document: NonNullable<import("@observablehq/plot").PlotOptions["document"]>;
}

/** Loads the plotting library: a tenth of a second that a run without a report does not pay. */
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
 * @param description What the chart says, for those who cannot see it
 * @param draw The chart as plot options at a given width
 */
export function chart(
  { Plot, document }: ChartLibrary,
  wideWidth: number,
  description: string,
  draw: (width: number) => import("@observablehq/plot").PlotOptions,
): Markup {
  return markup`${
    ([["wide", wideWidth], ["narrow", NARROW_WIDTH]] as const).map(([name, width]) => {
      const svg = Plot.plot({ ...draw(width), width, document, className: "chart" });
      svg.removeAttribute("height");
      svg.setAttribute("aria-hidden", "true");
      return markup`<div class="${name}" role="img" aria-label="${description}">${
        trustedMarkup(svg.outerHTML)
      }</div>`;
    })
  }`;
}
