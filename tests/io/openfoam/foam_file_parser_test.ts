/** Layouts of binary files, which OpenFOAM states in their header. @module */

import assert from "node:assert/strict";
import { FoamFileParser } from "../../../io/openfoam/foam_file_parser.ts";

/** A file of parts: text, or numbers in a layout. */
function fileOf(className: string, arch: string, ...parts: (string | ArrayBuffer)[]): Uint8Array {
  const header = `FoamFile { format binary; class ${className}; arch "${arch}"; }\n`;
  const bytes = [header, ...parts].map((part) =>
    typeof part === "string" ? new TextEncoder().encode(part) : new Uint8Array(part)
  );
  return Uint8Array.from(bytes.flatMap((part) => [...part]));
}

function parserOf(...parts: Parameters<typeof fileOf>): FoamFileParser {
  const parser = new FoamFileParser(fileOf(...parts), "test");
  parser.header();
  return parser;
}

function numbers(
  values: readonly number[],
  write: (view: DataView, at: number, value: number) => void,
  size: number,
) {
  const view = new DataView(new ArrayBuffer(size * values.length));
  for (const [i, value] of values.entries()) write(view, size * i, value);
  return view.buffer;
}

Deno.test("FoamFileParser reads labels and scalars of any size and byte order", () => {
  const points = [0, 1.5, -2, 4, 0.25, 8];
  for (const isLittle of [true, false]) {
    const order = isLittle ? "LSB" : "MSB";
    const singles = numbers(points, (view, at, x) => view.setFloat32(at, x, isLittle), 4);
    const doubles = numbers(points, (view, at, x) => view.setFloat64(at, x, isLittle), 8);
    const labels = [3, 0, 7];
    const short = numbers(labels, (view, at, n) => view.setInt32(at, n, isLittle), 4);
    const long = numbers(labels, (view, at, n) => view.setBigInt64(at, BigInt(n), isLittle), 8);
    const arch = (label: number, scalar: number) => `${order};label=${label};scalar=${scalar}`;
    for (const [scalar, block] of [[32, singles], [64, doubles]] as const) {
      const parser = parserOf("vectorField", arch(32, scalar), "2(", block, ")");
      assert.deepEqual([...parser.points()], points);
    }
    for (const [label, block] of [[32, short], [64, long]] as const) {
      const parser = parserOf("labelList", arch(label, 64), "3\n(", block, ")\n");
      assert.deepEqual([...parser.labels()], labels);
    }
  }
});

Deno.test("FoamFileParser reads faces that are compact or nested, and equal values", () => {
  const little = (values: readonly number[]) =>
    numbers(values, (view, at, n) => view.setInt32(at, n, true), 4);
  const arch = "LSB;label=32;scalar=64";
  const nodes = [0, 1, 2, 2, 1, 0, 3];
  const compact = ["3(", little([0, 3, 7]), ")\n7(", little(nodes), ")"];
  const nested = ["2\n(\n3(", little([0, 1, 2]), ")\n4(", little([2, 1, 0, 3]), ")\n)\n"];
  for (const [className, parts] of [["faceCompactList", compact], ["faceList", nested]] as const) {
    const faces = parserOf(className, arch, ...parts).faces();
    assert.deepEqual([...faces.nodes], nodes);
    assert.deepEqual([...faces.offsets], [0, 3, 7]);
  }
  assert.deepEqual([...parserOf("labelList", arch, "4{2}").labels()], [2, 2, 2, 2]);
});
