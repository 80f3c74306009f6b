/**
 * Fields over a mesh in 1-D: truth and prediction as lines.
 *
 * @module
 */

import { formatRound } from "../../../format.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { DrawnCurve, DrawnSample } from "../report_data.ts";
import { chart, type ChartLibrary } from "./chart.ts";

const WIDTH = 1120;

/** One chart per field of a sample, and the fields that are not drawn. */
export function curveFigures(library: ChartLibrary, { id, curves }: DrawnSample): Markup[] {
  return curves.map((curve) => curveFigure(library, id, curve));
}

function curveFigure(
  library: ChartLibrary,
  id: string,
  { name, unit, x, truth, predicted }: DrawnCurve,
): Markup {
  const { Plot } = library;
  const points = x.map((x, k) => ({ x, truth: truth[k], predicted: predicted?.[k] ?? NaN }));
  const tickFormat = (value: number) => formatRound(value, 6);
  const description = `${name} of sample ${id} along x` +
    (predicted ? ": truth and prediction" : "");
  const truthLine = { x: "x", y: "truth", stroke: "var(--muted)", strokeWidth: 2.5 };
  const predictedLine = { x: "x", y: "predicted", stroke: "var(--accent)", strokeWidth: 1.5 };
  const drawing = chart(library, WIDTH, description, () => ({
    height: 260,
    marginLeft: 60,
    marginRight: 12,
    marginBottom: 36,
    x: { grid: true, label: "x", labelArrow: "none", tickFormat },
    y: { grid: true, label: unit || null, labelArrow: "none", tickFormat },
    marks: [
      Plot.line(points, truthLine),
      ...(predicted ? [Plot.line(points, predictedLine)] : []),
    ],
  }));
  const title = `${predicted ? "" : "Input "}${name}${unit && ` (${unit})`}`;
  const keys = predicted && markup`<span><i class="key key-truth"></i>truth</span>
<span><i class="key key-line"></i>prediction</span>`;
  return markup`<figure>${drawing}<figcaption>${title} ${keys}</figcaption></figure>`;
}
