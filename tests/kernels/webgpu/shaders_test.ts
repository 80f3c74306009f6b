import assert from "node:assert/strict";
import { ALL_KERNELS } from "../../../kernels/ops/all.ts";
import type { Kernel } from "../../../kernels/kernel.ts";
import { createShaders, type Shader } from "../../../kernels/webgpu/shaders.ts";
import { TILES } from "../../../kernels/webgpu/tile.ts";
import { UNIFORM_BYTES } from "../../../kernels/webgpu/uniforms.ts";

const SHADERS = createShaders(TILES[0]);
const shaders: readonly Shader[] = Object.values(SHADERS);

/** `var` declarations of a shader in the order of their bindings. */
function declarations(
  source: string,
): { binding: number; space: string; name: string; type: string }[] {
  const pattern = /@group\(0\) @binding\((\d+)\) var<([^>]+)> (\w+): ([^;]+);/g;
  return [...source.matchAll(pattern)].map(([, binding, space, name, type]) => ({
    binding: Number(binding),
    space,
    name: name.replace(/_$/, ""), // `target` is reserved in WGSL
    type,
  }));
}

Deno.test("every kernel has a shader, and every shader except sumParts a kernel", () => {
  const names = ALL_KERNELS.map(({ name }) => name as string);
  assert.deepEqual(Object.keys(SHADERS).toSorted(), [...names, "sumParts"].toSorted());
});

for (const { name, source, bindings, sizes, constants } of shaders) {
  Deno.test(`${name}: the source declares the bindings of the host`, () => {
    assert.deepEqual([...source.matchAll(/\)\nfn (\w+)\(/g)].map(([, entry]) => entry), [name]);
    const declared = declarations(source);
    assert.deepEqual(declared.map(({ binding }) => binding), declared.map((_, k) => k));
    assert.deepEqual(declared.map(({ name, space }) => [name, space]), [
      ...bindings.map((
        { name, written },
      ) => [name, written ? "storage, read_write" : "storage, read"]),
      ["sizes", "uniform"],
    ]);
    const kernel = ALL_KERNELS.find((each) => each.name === name) as Kernel | undefined;
    for (const { name, type } of declared.slice(0, -1)) {
      // Partial sums are not a binding of the kernel.
      const element = kernel?.bindings[name]?.type ?? "f32";
      assert.equal(type, `array<${element}>`, name);
    }
  });

  Deno.test(
    `${name}: the uniform block has the first workgroup, the sizes and the offsets`,
    () => {
      const block = source.match(/struct Sizes \{\n([^}]*)\}/)![1];
      const fields = block.split("\n").filter((line) => line !== "").map((line) =>
        line.match(/^ {2}(\w+): u32,$/)![1]
      );
      assert.deepEqual(fields, [
        "firstWorkgroup",
        ...sizes,
        ...bindings.map(({ name }) => `${name}Offset`),
      ]);
      assert.ok(4 * fields.length <= UNIFORM_BYTES);
    },
  );

  Deno.test(`${name}: the header has shapes, and the access of the outputs`, () => {
    const header = source.slice(0, source.indexOf("\n\n"));
    assert.ok(header.startsWith(`// ${name}: `));
    for (const binding of bindings) assert.match(header, new RegExp(`\\b${binding.name}\\b`));
    assert.match(header, /\[\w.*\]/);
    assert.match(header, /, (overwritten|accumulated)/);
  });

  Deno.test(`${name}: the source declares the constants of the host`, () => {
    for (const constant in constants) {
      assert.match(source, new RegExp(`^override ${constant} = \\d+u;$`, "m"));
    }
  });
}
