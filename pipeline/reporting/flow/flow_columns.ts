/**
 * Walls and bodies in a flow, recognised by the column names of AirfRANS data.
 *
 * @module
 */

import type { RecordBatch } from "../../../io/record_batch.ts";
import type { Body } from "./force_metrics.ts";
import type { MapWindow, ReportSample, WallPressure } from "../report_data.ts";
import { wallOf } from "./wall.ts";
import { cellsOf } from "../../batches/cell_columns.ts";
import { trueRows } from "../../batches/value_offsets.ts";

/** Input with the distance to the nearest wall. */
const DISTANCE_COLUMN = "distance";
/** Inputs with the velocity far upstream, the same at every node. */
const INLET_COLUMNS = ["velocityInlet.x", "velocityInlet.y"];
/** Target with the kinematic pressure. */
const PRESSURE_COLUMN = "pressure";
/** Targets with the velocity. */
const VELOCITY_COLUMNS = ["velocity.x", "velocity.y"];

/** Margin of a map around a body, as a share of its length: room for the wake of an aerofoil. */
const WINDOW_MARGIN = 0.35;

/** Per node of the mesh in `batch`, 1 on a wall and 0 elsewhere; undefined without distances. */
export function surfaceOf(batch: RecordBatch): Uint8Array | undefined {
  const names = batch.texts("inputNames", 0);
  const column = names.indexOf(DISTANCE_COLUMN);
  if (column < 0) return undefined;
  const input = trueRows(batch, "input");
  const nodeCount = input.length / names.length;
  return Uint8Array.from(
    { length: nodeCount },
    (_, node) => input[node * names.length + column] === 0 ? 1 : 0,
  );
}

/**
 * The body in the flow of `batch`: a wall in two dimensions with the cells next to it, an inlet
 * velocity, and targets with pressure and velocity. Undefined if one of these is missing.
 */
export function bodyOf(batch: RecordBatch, surface: Uint8Array | undefined): Body | undefined {
  const inputNames = batch.texts("inputNames", 0);
  const targetNames = batch.texts("targetNames", 0);
  const inletColumns = INLET_COLUMNS.map((name) => inputNames.indexOf(name));
  const pressure = targetNames.indexOf(PRESSURE_COLUMN);
  const [u, v] = VELOCITY_COLUMNS.map((name) => targetNames.indexOf(name));
  const cells = cellsOf(batch);
  const isComplete = Math.min(...inletColumns, pressure, u, v) >= 0 &&
    batch.value("dimensions", 0, "int32") === 2;
  if (!isComplete || surface === undefined || cells === undefined) return undefined;
  const position = trueRows(batch, "position");
  const input = trueRows(batch, "input");
  const wall = wallOf(cells, position, (node) => surface[node] === 1);
  const [x, y] = inletColumns.map((column) => input[column]);
  if (wall.cells.length === 0 || Math.hypot(x, y) === 0) return undefined;
  return { position, cells, wall, inlet: [x, y], columns: { pressure, velocity: [u, v] } };
}

/** Data of the figures of a body: the part of the mesh around it, and the pressure on its wall. */
export function bodyFigures(
  body: Body,
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
): Pick<ReportSample, "window" | "wallPressure"> {
  const { position, wall } = body;
  return {
    window: windowAround(position, wall.ends, WINDOW_MARGIN),
    wallPressure: wallPressure(body, truth, predicted),
  };
}

/**
 * The rectangle around some nodes, with a margin on every side.
 *
 * @param position Node positions [N, 2]
 * @param margin Share of the longer side
 */
export function windowAround(
  position: ArrayLike<number>,
  nodes: Iterable<number>,
  margin: number,
): MapWindow {
  let left = Infinity;
  let right = -Infinity;
  let bottom = Infinity;
  let top = -Infinity;
  for (const node of nodes) {
    left = Math.min(left, position[2 * node]);
    right = Math.max(right, position[2 * node]);
    bottom = Math.min(bottom, position[2 * node + 1]);
    top = Math.max(top, position[2 * node + 1]);
  }
  const width = margin * Math.max(right - left, top - bottom);
  return { left: left - width, right: right + width, bottom: bottom - width, top: top + width };
}

function wallPressure(
  { position, wall, inlet, columns }: Body,
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
): WallPressure {
  const { ends, lineOffsets } = wall;
  const nodes: number[] = [];
  const offsets = [0];
  for (let line = 0; line + 1 < lineOffsets.length; line++) {
    const end = lineOffsets[line + 1];
    for (let edge = lineOffsets[line]; edge < end; edge++) nodes.push(ends[2 * edge]);
    nodes.push(ends[2 * end - 1]);
    offsets.push(nodes.length);
  }
  const x = nodes.map((node) => position[2 * node]);
  const low = x.reduce((a, b) => Math.min(a, b));
  const high = x.reduce((a, b) => Math.max(a, b));
  const width = truth.length / (position.length / 2);
  const scale = 2 / (inlet[0] ** 2 + inlet[1] ** 2);
  const coefficients = (rows: ArrayLike<number>) =>
    Float32Array.from(nodes, (node) => rows[node * width + columns.pressure] * scale);
  return {
    x: Float32Array.from(x, (value) => (value - low) / (high - low)),
    truth: coefficients(truth),
    predicted: coefficients(predicted),
    lineOffsets: offsets,
  };
}
