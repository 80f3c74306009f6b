/**
 * What the columns of a mesh tell of walls, and of a body in a flow, by the names that AirfRANS
 * data have here.
 *
 * @module
 */

import type { RecordBatch } from "../../../io/record_batch.ts";
import { windowAround } from "../maps/cell_raster.ts";
import type { Body } from "./force_metrics.ts";
import type { ReportSample, WallPressure } from "../report_data.ts";
import { wallOf } from "./wall.ts";
import { cellsOf } from "../../batches/cell_columns.ts";

/** Input with the distance to the nearest wall. */
const DISTANCE = "distance";
/** Inputs with the velocity far upstream, the same at every node. */
const INLET = ["velocityInlet.x", "velocityInlet.y"];
/** Targets with kinematic pressure and velocity. */
const PRESSURE = "pressure";
const VELOCITY = ["velocity.x", "velocity.y"];

/**
 * A body with an aerofoil's wake is seen best with this much around it, as a share of its length.
 */
const WINDOW_RIM = 0.35;

/**
 * Per node of the mesh in `batch`, 1 on a wall and 0 elsewhere; undefined where no input tells the
 * distance.
 */
export function surfaceOf(batch: RecordBatch): Uint8Array | undefined {
  const names = batch.texts("inputNames", 0);
  const column = names.indexOf(DISTANCE);
  if (column < 0) return undefined;
  const input = batch.list("input", 0, "float32");
  const nodeCount = input.length / names.length;
  return Uint8Array.from(
    { length: nodeCount },
    (_, node) => input[node * names.length + column] === 0 ? 1 : 0,
  );
}

/**
 * The body in the flow of `batch`: a wall in two dimensions with the cells beside it, an inlet
 * velocity, and targets with pressure and velocity. Undefined where one of these is missing.
 */
export function bodyOf(batch: RecordBatch, surface: Uint8Array | undefined): Body | undefined {
  const inputNames = batch.texts("inputNames", 0);
  const targetNames = batch.texts("targetNames", 0);
  const inletColumns = INLET.map((name) => inputNames.indexOf(name));
  const pressure = targetNames.indexOf(PRESSURE);
  const [u, v] = VELOCITY.map((name) => targetNames.indexOf(name));
  const cells = cellsOf(batch);
  const complete = Math.min(...inletColumns, pressure, u, v) >= 0 &&
    batch.value("dimensions", 0, "int32") === 2;
  if (!complete || surface === undefined || cells === undefined) return undefined;
  const position = batch.list("position", 0, "float32");
  const input = batch.list("input", 0, "float32");
  const wall = wallOf(cells, position, (node) => surface[node] === 1);
  const [x, y] = inletColumns.map((column) => input[column]);
  if (wall.cells.length === 0 || Math.hypot(x, y) === 0) return undefined;
  return { position, cells, wall, inlet: [x, y], columns: { pressure, velocity: [u, v] } };
}

/**
 * What a report draws of a body beside its fields: the part of the mesh around it, and the pressure
 * along its wall.
 */
export function bodyFigures(
  body: Body,
  truth: Float32Array,
  predicted: Float32Array,
): Pick<ReportSample, "window" | "wallPressure"> {
  const { position, wall } = body;
  return {
    window: windowAround(position, wall.ends, WINDOW_RIM),
    wallPressure: wallPressure(body, truth, predicted),
  };
}

function wallPressure(
  { position, wall, inlet, columns }: Body,
  ...flows: readonly [Float32Array, Float32Array]
): WallPressure {
  const { ends, lineOffsets } = wall;
  const nodes: number[] = [];
  const offsets = [0];
  for (let line = 0; line + 1 < lineOffsets.length; line++) {
    const [first, end] = [lineOffsets[line], lineOffsets[line + 1]];
    for (let edge = first; edge < end; edge++) nodes.push(ends[2 * edge]);
    nodes.push(ends[2 * end - 1]);
    offsets.push(nodes.length);
  }
  const x = nodes.map((node) => position[2 * node]);
  const low = x.reduce((a, b) => Math.min(a, b));
  const high = x.reduce((a, b) => Math.max(a, b));
  const width = flows[0].length / (position.length / 2);
  const scale = 2 / (inlet[0] ** 2 + inlet[1] ** 2);
  const [truth, predicted] = flows.map((rows) =>
    Float32Array.from(nodes, (node) => rows[node * width + columns.pressure] * scale)
  );
  return {
    x: Float32Array.from(x, (value) => (value - low) / (high - low)),
    truth,
    predicted,
    lineOffsets: offsets,
  };
}
