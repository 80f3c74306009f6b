/**
 * The summary of a store: saved at its import, or computed from its samples.
 *
 * @module
 */

import { formatRound } from "../../../format.ts";
import type { MeshSample, MeshStore } from "../../../io/mesh_store.ts";
import { cellCounts, type DataSummary, type FieldSummary } from "./data_summary.ts";
import { boxOf } from "./flatness.ts";
import { distributionOf, evenSample, nearestDistances } from "./nearest_distances.ts";

/** Nodes of a sample whose neighbours are searched, and samples of which they are. */
const PROBES = 2048;
const PROBED_SAMPLES = 64;

/**
 * Summarizes a store. Stores of an import have the summary in their header, without the splits,
 * which may have changed since; of others, all samples are read.
 *
 * @throws {DataError} If a sample is damaged
 */
export async function summarizeStore(store: MeshStore): Promise<DataSummary> {
  const { attributes, path } = store;
  const { generator, title, ids, splits } = attributes;
  const named = Object.fromEntries(
    Object.entries(splits).map(([name, samples]) => [name, samples.map((k) => ids[k])]),
  );
  const saved = generator?.summary as DataSummary | undefined;
  if (saved !== undefined && generator?.subsampled === undefined) {
    return { ...saved, title: title ?? saved.title, path, splits: named };
  }
  return await computeSummary(store, named);
}

async function computeSummary(
  store: MeshStore,
  splits: DataSummary["splits"],
): Promise<DataSummary> {
  const { attributes, path, sampleCount } = store;
  const { dimensions, origin, cells = false, groups, mask, plane } = attributes;
  const reason = plane
    ? `points lie in the plane ${"xyz"[plane.axis]} = ${formatRound(plane.value, 6)}`
    : "as the store states";
  const zeros = new Array<number>(dimensions).fill(0);
  const nodeCounts: number[] = [];
  const spacings: number[] = [];
  const types: ReadonlyMap<number, number>[] = [];
  const ranges = new Map<string, { low: number[]; high: number[] }>();
  const low = new Array<number>(dimensions).fill(Infinity);
  const high = new Array<number>(dimensions).fill(-Infinity);
  let missingTargets = 0;
  const probed = new Set(evenSample(sampleCount, PROBED_SAMPLES));
  for (let k = 0; k < sampleCount; k++) {
    const sample = await store.read(k, { cells });
    const position = Float64Array.from(sample.position);
    const box = boxOf({ position, axes: dimensions });
    for (let axis = 0; axis < dimensions; axis++) {
      low[axis] = Math.min(low[axis], box.low[axis] + (origin?.[axis] ?? 0));
      high[axis] = Math.max(high[axis], box.high[axis] + (origin?.[axis] ?? 0));
    }
    nodeCounts.push(sample.nodeCount);
    if (probed.has(k)) {
      const distances = nearestDistances(
        position,
        dimensions,
        evenSample(sample.nodeCount, PROBES),
      );
      for (const distance of distances.filter(Number.isFinite)) spacings.push(distance);
    }
    if (sample.cells) types.push(countsOf(sample.cells.types));
    addRanges(ranges, sample);
    if (mask !== undefined) missingTargets += sample.fields[mask].filter((v) => v === 0).length;
  }
  return {
    title: attributes.title ?? attributes.case,
    path,
    format: path.toLowerCase().endsWith(".arrow") ? "Arrow store" : "Zarr store",
    meshes: sampleCount,
    cases: new Set(groups ?? attributes.ids).size,
    nodes: distributionOf(nodeCounts),
    dimensions: { count: dimensions, reason },
    box: { low, high },
    origin,
    spacing: distributionOf(spacings.length > 0 ? spacings : zeros),
    points: { ghostCells: 0, ghostPoints: 0, merged: 0, coincident: 0, orphans: 0 },
    cells: cellCounts(types),
    nodePlace: "points",
    fields: fieldsOf(store, ranges),
    missingTargets,
    leftOut: [],
    splits,
    notes: store.notes ?? [],
  };
}

function addRanges(
  ranges: Map<string, { low: number[]; high: number[] }>,
  { fields, nodeCount }: MeshSample,
): void {
  for (const [name, values] of Object.entries(fields)) {
    const box = boxOf({
      position: Float64Array.from(values),
      axes: values.length / nodeCount,
    });
    const range = ranges.get(name);
    if (range === undefined) ranges.set(name, box);
    else {
      range.low = range.low.map((value, c) => Math.min(value, box.low[c]));
      range.high = range.high.map((value, c) => Math.max(value, box.high[c]));
    }
  }
}

function fieldsOf(
  { attributes: { fields, mask } }: MeshStore,
  ranges: ReadonlyMap<string, { low: number[]; high: number[] }>,
): FieldSummary[] {
  return Object.entries(fields).filter(([name]) => name !== mask).map(([name, info]) => {
    const { components, unit, role, offset } = info;
    const range = ranges.get(name)!;
    const value = (stored: number, c: number) => stored + (offset?.[c] ?? 0);
    return {
      name,
      array: name,
      place: "point",
      role,
      components,
      unit,
      low: range.low.map(value),
      high: range.high.map(value),
      offset,
    };
  });
}

function countsOf(types: Uint8Array): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}
