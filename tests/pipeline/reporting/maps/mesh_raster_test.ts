import assert from "node:assert/strict";
import { borderPath, rasterOf } from "../../../../pipeline/reporting/maps/mesh_raster.ts";

/** Node i·m + j at x index i, y index j. */
function grid(n: number, m: number): Float64Array {
  return Float64Array.from({ length: 2 * n * m }, (_, k) => {
    const node = k >> 1;
    return k % 2 === 0 ? Math.floor(node / m) / (n - 1) : (node % m) / (m - 1);
  });
}

Deno.test("rasterOf() shows a grid with x to the right and y up, one pixel per node", () => {
  const raster = rasterOf({ dimensions: 2, position: grid(3, 2), gridShape: [3, 2] }, 1e6);
  assert.deepEqual([raster.width, raster.height], [3, 2]);
  assert.deepEqual([...raster.nodes], [1, 3, 5, 0, 2, 4]);
  assert.deepEqual(raster.extent, { left: -0.25, right: 1.25, bottom: -0.5, top: 1.5 });
});

Deno.test("rasterOf() coarsens a grid to the pixel budget with its corners", () => {
  const raster = rasterOf({ dimensions: 2, position: grid(41, 21), gridShape: [41, 21] }, 100);
  assert.ok(raster.width * raster.height <= 100);
  assert.ok(raster.width > raster.height);
  const corners = [
    raster.nodes[0],
    raster.nodes[raster.width - 1],
    raster.nodes.at(-raster.width),
    raster.nodes.at(-1),
  ];
  assert.deepEqual(corners, [20, 40 * 21 + 20, 0, 40 * 21]);
});

Deno.test("rasterOf() gives every pixel of a scattered mesh its nearest node", () => {
  const position = Float64Array.from(
    { length: 400 },
    (_, k) => (k * (k % 2 === 0 ? 0.7548776662 : 0.5698402909)) % 1,
  );
  const raster = rasterOf({ dimensions: 2, position }, 900);
  const { left, right, top, bottom } = raster.extent;
  for (let y = 0; y < raster.height; y++) {
    for (let x = 0; x < raster.width; x++) {
      const px = left + (x + 0.5) * (right - left) / raster.width;
      const py = top - (y + 0.5) * (top - bottom) / raster.height;
      const distances = Array.from(
        { length: 200 },
        (_, k) => Math.hypot(position[2 * k] - px, position[2 * k + 1] - py),
      );
      const node = raster.nodes[y * raster.width + x];
      if (node >= 0) assert.equal(distances[node], Math.min(...distances));
    }
  }
});

Deno.test("rasterOf() leaves the hole of a mesh empty", () => {
  // A ring from radius 1/2 to 1 with even spacing, as the seeds of a sunflower.
  const nodes = [];
  for (let k = 0; k < 40_000; k++) {
    const radius = Math.sqrt(0.25 + 0.75 * k / 40_000);
    const angle = Math.PI * (3 - Math.sqrt(5)) * k;
    nodes.push(radius * Math.cos(angle), radius * Math.sin(angle));
  }
  const raster = rasterOf({ dimensions: 2, position: nodes }, 90_000);
  const empty = raster.nodes.filter((node) => node < 0).length / raster.nodes.length;
  // A disc of radius 1/2 and the corners around a disc of radius 1, in a square of 2.04.
  const expected = 1 - Math.PI * 0.75 / 2.04 ** 2;
  assert.ok(Math.abs(empty - expected) < 0.06, `${empty} of the pixels, not ${expected}`);
  assert.equal(raster.nodes[Math.floor((raster.height / 2 + 0.5) * raster.width)], -1);
});

Deno.test("rasterOf() cuts a mesh in 3-D at the middle of its third axis, or of its second", () => {
  const position: number[] = [];
  for (let z = 0; z < 3; z++) {
    for (let y = 0; y < 5; y++) for (let x = 0; x < 5; x++) position.push(x, y, z);
  }
  const raster = rasterOf({ dimensions: 3, position }, 2500);
  assert.ok(raster.nodes.every((node) => node >= 25 && node < 50));
  const across = rasterOf({ dimensions: 3, position, cutAxis: 1 }, 2500);
  assert.deepEqual([raster.axes, across.axes], [["x", "y"], ["x", "z"]]);
  assert.ok(across.nodes.every((node) => Math.floor(node / 5) % 5 === 2));
  // z points up: the last row of pixels is the lowest layer.
  assert.equal(Math.floor(across.nodes.at(-1)! / 25), 0);
});

Deno.test("rasterOf() draws a mesh on one line and rejects what it cannot draw", () => {
  assert.ok(
    rasterOf({ dimensions: 2, position: [0, 0, 1, 0, 2, 0] }, 400).nodes.some((node) => node >= 0),
  );
  assert.ok(rasterOf({ dimensions: 2, position: [3, 3] }, 400).nodes.some((node) => node === 0));
  assert.throws(
    () => rasterOf({ dimensions: 1, position: [0, 1] }, 100),
    /2 or 3 dimensions, received 1/,
  );
  assert.throws(
    () => rasterOf({ dimensions: 2, position: grid(3, 3), gridShape: [3, 2] }, 100),
    /received 3 × 2 for 9 nodes/,
  );
});

Deno.test("borderPath() runs between pixels of different owners in long lines", () => {
  const raster = rasterOf({ dimensions: 2, position: grid(4, 4), gridShape: [4, 4] }, 1e6);
  const left = Uint32Array.from({ length: 16 }, (_, node) => node < 8 ? 0 : 1);
  assert.equal(borderPath(raster, left), "M2 0v4");
  const lower = Uint32Array.from({ length: 16 }, (_, node) => node % 4 === 0 ? 0 : 1);
  assert.equal(borderPath(raster, lower), "M0 3h4");
  const corner = Uint32Array.from({ length: 16 }, (_, node) => node === 0 ? 1 : 0);
  assert.equal(borderPath(raster, corner), "M1 3v1M0 3h1");
  assert.equal(borderPath(raster, new Uint32Array(16)), "");
});
