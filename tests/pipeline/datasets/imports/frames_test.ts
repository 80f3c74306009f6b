import assert from "node:assert/strict";
import { importMeshes } from "../../../../pipeline/datasets/imports/import_meshes.ts";
import { importParts, series, sourceOf, triangleGrid } from "./mesh_sources.ts";

const CORNER = [500123.4, 4649776.2];

Deno.test("importMeshes() stores far positions relative to an origin", async () => {
  const meshes = series(4, (k) => {
    const { points, cells } = triangleGrid(21, (x, y) => [5 * x, 5 * y, 0]);
    const far = points.map(([x, y]) => [x + CORNER[0], y + CORNER[1], 0]);
    return { points: far, cells, pointData: { p: points.map(([x, y]) => x + k * y) } };
  });
  const { store, summary } = await importParts(meshes, { targets: ["p"] });
  const { origin } = store.attributes;
  assert.deepEqual(origin, summary.origin);
  const { position, nodeCount } = await store.read(0);
  const distinct = new Set(
    Array.from(
      { length: nodeCount },
      (_, node) => `${position[2 * node]} ${position[2 * node + 1]}`,
    ),
  );
  assert.equal(distinct.size, 441);
  const { points } = meshes.run0;
  for (let node = 0; node < nodeCount; node++) {
    for (const axis of [0, 1]) {
      const error = position[2 * node + axis] + origin![axis] - points[node][axis];
      assert.ok(Math.abs(error) < 1e-6, `${error} at node ${node}`);
    }
  }
  assert.deepEqual(summary.box.low, CORNER);
  assert.ok(Math.abs(summary.spacing.least - 0.25) < 1e-8);
});

Deno.test("importMeshes() keeps positions that float32 holds as they are", async () => {
  const { points, cells } = triangleGrid(5, (x, y) => [1024 + x, y - 512, 0]);
  const pointData = { p: points.map(([x]) => x) };
  const { store } = await importParts({ a: { points, cells, pointData } });
  assert.equal(store.attributes.origin, undefined);
  assert.deepEqual([...(await store.read(0)).position.subarray(0, 4)], [1024, -512, 1024, -511.75]);
});

Deno.test("importMeshes() refuses meshes that do not fit one frame in float32", async () => {
  const meshes = series(2, (k) => {
    const { points, cells } = triangleGrid(9, (x, y) => [x / 3 + 5e7 * k, y / 3, 0]);
    return { points, cells, pointData: { p: points.map(([, y]) => y + k) } };
  });
  await assert.rejects(importParts(meshes), {
    name: "DataError",
    message:
      /"data\/runs\/run.\.vtu" with "data\/runs\/run.\.vtu": .* one frame in float32, .* apart/,
  });
});

Deno.test("importMeshes() stores an offset where float32 loses a field", async () => {
  const { points, cells } = triangleGrid(12);
  for (const [amplitude, hasOffset] of [[100, false], [0.01, true]] as const) {
    const exact = (k: number) =>
      points.map(([x]) => 101325 + amplitude * Math.sin(6 * x) * (1 + k));
    const meshes = series(4, (k) => ({ points, cells, pointData: { p: exact(k) } }));
    const { store, summary } = await importParts(meshes, { targets: ["p"] });
    const { offset } = store.attributes.fields.p;
    assert.deepEqual(offset, hasOffset ? [101325] : undefined);
    assert.deepEqual(summary.fields[0].offset, offset);
    const { p } = (await store.read(3)).fields;
    exact(3).forEach((value, node) => {
      const error = Math.abs(p[node] + (offset?.[0] ?? 0) - value);
      assert.ok(error < 1e-4 * amplitude, `${error} at node ${node}`);
    });
  }
});

Deno.test("importMeshes() reports files whose own float32 has lost the spacing", async () => {
  const { points, cells } = triangleGrid(21, (x, y) => [5 * x + 500123.4, 5 * y + 4649776.2, 0]);
  const pointData = { p: points.map(([x]) => x) };
  const source = sourceOf({ a: { points, cells, pointData } });
  const read = async () => {
    const mesh = await source.read(0);
    return { ...mesh, points: Float32Array.from(mesh.points) };
  };
  const { summary } = await importMeshes({ ...source, read });
  assert.match(summary.notes.join(), /positions in float32, whose steps are 0\.5 .* in float64/);
});

Deno.test("importMeshes() reports fields of which float32 files hold few values", async () => {
  const { points, cells } = triangleGrid(12);
  const p = (offset: number) => ({
    values: Float32Array.from(points, ([x]) => offset + 0.05 * Math.sin(6 * x)),
    components: 1,
  });
  const noteOf = async (offset: number) =>
    (await importParts({ a: { points, cells, pointData: { p: p(offset) } } })).summary.notes.join();
  assert.match(await noteOf(101325), /"p" is float32 in the files, which has only 12 values/);
  assert.doesNotMatch(await noteOf(1), /float32/);
});

Deno.test("importMeshes() reports or refuses variation that float32 loses", async () => {
  const { points, cells } = triangleGrid(12);
  const imported = (value: (x: number, k: number) => number) =>
    importParts(
      series(4, (k) => ({ points, cells, pointData: { p: points.map(([x]) => value(x, k)) } })),
      { targets: ["p"] },
    );
  const { summary } = await imported((x, k) => 1e6 * (1 + k) + 0.01 * x);
  assert.match(summary.notes.join(), /"p" varies by only 0.0100 around 1,000,000 in sample "run0"/);
  const others = [(x: number, k: number) => k + x, (_: number, k: number) => k];
  for (const value of others) assert.deepEqual((await imported(value)).summary.notes, []);
  await assert.rejects(
    imported((x, k) => 1e-41 * (k + x)),
    /"p": its values must vary by at least/,
  );
});
