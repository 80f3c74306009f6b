/**
 * The pressure coefficient along the chord of a body, as aerodynamics draws it: suction upwards.
 *
 * @module
 */

import { type Markup, markup } from "../page/markup.ts";
import type { ReportSample } from "../report_data.ts";
import { chart, type ChartLibrary } from "./chart.ts";

const WIDTH = 1120;

/** Truth and prediction along the wall; undefined for a sample without one. */
export function wallPressureChart(
  library: ChartLibrary,
  { id, wallPressure }: ReportSample,
): Markup | undefined {
  if (wallPressure === undefined) return undefined;
  const { x, truth, predicted, lineOffsets } = wallPressure;
  const { Plot } = library;
  const points: {
    readonly line: number;
    readonly x: number;
    readonly truth: number;
    readonly predicted: number;
  }[] = [];
  for (let line = 0; line + 1 < lineOffsets.length; line++) {
    for (let k = lineOffsets[line]; k < lineOffsets[line + 1]; k++) {
      points.push({ line, x: x[k], truth: truth[k], predicted: predicted[k] });
    }
  }
  return markup`<figure class="wall-pressure">${
    chart(
      library,
      WIDTH,
      `Pressure coefficient along the chord of sample ${id}: truth and prediction`,
      () => ({
        height: 300,
        marginLeft: 48,
        marginRight: 12,
        marginBottom: 36,
        x: { grid: true, label: "position along the chord", labelArrow: "none" },
        y: { grid: true, label: "pressure coefficient", labelArrow: "none", reverse: true },
        marks: [
          Plot.line(points, {
            x: "x",
            y: "truth",
            z: "line",
            stroke: "var(--muted)",
            strokeWidth: 2.5,
          }),
          Plot.line(points, {
            x: "x",
            y: "predicted",
            z: "line",
            stroke: "var(--accent)",
            strokeWidth: 1.5,
          }),
        ],
      }),
    )
  }<figcaption>Pressure coefficient along the chord, suction upwards:
<span><i class="key key-truth"></i>truth</span> <span><i class="key key-line"></i>prediction</span></figcaption></figure>`;
}
