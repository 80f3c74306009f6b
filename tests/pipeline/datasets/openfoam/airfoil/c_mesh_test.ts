import assert from "node:assert/strict";
import { joinCMesh, quadArea } from "../../../../../pipeline/datasets/openfoam/airfoil/c_mesh.ts";
import {
  type CMeshSettings,
  layCMeshLines,
} from "../../../../../pipeline/datasets/openfoam/airfoil/c_mesh_lines.ts";
import { meshAirfoil } from "../../../../../pipeline/datasets/openfoam/airfoil/airfoil_case.ts";
import {
  FIDELITIES,
  type Fidelity,
} from "../../../../../pipeline/datasets/openfoam/airfoil/fidelity.ts";
import {
  drawAirfoil,
} from "../../../../../pipeline/datasets/openfoam/airfoil/airfoil_parameters.ts";
import { cellGeometry, faceGeometry } from "../closed_mesh.ts";

const section = { camber: 3.2, camberPosition: 4.1, thickness: 14 };
const settings: CMeshSettings = { ...FIDELITIES.low.mesh, firstHeight: 5e-4 };
const { sideCells, wakeCells, normalCells, radius } = settings;
const lines = layCMeshLines(section, settings);
const mesh = joinCMesh(lines, wakeCells);

/** Area inside a polygon, > 0 if its corners go counter-clockwise. */
function polygonArea(corners: readonly (readonly [number, number])[]): number {
  return corners.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % corners.length];
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}

function linePoint(line: number, row: number): [number, number] {
  const at = 2 * (line * (normalCells + 1) + row);
  return [lines.points[at], lines.points[at + 1]];
}

Deno.test("joinCMesh() fills all between the aerofoil and the far field, once", () => {
  let area = 0;
  for (let cell = 0; cell < mesh.quads.length / 4; cell++) area += quadArea(mesh, cell);
  const far = Array.from({ length: lines.lineCount }, (_, line) => linePoint(line, normalCells));
  // Where the wake ends the two sides share their points.
  const end = Array.from({ length: normalCells }, (_, row) => linePoint(lines.lineCount - 1, row))
    .reverse();
  const start = Array.from({ length: normalCells }, (_, row) => linePoint(0, row));
  const wall = Array.from(
    mesh.wall,
    (point) => [mesh.points[2 * point], mesh.points[2 * point + 1]] as const,
  );
  const outline = Math.abs(polygonArea([...far, ...end, ...start]));
  assert.ok(Math.abs(area - (outline - Math.abs(polygonArea(wall)))) < 1e-9 * area, `${area}`);
  assert.ok(outline > 3.4 * radius ** 2, "half a disc and a rectangle");
});

Deno.test("joinCMesh() closes the wall, clockwise from the trailing edge, on the section", () => {
  const { wall, points } = mesh;
  assert.equal(wall.length, 2 * sideCells);
  assert.equal(new Set(wall).size, wall.length);
  assert.deepEqual(
    [...points.subarray(2 * wall[0], 2 * wall[0] + 2)].map((v) => Number(v.toFixed(12))),
    [
      1,
      0,
    ],
  );
  const leading = wall[sideCells];
  assert.deepEqual([...points.subarray(2 * leading, 2 * leading + 2)], [0, 0]);
  const corners = Array.from(wall, (point) => [points[2 * point], points[2 * point + 1]] as const);
  // The area of a NACA section of four digits is 0.685 t.
  assert.ok(
    Math.abs(-polygonArea(corners) / (0.685 * 0.14) - 1) < 0.005,
    `${polygonArea(corners)}`,
  );
});

Deno.test("joinCMesh() gives every point of the wake to both sides", () => {
  const lineCount = 2 * wakeCells + 2 * sideCells + 1;
  assert.equal(lines.lineCount, lineCount);
  assert.equal(mesh.points.length / 2, lineCount * (normalCells + 1) - wakeCells - 1);
  const uses = new Map<string, number>();
  for (let at = 0; at < mesh.quads.length; at++) {
    const from = mesh.quads[at];
    const to = mesh.quads[at % 4 === 3 ? at - 3 : at + 1];
    const key = `${Math.min(from, to)} ${Math.max(from, to)}`;
    uses.set(key, (uses.get(key) ?? 0) + 1);
  }
  const borders = [...uses.values()].filter((count) => count === 1).length;
  assert.equal(
    borders,
    2 * sideCells + (lineCount - 1) + 2 * normalCells,
    "wall, far field, both ends of the wake",
  );
  assert.ok([...uses.values()].every((count) => count <= 2));
});

Deno.test("layCMeshLines() leaves the wall at right angles with the first height", () => {
  for (let k = 1; k < 2 * sideCells; k++) {
    // The last quarter turns towards the wake.
    if (k < sideCells / 4 || k > 7 * sideCells / 4) continue;
    const line = wakeCells + k;
    const [x, y] = linePoint(line, 0);
    const [aboveX, aboveY] = linePoint(line, 1);
    const [beforeX, beforeY] = linePoint(line - 1, 0);
    const [afterX, afterY] = linePoint(line + 1, 0);
    const up = [aboveX - x, aboveY - y];
    const along = [afterX - beforeX, afterY - beforeY];
    const cosine = (up[0] * along[0] + up[1] * along[1]) /
      (Math.hypot(...up) * Math.hypot(...along));
    assert.ok(Math.abs(cosine) < 0.02, `line ${line}: ${cosine}`);
    assert.ok(Math.abs(Math.hypot(...up) / settings.firstHeight - 1) < 0.01);
  }
});

for (const name of ["low", "high"] as const) {
  // Half of the cells in each direction: listing all takes seconds.
  const fidelity: Fidelity = name === "low" ? FIDELITIES.low : {
    ...FIDELITIES.high,
    mesh: { ...FIDELITIES.high.mesh, sideCells: 120, wakeCells: 50, normalCells: 80 },
  };
  Deno.test(
    `meshAirfoil() closes every cell of drawn aerofoils at ${name} fidelity, and turns the ` +
      "wall outwards",
    () => {
      for (const index of name === "low" ? [0, 1, 2] : [3]) {
        const { plane, layer } = meshAirfoil(drawAirfoil(5, index), fidelity);
        for (const [cell, { openness, volume }] of cellGeometry(layer).entries()) {
          assert.ok(openness < 1e-9, `${openness}`);
          assert.ok(Math.abs(volume / quadArea(plane, cell) - 1) < 1e-6, "a layer of thickness 1");
        }
        const [wall, far, sides] = layer.patches;
        const { sideCells, wakeCells, normalCells } = fidelity.mesh;
        assert.deepEqual([wall.name, wall.type, wall.count], ["aerofoil", "wall", 2 * sideCells]);
        assert.deepEqual([far.type, far.count], [
          "patch",
          2 * (sideCells + wakeCells + normalCells),
        ]);
        assert.deepEqual([sides.type, sides.count], ["empty", 2 * plane.quads.length / 4]);
        const total = faceGeometry(layer).slice(wall.start, wall.start + wall.count)
          .reduce((sum, { area }) => sum.map((component, i) => component + area[i]), [0, 0, 0]);
        assert.ok(Math.hypot(...total) < 1e-12, "the wall is closed");
      }
    },
  );
}

Deno.test("joinCMesh() rejects folded cells", () => {
  const points = lines.points.slice();
  points.set(linePoint(100, 40), 2 * (100 * (normalCells + 1) + 2));
  assert.throws(() => joinCMesh({ ...lines, points }, wakeCells), {
    name: "RangeError",
    message: /^Cannot mesh aerofoil: .* area > 0, \d+ of 15624 cells are folded$/,
  });
});
