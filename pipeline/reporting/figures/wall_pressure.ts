/**
 * The pressure coefficient along the chord of a body, suction upwards as in aerodynamics.
 *
 * @module
 */

import { type Markup, markup } from "../page/markup.ts";
import type { DrawnSample } from "../report_data.ts";
import { chart, type ChartLibrary } from "./chart.ts";

const WIDTH = 1120;

/** Truth and prediction along the wall; undefined for a sample without one. */
export function wallPressureChart(
  library: ChartLibrary,
  { id, wallPressure }: DrawnSample,
): Markup | undefined {
  if (wallPressure === undefined) return undefined;
  const { Plot } = library;
  const lineStarts = Array.from(wallPressure.lineOffsets);
  const points = Array.from(wallPressure.x, (x, k) => ({
    line: lineStarts.findLastIndex((start) => start <= k),
    x,
    truth: wallPressure.truth[k],
    predicted: wallPressure.predicted[k],
  }));
  const curve = (y: "truth" | "predicted", stroke: string, strokeWidth: number) =>
    Plot.line(points, { x: "x", y, z: "line", stroke, strokeWidth });
  const description = `Pressure coefficient along the chord of sample ${id}: truth and prediction`;
  const drawing = chart(library, WIDTH, description, () => ({
    height: 300,
    marginLeft: 48,
    marginRight: 12,
    marginBottom: 36,
    x: { grid: true, label: "position along the chord", labelArrow: "none" },
    y: { grid: true, label: "pressure coefficient", labelArrow: "none", reverse: true },
    marks: [curve("truth", "var(--muted)", 2.5), curve("predicted", "var(--accent)", 1.5)],
  }));
  return markup`<figure class="wall-pressure">${drawing}
<figcaption>Pressure coefficient along the chord, suction upwards:
<span><i class="key key-truth"></i>truth</span>
<span><i class="key key-line"></i>prediction</span></figcaption></figure>`;
}
