import type { PolyMesh } from "../../../../pipeline/datasets/openfoam/poly_mesh.ts";

type Vector = [number, number, number];

/** Area vectors of the faces, pointing out of their owners, and the centres of their corners. */
export function faceGeometry({ points, faces }: PolyMesh): { area: Vector; centre: Vector }[] {
  return Array.from({ length: faces.length / 4 }, (_, face) => {
    const [a, b, c, d] = [...faces.subarray(4 * face, 4 * face + 4)]
      .map((point) => [...points.subarray(3 * point, 3 * point + 3)] as Vector);
    const [x, y, z] = [0, 1, 2].map((i) => c[i] - a[i]);
    const [u, v, w] = [0, 1, 2].map((i) => d[i] - b[i]);
    return {
      area: [(y * w - z * v) / 2, (z * u - x * w) / 2, (x * v - y * u) / 2],
      centre: [0, 1, 2].map((i) => (a[i] + b[i] + c[i] + d[i]) / 4) as Vector,
    };
  });
}

/**
 * How far the faces of a cell are from closing, relative to their area, and the volume they
 * enclose, for every cell.
 */
export function cellGeometry(mesh: PolyMesh): { openness: number; volume: number }[] {
  const cellCount = mesh.owner.reduce((most, cell) => Math.max(most, cell), 0) + 1;
  const sums = Array.from({ length: cellCount }, () => ({ area: [0, 0, 0], size: 0, volume: 0 }));
  for (const [face, { area, centre }] of faceGeometry(mesh).entries()) {
    for (const [cell, sign] of [[mesh.owner[face], 1], [mesh.neighbour[face], -1]]) {
      if (cell === undefined) continue;
      area.forEach((component, i) => sums[cell].area[i] += sign * component);
      sums[cell].size += Math.hypot(...area);
      // The divergence theorem for the field x / 3.
      sums[cell].volume += sign * area.reduce((sum, component, i) =>
        sum + component * centre[i], 0) /
        3;
    }
  }
  return sums.map(({ area, size, volume }) => ({ openness: Math.hypot(...area) / size, volume }));
}
