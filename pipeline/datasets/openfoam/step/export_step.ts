/**
 * The flow over a step at the points of its mesh, and its reattachment length.
 *
 * @module
 */

import { uniformCells } from "../../../../io/mesh_cells.ts";
import type { VtkMesh } from "../../../../io/vtk/write_vtk.ts";
import type { SolvedField } from "../../../../io/openfoam/solved_field.ts";
import { elementCentres, type Elements, interpolateToPoints } from "../point_interpolation.ts";
import { pointData } from "../point_field.ts";
import type { StepMesh } from "./step_mesh.ts";

/** Fields of a solved case, by the names of OpenFOAM. */
export type StepFields = Readonly<Record<"U" | "p" | "nut", SolvedField>>;

/** Patches in order of precedence: where two meet, the later one applies. */
const PATCH_ORDER = ["midplane", "outlet", "inlet", "walls"] as const;

/** The mesh with velocity, pressure and turbulent viscosity at its points. */
export function exportStep({ points, hexahedra, faces }: StepMesh, fields: StepFields): VtkMesh {
  const nodes = Uint32Array.from({ length: points.length / 3 }, (_, node) => node);
  const atPoints = Object.entries(fields).map(([name, field]) => {
    const layers: Elements[] = [
      { corners: hexahedra, cornerCount: 8, values: field.internal },
      ...PATCH_ORDER.map((patch) => patchValues(faces, field, patch)),
    ];
    const { components } = field;
    return [name, { values: interpolateToPoints(points, 3, components, layers), components }];
  });
  return {
    points: Float32Array.from(points),
    cells: uniformCells(Uint32Array.from(hexahedra), "hexahedron"),
    pointData: pointData(Object.fromEntries(atPoints), nodes),
  };
}

/**
 * The reattachment length next to the plane of symmetry: the last change of sign of the velocity
 * along the floor.
 *
 * @returns Distance behind the step in metres; undefined if the velocity does not change sign
 */
export function reattachmentLength(
  { points, hexahedra }: StepMesh,
  { internal }: SolvedField,
): number | undefined {
  const centres = elementCentres(points, 3, hexahedra, 8);
  const cells = Array.from({ length: hexahedra.length / 8 }, (_, cell) => cell);
  const extreme = (axis: number, pick: (a: number, b: number) => number) =>
    cells.reduce((best, cell) => pick(best, centres[3 * cell + axis]), centres[axis]);
  const lowest = extreme(1, Math.min);
  const farthest = extreme(2, Math.max);
  const row = cells.filter((cell) =>
    centres[3 * cell] > 0 && Math.abs(centres[3 * cell + 1] - lowest) < 1e-9 &&
    Math.abs(centres[3 * cell + 2] - farthest) < 1e-9
  ).sort((a, b) => centres[3 * a] - centres[3 * b]);
  const turn = row.findLastIndex((cell, i) =>
    i + 1 < row.length && internal[3 * cell] < 0 && internal[3 * row[i + 1]] >= 0
  );
  if (turn < 0) return undefined;
  const before = row[turn];
  const after = row[turn + 1];
  const share = internal[3 * before] / (internal[3 * before] - internal[3 * after]);
  return centres[3 * before] + share * (centres[3 * after] - centres[3 * before]);
}

/**
 * Values on the faces of a patch: its own, or those of the cells. Velocity is 0 on walls, and has
 * no component through the plane of symmetry.
 */
function patchValues(
  { faces, owner, patches }: StepMesh["faces"],
  field: SolvedField,
  name: string,
): Elements {
  const { components, internal } = field;
  const { start, count } = patches.find((patch) => patch.name === name)!;
  const velocity = components === 3;
  const values = Float64Array.from({ length: count * components }, (_, i) => {
    if (velocity && (name === "walls" || name === "midplane" && i % 3 === 2)) return 0;
    return internal[owner[start + Math.floor(i / components)] * components + i % components];
  });
  const own = velocity && (name === "walls" || name === "midplane")
    ? undefined
    : field.patches.get(name);
  return {
    corners: faces.subarray(4 * start, 4 * (start + count)),
    cornerCount: 4,
    values: own ?? values,
  };
}
