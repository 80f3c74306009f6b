/**
 * Hexahedra as `polyMesh` of OpenFOAM: faces, the cells on their two sides, and patches.
 *
 * @module
 */

import { foamHeader } from "./dictionary.ts";

/** A mesh of hexahedra. */
export interface HexMesh {
  /** Points `[N, 3]`. */
  readonly points: Float64Array;
  /** Corners in the order of VTK, with positive volume `[C, 8]`. */
  readonly hexahedra: Uint32Array;
}

/** A part of the boundary. */
export interface Patch {
  readonly name: string;
  /** Type such as `wall`, `patch`, `empty` or `symmetryPlane`. */
  readonly type: string;
}

/** A patch and its faces `start` to `start + count - 1`. */
export interface PatchFaces extends Patch {
  readonly start: number;
  readonly count: number;
}

/** Faces of a mesh, inner faces first. */
export interface PolyMesh {
  readonly points: Float64Array;
  /** Corners of the faces, pointing out of their owner `[F, 4]`. */
  readonly faces: Uint32Array;
  /** The cell that each face belongs to `[F]`. */
  readonly owner: Uint32Array;
  /** The cell on the other side of each inner face, above the owner. */
  readonly neighbour: Uint32Array;
  readonly patches: readonly PatchFaces[];
}

/** Corners of the sides of a hexahedron, pointing outwards. */
const SIDES = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [3, 7, 6, 2], [0, 4, 7, 3], [1, 2, 6, 5]];

/**
 * The faces of hexahedra in the order that OpenFOAM requires: inner faces by owner, then by
 * neighbour; those of each patch by owner.
 *
 * @param patches In the order of the file
 * @param patchOf Index of the patch of a boundary face, from its four corners
 */
export function buildPolyMesh(
  { points, hexahedra }: HexMesh,
  patches: readonly Patch[],
  patchOf: (corners: Uint32Array) => number,
): PolyMesh {
  const faces = hexahedronFaces(hexahedra);
  const opposite = matchFaces(faces, points.length / 3);
  const cellOf = (face: number) => Math.floor(face / 6);
  const inner: number[] = [];
  const boundary: number[][] = patches.map(() => []);
  for (let cell = 0; cell < hexahedra.length / 8; cell++) {
    const own = [0, 1, 2, 3, 4, 5].map((side) => 6 * cell + side);
    inner.push(
      ...own.filter((face) => opposite[face] >= 0 && cellOf(opposite[face]) > cell)
        .sort((a, b) => opposite[a] - opposite[b]),
    );
    for (const face of own) {
      if (opposite[face] < 0) boundary[patchOf(faces.subarray(4 * face, 4 * face + 4))].push(face);
    }
  }
  let start = inner.length;
  const ranges = patches.map((patch, i) => {
    const range = { ...patch, start, count: boundary[i].length };
    start += boundary[i].length;
    return range;
  });
  const order = [...inner, ...boundary.flat()];
  const ordered = new Uint32Array(4 * order.length);
  order.forEach((face, i) => ordered.set(faces.subarray(4 * face, 4 * face + 4), 4 * i));
  return {
    points,
    faces: ordered,
    owner: Uint32Array.from(order, cellOf),
    neighbour: Uint32Array.from(inner, (face) => cellOf(opposite[face])),
    patches: ranges,
  };
}

/** The files of `constant/polyMesh` by name. */
export function polyMeshFiles(
  { points, faces, owner, neighbour, patches }: PolyMesh,
): Record<string, string> {
  const list = (className: string, object: string, rows: readonly string[]) =>
    `${foamHeader(className, "constant/polyMesh", object)}${rows.length}\n` +
    `(\n${rows.join("\n")}\n)\n`;
  const patchRow = ({ name, type, start, count }: PatchFaces) =>
    `${name} { type ${type}; nFaces ${count}; startFace ${start}; }`;
  return {
    points: list("vectorField", "points", rowsOf(points, 3)),
    faces: list("faceList", "faces", rowsOf(faces, 4).map((corners) => `4${corners}`)),
    owner: list("labelList", "owner", [...owner].map(String)),
    neighbour: list("labelList", "neighbour", [...neighbour].map(String)),
    boundary: list("polyBoundaryMesh", "boundary", patches.map(patchRow)),
  };
}

function hexahedronFaces(hexahedra: Uint32Array): Uint32Array {
  const faces = new Uint32Array(hexahedra.length * 3);
  let at = 0;
  for (let cell = 0; cell < hexahedra.length; cell += 8) {
    for (const side of SIDES) for (const corner of side) faces[at++] = hexahedra[cell + corner];
  }
  return faces;
}

/** For each face the one with the same corners, or -1. */
function matchFaces(faces: Uint32Array, pointCount: number): Int32Array {
  const faceCount = faces.length / 4;
  const opposite = new Int32Array(faceCount).fill(-1);
  const lastAt = new Int32Array(pointCount).fill(-1);
  const before = new Int32Array(faceCount);
  for (let face = 0; face < faceCount; face++) {
    const corners = faces.subarray(4 * face, 4 * face + 4);
    const lowest = Math.min(...corners);
    let other = lastAt[lowest];
    while (other >= 0 && !(opposite[other] < 0 && haveSameCorners(faces, face, other))) {
      other = before[other];
    }
    if (other >= 0) {
      opposite[face] = other;
      opposite[other] = face;
    }
    before[face] = lastAt[lowest];
    lastAt[lowest] = face;
  }
  return opposite;
}

function haveSameCorners(faces: Uint32Array, a: number, b: number): boolean {
  const corners = faces.subarray(4 * b, 4 * b + 4);
  for (let i = 4 * a; i < 4 * a + 4; i++) if (!corners.includes(faces[i])) return false;
  return true;
}

/** Tuples in the notation of OpenFOAM. */
function rowsOf(values: Float64Array | Uint32Array, components: number): string[] {
  const rows = Array<string>(values.length / components);
  for (let row = 0; row < rows.length; row++) {
    rows[row] = `(${values.subarray(row * components, (row + 1) * components).join(" ")})`;
  }
  return rows;
}
