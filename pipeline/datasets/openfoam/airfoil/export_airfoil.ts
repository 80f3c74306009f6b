/**
 * The three meshes of an AirfRANS case: the flow in a box, the wall, and the edge of the box.
 *
 * @module
 */

import { uniformCells } from "../../../../io/mesh_cells.ts";
import type { VtkMesh } from "../../../../io/vtk/write_vtk.ts";
import { pointData, type PointField } from "../point_field.ts";
import type { CMesh } from "./c_mesh.ts";
import type { AirfoilPointFields } from "./point_fields.ts";

/** The box of AirfRANS, in chords; only cells inside are exported. */
const BOX = { x: [-2, 4], y: [-1.5, 1.5] } as const;

/** Height z of the plane of AirfRANS. */
const HEIGHT = 0.5;

/** Meshes by the suffix of their file name. */
export interface AirfoilExport {
  readonly internal: VtkMesh;
  readonly aerofoil: VtkMesh;
  readonly freestream: VtkMesh;
}

/** Cuts the box out of the mesh; wall points have the same coordinates in all meshes. */
export function exportAirfoil(mesh: CMesh, fields: AirfoilPointFields): AirfoilExport {
  const { points, quads, wall } = mesh;
  const inside = insideBox(points);
  const cells: number[] = [];
  for (let at = 0; at < quads.length; at += 4) {
    const corners = quads.subarray(at, at + 4);
    if (corners.every((point) => inside[point])) cells.push(...corners);
  }
  const onWall = new Set(wall);
  const border = boundaryEdges(cells).filter(([a, b]) => !(onWall.has(a) && onWall.has(b)));
  const { U, p, nut } = fields;
  const loop = Array.from(wall, (point, i) => [point, wall[(i + 1) % wall.length]]);
  const normals = wallNormals(mesh);
  const surface = part(points, wall, loop.flat(), "line", { U, p, nut });
  return {
    internal: part(points, distinct(cells), cells, "quadrilateral", fields),
    aerofoil: {
      ...surface,
      pointData: { ...surface.pointData, Normals: normals.atPoints },
      cellData: { Normals: normals.onEdges },
    },
    freestream: part(points, distinct(border.flat()), border.flat(), "line", { U, p, nut }),
  };
}

/** The mesh of some points and cells, renumbered. */
function part(
  points: Float64Array,
  nodes: Uint32Array,
  corners: readonly number[],
  type: "line" | "quadrilateral",
  fields: Readonly<Record<string, PointField>>,
): VtkMesh {
  const numbers = new Map(Array.from(nodes, (node, i) => [node, i]));
  return {
    points: Float32Array.from(
      { length: 3 * nodes.length },
      (_, i) => i % 3 === 2 ? HEIGHT : points[2 * nodes[Math.floor(i / 3)] + i % 3],
    ),
    cells: uniformCells(Uint32Array.from(corners, (node) => numbers.get(node)!), type),
    pointData: pointData(fields, nodes),
  };
}

function insideBox(points: Float64Array): boolean[] {
  return Array.from({ length: points.length / 2 }, (_, i) => {
    const x = points[2 * i];
    const y = points[2 * i + 1];
    return x > BOX.x[0] && x < BOX.x[1] && y > BOX.y[0] && y < BOX.y[1];
  });
}

/** Distinct numbers in increasing order. */
function distinct(numbers: readonly number[]): Uint32Array {
  return Uint32Array.from(new Set(numbers)).sort();
}

/** Edges of a single quadrilateral, sorted by their smaller, then their larger point. */
function boundaryEdges(quads: readonly number[]): [number, number][] {
  const edges = new Map<number, [number, number] | undefined>();
  const stride = 2 ** 26;
  for (let at = 0; at < quads.length; at++) {
    const from = quads[at];
    const to = quads[at % 4 === 3 ? at - 3 : at + 1];
    const low = Math.min(from, to);
    const high = Math.max(from, to);
    const key = low * stride + high;
    edges.set(key, edges.has(key) ? undefined : [low, high]);
  }
  return [...edges].sort(([a], [b]) => a - b)
    .flatMap(([, edge]) => edge === undefined ? [] : [edge]);
}

/**
 * Unit normals into the body as in AirfRANS: of each edge, and at each point the mean of its two
 * edges.
 */
function wallNormals(
  { points, wall }: CMesh,
): Record<"atPoints" | "onEdges", VtkMesh["pointData"][string]> {
  const count = wall.length;
  const onEdges = new Float64Array(3 * count);
  const atPoints = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    const a = 2 * wall[i];
    const b = 2 * wall[(i + 1) % count];
    // The loop is clockwise, with the body on its right.
    setUnit(onEdges, i, points[b + 1] - points[a + 1], points[a] - points[b]);
  }
  for (let i = 0; i < count; i++) {
    const before = 3 * ((i + count - 1) % count);
    setUnit(
      atPoints,
      i,
      onEdges[before] + onEdges[3 * i],
      onEdges[before + 1] + onEdges[3 * i + 1],
    );
  }
  const single = (values: Float64Array) => ({ values: Float32Array.from(values), components: 3 });
  return { atPoints: single(atPoints), onEdges: single(onEdges) };
}

function setUnit(vectors: Float64Array, i: number, x: number, y: number): void {
  const length = Math.hypot(x, y);
  vectors[3 * i] = x / length;
  vectors[3 * i + 1] = y / length;
}
