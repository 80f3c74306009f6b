import assert from "node:assert/strict";
import { readSolvedField } from "../../../../io/openfoam/solved_field.ts";
import { initialFieldText } from "../../../../pipeline/datasets/openfoam/field_file.ts";

const fixtures = "tests/fixtures/openfoam";
/** Of the mesh that OpenFOAM wrote the fixtures for. */
const cellCount = 56;
const faceCounts = new Map([["aerofoil", 10], ["freestream", 22], ["frontAndBack", 112]]);
const ascii = new TextDecoder("latin1").decode(Deno.readFileSync(`${fixtures}/ascii/nut`));

function read(text: string, cells = cellCount) {
  return readSolvedField(new TextEncoder().encode(text), "nut", cells, faceCounts);
}

Deno.test("readSolvedField() reads the same numbers from text and binary files", () => {
  for (const [name, components] of [["U", 3], ["nut", 1]] as const) {
    const [plain, binary] = ["ascii", "binary"].map((format) =>
      readSolvedField(
        Deno.readFileSync(`${fixtures}/${format}/${name}`),
        name,
        cellCount,
        faceCounts,
      )
    );
    assert.equal(plain.components, components);
    assert.equal(plain.internal.length, cellCount * components);
    assert.ok(
      plain.internal.every(Number.isFinite) && new Set(plain.internal).size > cellCount / 2,
    );
    // 17 digits identify every double.
    assert.deepEqual(binary, plain);
  }
});

Deno.test("readSolvedField() reads the numbers of the file", () => {
  const { internal, patches } = read(ascii);
  const numbers = ascii.match(/internalField[^(]*\(\n([^)]*)\n\)/)![1].split("\n").map(Number);
  assert.deepEqual([...internal], numbers);
  const wall = ascii.match(/aerofoil[^(]*\(([^)]*)\)/)![1].split(" ").map(Number);
  assert.deepEqual([...patches.get("aerofoil")!], wall);
  assert.equal(patches.get("freestream")!.length, 22);
  assert.equal(patches.has("frontAndBack"), false, "an empty patch stores no values");
});

Deno.test("readSolvedField() expands uniform values", () => {
  const text = (internal: string) =>
    `FoamFile\n{\n    class volVectorField; // a comment; with {marks}\n}\ninternalField ` +
    `${internal};\n` +
    "boundaryField\n{\n    aerofoil { type noSlip; value uniform (0 0 0); }\n}\n";
  const { internal, patches } = read(text("uniform (1 -2 3e-1)"), 2);
  assert.deepEqual([...internal], [1, -2, 0.3, 1, -2, 0.3]);
  assert.deepEqual(patches.get("aerofoil"), new Float64Array(30));
  assert.deepEqual([...read(text("nonuniform List<vector> 2{(1 2 3)}"), 2).internal], [
    1,
    2,
    3,
    1,
    2,
    3,
  ]);
});

Deno.test("readSolvedField() rejects truncated files and other kinds", () => {
  const binary = Deno.readFileSync(`${fixtures}/binary/U`);
  const refuse = (bytes: Uint8Array, reason: RegExp, cells = cellCount) =>
    assert.throws(() => readSolvedField(bytes, "U", cells, faceCounts), {
      name: "SyntaxError",
      message: reason,
    });
  refuse(binary.subarray(0, 900), /"U": a list of 168 numbers must end at byte/);
  refuse(binary.subarray(0, -120), /"U": entries must be complete.* at byte/);
  refuse(binary, /"U": it must hold 57 values of 3 components, found 168 numbers/, 57);
  const big = new TextDecoder("latin1").decode(binary).replace("scalar=64", "scalar=80");
  refuse(
    Uint8Array.from(big, (c) => c.charCodeAt(0)),
    /must be of 32 or 64 bits, found "LSB/,
  );
  refuse(
    new TextEncoder().encode(ascii.replace("volScalarField", "volTensorField")),
    /found volTensorField/,
  );
  refuse(
    new TextEncoder().encode(ascii.replace("\n56\n", "\n55\n")),
    /must have 55 numbers, found 56/,
  );
});

Deno.test("initialFieldText() writes what readSolvedField() reads", () => {
  const boundary = { aerofoil: { type: "fixedValue", value: "uniform 7" } };
  const values = Float64Array.from({ length: 6 }, (_, i) => Math.sqrt(i) / 3);
  for (const components of [1, 3] as const) {
    const field = { dimensions: "[0 1 -1 0 0 0 0]", internal: values, boundary } as const;
    const text = initialFieldText("U", components, field);
    const read = readSolvedField(
      new TextEncoder().encode(text),
      "U",
      6 / components,
      new Map([["x", 1]]),
    );
    assert.deepEqual([...read.internal], [...values]);
    assert.equal(read.components, components);
  }
  const uniform = { dimensions: "[0 2 -2 0 0 0 0]", internal: 0.25, boundary } as const;
  assert.match(
    initialFieldText("p", 1, uniform),
    /volScalarField;[^]*\ndimensions \[0 2 -2 0 0 0 0\];\ninternalField uniform 0\.25;\n/,
  );
});
