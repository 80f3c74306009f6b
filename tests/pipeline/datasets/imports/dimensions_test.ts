import assert from "node:assert/strict";
import { hash, keyedUniform } from "../../../../pipeline/graph/random.ts";
import { importParts, type MeshParts, type Point, series, triangleGrid } from "./mesh_sources.ts";

const noise = (index: number) => keyedUniform(hash(0, "jitter"), index) - 0.5;

function grid(k: number, place: (point: Point, index: number) => Point): MeshParts {
  const { points, cells } = triangleGrid(15);
  const p = points.map(([x, y]) => Math.sin((k + 1) * x) + y);
  return { points: points.map(place), cells, pointData: { p } };
}

Deno.test("importMeshes() accepts planes with jitter and reports it", async () => {
  for (const jitter of [1e-4, 1e-7, 0]) {
    const meshes = series(3, (k) => grid(k, ([x, y], i) => [x, 2 + jitter * noise(i), y]));
    const { store, summary } = await importParts(meshes);
    const { plane, dimensions } = store.attributes;
    assert.equal(dimensions, 2);
    assert.equal(plane?.axis, 1);
    assert.ok(Math.abs(plane!.value - 2) <= jitter);
    assert.match(summary.dimensions.reason, jitter === 0 ? /plane y = 2$/ : /near .* apart across/);
    assert.equal((await store.read(2)).position.length, 2 * 225);
  }
});

Deno.test("importMeshes() keeps all coordinates of thin and of tilted meshes", async () => {
  const thin = series(2, (k) => grid(k, ([x, y]) => [x, 1e-4 * y, 0]));
  const { summary: flat } = await importParts(thin);
  assert.match(flat.dimensions.reason, /plane z = 0/);
  const slab = series(2, (k) => {
    const { points, pointData } = grid(k, (point) => point);
    const layers = [0, 1, 2].flatMap((z) => points.map(([x, y]) => [x, y, 1e-5 * z]));
    const { p } = pointData as { readonly p: readonly number[] };
    return { points: layers, pointData: { p: [...p, ...p, ...p] } };
  });
  const { summary: thick } = await importParts(slab);
  assert.match(thick.dimensions.reason, /by 1, 1, 2 × 10⁻⁵; --dimensions 2 leaves out z$/);
  assert.equal(thick.dimensions.count, 3);
  const tilted = series(2, (k) => grid(k, ([x, y]) => [0.8 * x, y, 0.6 * x]));
  const { summary } = await importParts(tilted);
  assert.equal(summary.dimensions.count, 3);
  assert.match(summary.dimensions.reason, /tilted/);
});

Deno.test("importMeshes() accepts one layer of cells if its sides agree", async () => {
  const layer = (k: number, difference: number, thickness = 0.3): MeshParts => {
    const { points, cells } = triangleGrid(6);
    const p = points.map(([x, y]) => Math.sin((k + 1) * x) + y);
    return {
      points: [...points, ...points.map(([x, y]) => [x, y, thickness])],
      cells: cells.map((corners) => [...corners, ...corners.map((node) => node + 36)]),
      cellType: 13,
      pointData: { p: [...p, ...p.map((value) => value + difference)] },
    };
  };
  const { store, summary } = await importParts(series(3, (k) => layer(k, 0)));
  assert.match(summary.dimensions.reason, /one layer of cells between z = 0 and 0\.3/);
  assert.deepEqual(store.attributes.plane, { axis: 2, value: 0 });
  const { nodeCount, cells } = await store.read(1, { cells: true });
  assert.equal(nodeCount, 36);
  assert.deepEqual([...cells!.types], new Array(50).fill(5));
  assert.deepEqual([...cells!.connectivity], triangleGrid(6).cells.flat());

  const unequal = await importParts(series(3, (k) => layer(k, 0, 0.1 + k)));
  assert.match(unequal.summary.dimensions.reason, /between z = 0 and 2\.1/);
  assert.equal((await unequal.store.read(2)).nodeCount, 36);
  const thick = series(3, (k) => layer(k, 0.5));
  assert.equal((await importParts(thick)).summary.dimensions.count, 3);
  const projected = await importParts(thick, { dimensions: 2 });
  assert.match(projected.summary.notes.join(), /two sides of the layer differ .* means are used/);
  const { p } = (await projected.store.read(0)).fields;
  assert.ok(Math.abs(p[0] - 0.25) < 1e-6);
});

Deno.test("importMeshes() projects on request unless points would coincide", async () => {
  const bent = series(2, (k) => grid(k, ([x, y]) => [x, y, 0.2 * x * x]));
  assert.equal((await importParts(bent)).summary.dimensions.count, 3);
  const { store, summary } = await importParts(bent, { dimensions: 2 });
  assert.match(summary.dimensions.reason, /projected to z = 0\.1, by up to 0\.1/);
  assert.deepEqual([...(await store.read(0)).position.subarray(-2)], [1, 1]);
  const block = [0, 1, 2].flatMap((z) => triangleGrid(4).points.map(([x, y]) => [x, y, z / 2]));
  await assert.rejects(
    importParts({ a: { points: block, pointData: { p: block.map(([x]) => x) } } }, {
      dimensions: 2,
    }),
    { name: "UserError", message: /in 2 dimensions: .* would coincide/ },
  );
});

Deno.test("importMeshes() refuses data sets in different planes", async () => {
  const planes = series(2, (k) => grid(k, ([x, y]) => [x, y, k]));
  await assert.rejects(importParts(planes), {
    message:
      /"data\/runs\/run1\.vtu" .* must lie in the plane z = 0, found the plane z = 1; choose/,
  });
  assert.equal((await importParts(planes, { dimensions: 3 })).summary.dimensions.count, 3);
  assert.match(
    (await importParts(planes, { dimensions: 2 })).summary.dimensions.reason,
    /projected to z = 0\.5, by up to 0\.5/,
  );
});
