import assert from "node:assert/strict";
import { tileFor, tileInvocations, TILES, WORKGROUP_SIZE } from "../../../kernels/webgpu/tile.ts";
import { checkKernelsOn, KERNEL_FAMILIES } from "../kernel_cases.ts";
import { testOnWebGpu } from "./on_webgpu.ts";

/** Kernels that compute in tiles. */
const PRODUCTS = ["linear", "linearBackwardInput", "linearBackwardWeight"];
const MOMENTS = ["moment", "momentBackward"];

/** Workgroup memory that every device has (the default of the WebGPU limit), in bytes. */
const WORKGROUP_MEMORY = 16_384;

// The first tile is that of software adapters: kernels_test.ts runs all cases with it. Moments do
// not stage, so it covers their tiles of 8 × 8.
for (const tile of TILES.slice(1)) {
  const { rows, columns, depth, groupColumns } = tile;
  const names = columns === 8 ? PRODUCTS : [...PRODUCTS, ...MOMENTS];
  testOnWebGpu(
    `products in tiles of ${rows} × ${columns}, ${depth} deep, equal their references`,
    (device, t) =>
      checkKernelsOn(device, t, {
        families: KERNEL_FAMILIES.filter(({ kernel }) => names.includes(kernel.name)),
        fixedCases: "either",
      }),
    { tile },
  );

  Deno.test(`tiles of ${rows} × ${columns}, ${depth} deep, fit every device`, () => {
    assert.equal(WORKGROUP_SIZE % groupColumns, 0);
    if (depth > 0) assert.equal(64 % depth, 0); // CHUNK of linear_backward_weight.wgsl
    const stagedRows = WORKGROUP_SIZE / groupColumns * rows / 4 + 1;
    const stagedColumns = groupColumns * columns / 4 + 1;
    assert.ok(16 * (depth * (stagedRows + stagedColumns) + 2) <= WORKGROUP_MEMORY);
  });
}

Deno.test("tileInvocations() covers every output, by tiles or by full workgroups", () => {
  const direct = TILES[0];
  const staged = tileFor(false);
  assert.equal(tileInvocations(direct, 17, 9), 3 * 2);
  assert.equal(tileInvocations(direct, 0, 9), 0);
  assert.deepEqual(staged, { rows: 8, columns: 4, depth: 16, groupColumns: 8 });
  assert.equal(tileInvocations(staged, 65, 33), 4 * WORKGROUP_SIZE);
  assert.equal(tileInvocations(staged, 64, 32), WORKGROUP_SIZE);
});
