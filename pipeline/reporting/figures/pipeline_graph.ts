/**
 * The pipeline as it ran: boxes with what went through them and how long they worked and waited.
 *
 * @module
 */

import { countOf, formatBytes, formatSeconds } from "../../../format.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { StageSummary } from "../report_data.ts";
import { layeredLayout, type LayoutPoint } from "./layered_layout.ts";

const BOX = { width: 160, height: 92 };
/** Offset of the sheets behind the box of a stage with several ranks. */
const SHEET = 4;
const MOST_SHEETS = 2;
/** Space around the drawing: a line to the left and above, the sheets to the right and below. */
const MARGIN = { before: 1, after: 9 };
/** More layers than this are drawn downwards on a wide page too. */
const MOST_LAYERS_ACROSS = 6;
const ARROW_LENGTH = 6;
const NAME_LENGTH = 15;
const RUN_LENGTH = 25;

/** Left to right where the page is wide, downwards where it is narrow. */
export function pipelineGraph(stages: readonly StageSummary[]): Markup | undefined {
  if (stages.length === 0) return undefined;
  const across = drawing(stages, "across");
  const down = drawing(stages, "down");
  const description = "The pipeline: " +
    stages.map(({ name, from }) =>
      from.length > 0 ? `${name} reads ${from.join(" and ")}` : `${name} starts`
    )
      .join("; ");
  const scroll = (name: string, { svg }: Drawing) =>
    markup`<div class="scroll ${name}" role="img" aria-label="${description}" tabindex="0">${svg}</div>`;
  return markup`<figure>${scroll("wide", across.layerCount > MOST_LAYERS_ACROSS ? down : across)}${
    scroll("narrow", down)
  }
<figcaption><span><span class="key key-busy"></span>working</span> <span><span class="key key-wait"></span>waiting for data</span>
<p>Times are means over the ranks of a stage; rows and bytes are sums.</p></figcaption></figure>`;
}

interface Drawing {
  readonly svg: Markup;
  readonly layerCount: number;
}

function drawing(stages: readonly StageSummary[], direction: "across" | "down"): Drawing {
  const isAcross = direction === "across";
  const layout = layeredLayout(stages, {
    boxDepth: isAcross ? BOX.width : BOX.height,
    boxBreadth: isAcross ? BOX.height : BOX.width,
    gapDepth: isAcross ? 30 : 36,
    gapBreadth: isAcross ? 26 : 14,
  });
  const point = ({ depth, breadth }: LayoutPoint) => {
    const [x, y] = isAcross ? [depth, breadth] : [breadth, depth];
    return { x: x + MARGIN.before, y: y + MARGIN.before };
  };
  const size = point(layout);
  const [width, height] = [size.x + MARGIN.after, size.y + MARGIN.after];
  const boxes = stages.map((stage) => {
    const { x, y } = point(layout.places.get(stage.name) ?? { depth: 0, breadth: 0 });
    return stageBox(stage, x, y);
  });
  const sheetDepth = new Map(stages.map((stage) => [stage.name, SHEET * sheetCount(stage)]));
  const arrows = layout.arrows.map(({ from, points }) => {
    const start = { ...points[0], depth: points[0].depth + (sheetDepth.get(from) ?? 0) };
    return arrow([start, ...points.slice(1)].map(point), isAcross);
  });
  const svg =
    markup`<svg class="pipeline" viewBox="0 0 ${width} ${height}" style="width:${width}px" aria-hidden="true">
${arrows}${boxes}</svg>`;
  return { svg, layerCount: layout.layerCount };
}

function stageBox(stage: StageSummary, x: number, y: number): Markup {
  const { width, height } = BOX;
  const total = stage.busySeconds + stage.waitSeconds;
  const barWidth = width - 24;
  const busyWidth = total > 0 ? barWidth * stage.busySeconds / total : 0;
  const bytes = stage.bytesOut > 0
    ? formatBytes(stage.bytesOut)
    : `${formatBytes(stage.bytesIn)} in`;
  const sheet = (offset: number) =>
    markup`<rect class="box" x="${offset}" y="${offset}" width="${width}" height="${height}" rx="8"/>`;
  const sheets = Array.from({ length: sheetCount(stage) + 1 }, (_, k) => sheet(SHEET * k))
    .reverse();
  const ranks = stage.ranks > 1 &&
    markup`<text x="${width - 12}" y="39" class="ranks">${countOf(stage.ranks, "rank")}</text>`;
  const times = markup`<rect class="wait" x="12" y="63" width="${barWidth}" height="4" rx="2"/>
<rect class="busy" x="12" y="63" width="${busyWidth.toFixed(1)}" height="4" rx="2"/>
<text x="12" y="82" class="busy-text">${formatSeconds(stage.busySeconds)}</text>
<text x="${width - 12}" y="82" class="wait-text">${formatSeconds(stage.waitSeconds)}</text>`;
  return markup`<g transform="translate(${x} ${y})"><title>${stage.name}: ${stage.run}</title>${sheets}
<text x="12" y="23" class="name">${shorten(stage.name, NAME_LENGTH)}</text>
<text x="12" y="39" class="run">${
    shorten(stage.run, stage.ranks > 1 ? RUN_LENGTH / 2 : RUN_LENGTH)
  }</text>${ranks}
${
    (stage.rows > 0 || !stage.cached) &&
    markup`<text x="12" y="56">${countOf(stage.rows, "row")} · ${bytes}</text>`
  }
${stage.cached ? markup`<text x="12" y="82">cached</text>` : times}</g>`;
}

/** Boxes drawn behind that of a stage with several ranks. */
function sheetCount({ ranks }: StageSummary): number {
  return Math.min(MOST_SHEETS, ranks - 1);
}

/** A smooth line through the points that arrives straight, with its head. */
function arrow(
  points: readonly { readonly x: number; readonly y: number }[],
  isAcross: boolean,
): Markup {
  const end = points[points.length - 1];
  const base = isAcross
    ? { x: end.x - ARROW_LENGTH, y: end.y }
    : { x: end.x, y: end.y - ARROW_LENGTH };
  const line = [...points.slice(0, -1), base];
  let path = `M${coordinates(line[0])}`;
  for (let k = 1; k < line.length; k++) {
    const [a, b] = [line[k - 1], line[k]];
    const middle = isAcross ? (a.x + b.x) / 2 : (a.y + b.y) / 2;
    const handles = isAcross
      ? [{ ...a, x: middle }, { ...b, x: middle }]
      : [{ ...a, y: middle }, { ...b, y: middle }];
    path += `C${coordinates(handles[0])} ${coordinates(handles[1])} ${coordinates(b)}`;
  }
  const half = ARROW_LENGTH / 2 + 0.5;
  const sides = isAcross
    ? [{ x: base.x, y: base.y - half }, { x: base.x, y: base.y + half }]
    : [{ x: base.x - half, y: base.y }, { x: base.x + half, y: base.y }];
  const head = `M${coordinates(end)}L${coordinates(sides[0])}L${coordinates(sides[1])}Z`;
  return markup`<path class="arrow" d="${path}"/><path class="arrow-head" d="${head}"/>`;
}

function coordinates({ x, y }: { readonly x: number; readonly y: number }): string {
  return `${Number(x.toFixed(1))} ${Number(y.toFixed(1))}`;
}

function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : characters.slice(0, length - 1).join("") + "…";
}
