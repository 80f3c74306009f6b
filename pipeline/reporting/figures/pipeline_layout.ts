/**
 * Positions of the boxes and arrows in the picture of a pipeline.
 *
 * @module
 */

import { Graph, layout } from "@dagrejs/dagre";
import type { StageSummary } from "../report_data.ts";

/** The way that the arrows point: to the right or downwards. */
export type Direction = "across" | "down";

/** A point of the drawing in pixels, y down. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box around its center, as the layout places it. */
interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** Positions in a drawing of `width × height` pixels. */
export interface PipelineLayout {
  readonly width: number;
  readonly height: number;
  readonly layerCount: number;
  /** Upper left corner of the box of each stage, by its name. */
  readonly boxes: ReadonlyMap<string, Point>;
  /** From the middle of one side to the middle of another, with the points in between. */
  readonly arrows: readonly { readonly from: string; readonly points: readonly Point[] }[];
}

/** Gaps between layers and between the boxes of a layer, in pixels. */
const GAPS = {
  across: { rankdir: "LR", ranksep: 30, nodesep: 26 },
  down: { rankdir: "TB", ranksep: 36, nodesep: 14 },
} as const;

/** Room that an arrow takes where it passes a layer. */
const PASSAGE = 10;

/**
 * A layered layout by dagre (Gansner, Koutsofios, North and Vo, 1993; coordinates by Brandes and
 * Köpf, 2001): every arrow points forward, and one that skips layers runs between their boxes.
 */
export function pipelineLayout(
  stages: readonly Pick<StageSummary, "name" | "from">[],
  size: { readonly width: number; readonly height: number },
  direction: Direction,
): PipelineLayout {
  const graph = new Graph();
  graph.setGraph({ ...GAPS[direction], edgesep: PASSAGE });
  for (const { name } of stages) graph.setNode(name, { ...size });
  for (const { name, from } of stages) {
    for (const source of from) graph.setEdge(source, name, {});
  }
  layout(graph);
  const boxOf = (name: string): Box => graph.node(name) as Box;
  const isAcross = direction === "across";
  const side = (center: Point, sign: 1 | -1): Point =>
    isAcross
      ? { x: center.x + sign * size.width / 2, y: center.y }
      : { x: center.x, y: center.y + sign * size.height / 2 };
  const arrows = graph.edges().map(({ v: from, w: to }) => {
    const { points } = graph.edge(from, to) as { readonly points: readonly Point[] };
    // Between its ends an arrow has points in gaps and, in turn, in the layers that it passes.
    const passages = points.slice(1, -1).filter((_, k) => k % 2 === 1);
    const passed = passages.flatMap((point) => [side(point, -1), side(point, 1)]);
    return { from, points: [side(boxOf(from), 1), ...passed, side(boxOf(to), -1)] };
  });
  const boxes = new Map(stages.map(({ name }) => {
    const { x, y, width, height } = boxOf(name);
    return [name, { x: x - width / 2, y: y - height / 2 }];
  }));
  return {
    ...enclosed(boxes, arrows, size),
    layerCount: new Set(stages.map(({ name }) => isAcross ? boxOf(name).x : boxOf(name).y)).size,
  };
}

/** The layout moved to start at 0: arrows may pass outside of all boxes, which dagre leaves out. */
function enclosed(
  boxes: PipelineLayout["boxes"],
  arrows: PipelineLayout["arrows"],
  size: { readonly width: number; readonly height: number },
): Omit<PipelineLayout, "layerCount"> {
  const corners = [...boxes.values()];
  const points = arrows.flatMap(({ points }) => points);
  const all = [...corners, ...points];
  const left = Math.min(...all.map(({ x }) => x));
  const top = Math.min(...all.map(({ y }) => y));
  const right = Math.max(...corners.map(({ x }) => x + size.width), ...points.map(({ x }) => x));
  const bottom = Math.max(...corners.map(({ y }) => y + size.height), ...points.map(({ y }) => y));
  const move = ({ x, y }: Point): Point => ({ x: x - left, y: y - top });
  return {
    width: right - left,
    height: bottom - top,
    boxes: new Map([...boxes].map(([name, corner]) => [name, move(corner)])),
    arrows: arrows.map(({ from, points }) => ({ from, points: points.map(move) })),
  };
}
