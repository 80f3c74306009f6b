/**
 * The pipeline as it ran: stages as boxes with their traffic and the time they worked and waited.
 *
 * @module
 */

import { countOf, formatBytes, formatSeconds } from "../../../format.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { StageSummary } from "../report_data.ts";
import {
  type Direction,
  type PipelineLayout,
  pipelineLayout,
  type Point,
} from "./pipeline_layout.ts";

const BOX = { width: 160, height: 92 };
const PADDING = 12;
/** Offset of the sheets behind the box of a stage with several ranks. */
const SHEET = 4;
const MAX_SHEETS = 2;
/** Space around the drawing: a line at the left and top, sheets at the right and bottom. */
const MARGIN = { before: 1, after: 9 };
/** A pipeline with more layers is drawn downwards on a wide page too. */
const MAX_LAYERS_ACROSS = 6;
const ARROW_LENGTH = 6;
const NAME_LENGTH = 15;
const RUN_LENGTH = 25;

/** Left to right where the page is wide, downwards where it is narrow. */
export function pipelineGraph(stages: readonly StageSummary[]): Markup | undefined {
  if (stages.length === 0) return undefined;
  const across = pipelineLayout(stages, BOX, "across");
  const down = drawing(stages, pipelineLayout(stages, BOX, "down"), "down");
  const wide = across.layerCount > MAX_LAYERS_ACROSS ? down : drawing(stages, across, "across");
  const sources = stages.map(({ name, from }) =>
    from.length > 0 ? `${name} reads ${from.join(" and ")}` : `${name} starts`
  );
  const description = `The pipeline: ${sources.join("; ")}`;
  const scroll = (name: string, svg: Markup) =>
    markup`<div class="scroll ${name}" role="img" aria-label="${description}" tabindex="0">
${svg}</div>`;
  return markup`<figure>${scroll("wide", wide)}${scroll("narrow", down)}
<figcaption><span><span class="key key-busy"></span>working</span>
<span><span class="key key-wait"></span>waiting for data</span>
<p>Times are means over the ranks of a stage; rows and bytes are sums.</p></figcaption></figure>`;
}

function drawing(
  stages: readonly StageSummary[],
  layout: PipelineLayout,
  direction: Direction,
): Markup {
  const isAcross = direction === "across";
  const width = layout.width + MARGIN.before + MARGIN.after;
  const height = layout.height + MARGIN.before + MARGIN.after;
  const boxes = stages.map((stage) => stageBox(stage, layout.boxes.get(stage.name)!));
  const sheetDepth = new Map(stages.map((stage) => [stage.name, SHEET * sheetCount(stage)]));
  const arrows = layout.arrows.map(({ from, points: [start, ...points] }) => {
    const depth = sheetDepth.get(from) ?? 0;
    const outside = isAcross ? { ...start, x: start.x + depth } : { ...start, y: start.y + depth };
    return arrow([outside, ...points], isAcross);
  });
  const viewBox = [-MARGIN.before, -MARGIN.before, width, height].join(" ");
  return markup`<svg class="pipeline" viewBox="${viewBox}" style="width:${width}px"
aria-hidden="true">
${arrows}${boxes}</svg>`;
}

function stageBox(stage: StageSummary, { x, y }: Point): Markup {
  const { width, height } = BOX;
  const right = width - PADDING;
  const sheet = (offset: number) =>
    markup`<rect class="box" x="${offset}" y="${offset}" width="${width}" height="${height}"
rx="8"/>`;
  const sheets = Array.from({ length: sheetCount(stage) + 1 }, (_, k) => sheet(SHEET * k))
    .reverse();
  const hasRanks = stage.ranks > 1;
  const name = shorten(stage.name, NAME_LENGTH);
  const run = shorten(stage.run, hasRanks ? RUN_LENGTH / 2 : RUN_LENGTH);
  const ranks = hasRanks &&
    markup`<text x="${right}" y="39" class="ranks">${countOf(stage.ranks, "rank")}</text>`;
  const bytes = stage.bytesOut > 0
    ? formatBytes(stage.bytesOut)
    : `${formatBytes(stage.bytesIn)} in`;
  const rows = (stage.rows > 0 || !stage.cached) &&
    markup`<text x="${PADDING}" y="56">${countOf(stage.rows, "row")} · ${bytes}</text>`;
  const times = stage.cached ? markup`<text x="${PADDING}" y="82">cached</text>` : timeBar(stage);
  return markup`<g transform="translate(${x} ${y})">
<title>${stage.name}: ${stage.run}</title>${sheets}
<text x="${PADDING}" y="23" class="name">${name}</text>
<text x="${PADDING}" y="39" class="run">${run}</text>${ranks}
${rows}
${times}</g>`;
}

function timeBar({ busySeconds, waitSeconds }: StageSummary): Markup {
  const width = BOX.width - 2 * PADDING;
  const total = busySeconds + waitSeconds;
  const busyWidth = (total > 0 ? width * busySeconds / total : 0).toFixed(1);
  const right = BOX.width - PADDING;
  return markup`<rect class="wait" x="${PADDING}" y="63" width="${width}" height="4" rx="2"/>
<rect class="busy" x="${PADDING}" y="63" width="${busyWidth}" height="4" rx="2"/>
<text x="${PADDING}" y="82" class="busy-text">${formatSeconds(busySeconds)}</text>
<text x="${right}" y="82" class="wait-text">${formatSeconds(waitSeconds)}</text>`;
}

/** Boxes drawn behind that of a stage with several ranks. */
function sheetCount({ ranks }: StageSummary): number {
  return Math.min(MAX_SHEETS, ranks - 1);
}

/** A smooth line through the points that ends straight, with its head. */
function arrow(points: readonly Point[], isAcross: boolean): Markup {
  const end = points[points.length - 1];
  const base = isAcross
    ? { x: end.x - ARROW_LENGTH, y: end.y }
    : { x: end.x, y: end.y - ARROW_LENGTH };
  const line = [...points.slice(0, -1), base];
  let path = `M${coordinates(line[0])}`;
  for (let k = 1; k < line.length; k++) {
    const from = line[k - 1];
    const to = line[k];
    const middle = isAcross ? (from.x + to.x) / 2 : (from.y + to.y) / 2;
    const handles = [from, to].map((point) =>
      coordinates(isAcross ? { x: middle, y: point.y } : { x: point.x, y: middle })
    );
    path += `C${handles.join(" ")} ${coordinates(to)}`;
  }
  const half = ARROW_LENGTH / 2 + 0.5;
  const sides = [-half, half].map((offset) =>
    coordinates(isAcross ? { x: base.x, y: base.y + offset } : { x: base.x + offset, y: base.y })
  );
  const head = `M${coordinates(end)}L${sides.join("L")}Z`;
  return markup`<path class="arrow" d="${path}"/><path class="arrow-head" d="${head}"/>`;
}

function coordinates({ x, y }: Point): string {
  return `${Number(x.toFixed(1))} ${Number(y.toFixed(1))}`;
}

function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : characters.slice(0, length - 1).join("") + "…";
}
