/** A report of flows around a cylinder with too little predicted lift. @module */

import { windowAround } from "../../../pipeline/reporting/flow/flow_columns.ts";
import { MethodMeter } from "../../../pipeline/reporting/metrics/method_meter.ts";
import { drawSample } from "../../../pipeline/reporting/maps/draw_sample.ts";
import type {
  MetricsRow,
  ReportData,
  ReportSample,
} from "../../../pipeline/reporting/report_data.ts";
import { cylinderBody, cylinderMesh, FLOW_COLUMNS, flowRows } from "./flow/cylinder_flow.ts";
import { darcyReport } from "./report_fixture.ts";

const FIELDS = [
  { name: "velocity", components: 2, unit: "m/s" },
  { name: "pressure", components: 1, unit: "m²/s²" },
  { name: "nut", components: 1, unit: "m²/s" },
];

/** Lift coefficients of the test samples, and the share of it that each method predicts. */
const LIFTS = [0.5, 1, 1.5, 2];
const METHODS = [
  { method: "network", label: "Network", factor: 0.9 },
  { method: "nearestSample", label: "Nearest training sample", factor: -0.2 },
] as const;

/**
 * The report, without friction since the cells at the wall are thick.
 *
 * @param change Parts of the drawn sample that differ
 */
export async function flowReport(change: Partial<ReportSample> = {}): Promise<ReportData> {
  const mesh = cylinderMesh();
  const surface = Uint8Array.from(
    { length: mesh.position.length / 2 },
    (_, node) => node < mesh.wallCount ? 1 : 0,
  );
  const speed = 20;
  const body = cylinderBody(speed, mesh);
  const metrics = METHODS.map(({ method, label, factor }): MetricsRow => {
    const meter = new MethodMeter(FIELDS, FLOW_COLUMNS, [speed, speed, speed ** 2, 1e-4]);
    for (const lift of LIFTS) {
      const truth = flowRows(body, speed, lift);
      const predicted = flowRows(body, speed, factor * lift);
      meter.add({ id: `lift ${lift}`, truth, predicted, surface, body });
    }
    return { method, label, ...meter.result() };
  });
  const truth = flowRows(body, speed, 1);
  const predicted = flowRows(body, speed, 0.9);
  const column = (rows: Float32Array, k: number) =>
    rows.filter((_, index) => index % FLOW_COLUMNS.length === k);
  const wallNodes = [...Array(mesh.wallCount).keys(), 0];
  const coefficients = (rows: Float32Array) =>
    wallNodes.map((node) => rows[FLOW_COLUMNS.length * node + 2] * 2 / speed ** 2);
  const sample: ReportSample = {
    label: "median",
    id: "lift 1",
    relativeL2: 0.1,
    dimensions: 2,
    position: mesh.position,
    cells: mesh.cells,
    window: windowAround(mesh.position, mesh.wall.ends, 0.35),
    inputs: [
      {
        name: "distance",
        unit: "m",
        values: surface.map((_, node) => Math.floor(node / mesh.wallCount)),
      },
      {
        name: "velocityInlet.x",
        unit: "m/s",
        values: new Float32Array(surface.length).fill(speed),
      },
    ],
    targets: FLOW_COLUMNS.map((name, k) => ({
      name,
      unit: "m/s",
      truth: column(truth, k),
      predicted: column(predicted, k),
    })),
    owner: surface.map((_, node) => node % mesh.wallCount < 40 ? 1 : 0),
    wallPressure: {
      x: wallNodes.map((node) => mesh.position[2 * node]),
      truth: coefficients(truth),
      predicted: coefficients(predicted),
      lineOffsets: [0, wallNodes.length],
    },
    ...change,
  };
  return {
    ...await darcyReport(5, 1, 1),
    title: "Flow around a cylinder",
    metrics,
    samples: [drawSample(sample, 100_000)],
  };
}
