/**
 * Points and cells that VTK's arrays mark as copies or as hidden.
 *
 * @module
 */

import { withoutArrays } from "../mesh_file/lazy_arrays.ts";
import type { FileArrays, FileMesh } from "../mesh_file/mesh_file.ts";

/** Bits of `vtkGhostType`: a copy, a coarse cell with finer ones in it, a blanked cell. */
const GHOST_CELL = 1 | 8 | 32;
const DUPLICATE_POINT = 1;
const HIDDEN_POINT = 2;

/** Names of the arrays, in VTK and in VisIt. */
const GHOST_NAMES = ["vtkGhostType", "vtkGhostLevels", "avtGhostZones", "avtGhostNodes"];

/**
 * Sets the ghost points and cells of a mesh from its arrays, which are then no fields. Cells with
 * a hidden point are hidden; points that a visible cell uses are not ghosts.
 *
 * @throws {DataError} If these arrays are damaged
 */
export function withGhosts(mesh: FileMesh): FileMesh {
  const pointFlags = readFlags(mesh.pointData);
  const cellFlags = readFlags(mesh.cellData);
  if (pointFlags === undefined && cellFlags === undefined) return mesh;
  const { connectivity, offsets, types } = mesh.cells;
  const ghostCells = new Uint8Array(types.length);
  const isUsed = new Uint8Array(mesh.pointCount);
  const isInGhost = new Uint8Array(mesh.pointCount);
  for (let cell = 0; cell < types.length; cell++) {
    const nodes = connectivity.subarray(offsets[cell], offsets[cell + 1]);
    const isGhost = ((cellFlags?.[cell] ?? 0) & GHOST_CELL) !== 0 ||
      pointFlags !== undefined && nodes.some((node) => (pointFlags[node] & HIDDEN_POINT) !== 0);
    ghostCells[cell] = isGhost ? 1 : 0;
    for (const node of nodes) (isGhost ? isInGhost : isUsed)[node] = 1;
  }
  const ghostPoints = Uint8Array.from(isUsed, (used, point) => {
    const isFlagged = ((pointFlags?.[point] ?? 0) & (DUPLICATE_POINT | HIDDEN_POINT)) !== 0;
    return used === 0 && (isFlagged || isInGhost[point] === 1) ? 1 : 0;
  });
  const hasGhosts = (flags: Uint8Array) => flags.includes(1) ? flags : undefined;
  return {
    ...mesh,
    pointData: withoutArrays(mesh.pointData, GHOST_NAMES),
    cellData: withoutArrays(mesh.cellData, GHOST_NAMES),
    ghostPoints: hasGhosts(ghostPoints),
    ghostCells: hasGhosts(ghostCells),
  };
}

/**
 * Bits of `vtkGhostType` of each tuple: all arrays of other names count as copies where they are
 * not 0.
 */
function readFlags({ names, read }: FileArrays): Uint8Array | undefined {
  const name = GHOST_NAMES.find((name) => names.includes(name));
  if (name === undefined) return undefined;
  const { values } = read(name);
  const isBits = name === "vtkGhostType";
  return Uint8Array.from(
    values as ArrayLike<number>,
    (value) => isBits ? Number(value) : Number(value) > 0 ? DUPLICATE_POINT : 0,
  );
}
