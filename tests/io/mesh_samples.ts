/**
 * Meshes and helpers of the tests of mesh stores.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createMeshStore,
  type MeshSample,
  type MeshStore,
  type MeshStoreHeader,
  openMeshStore,
} from "../../io/mesh_store.ts";

/** Mesh stores that other programs wrote. */
export const fixtures = fileURLToPath(new URL("../fixtures/io/meshes/", import.meta.url));

/** Header of the stores of these tests. */
export const header: MeshStoreHeader = {
  case: "plate",
  dimensions: 2,
  fields: {
    velocity: { components: 2, unit: "m/s", role: "input" },
    temperature: { components: 1, unit: "K", role: "target" },
  },
  splits: { train: [0, 2], test: [1] },
  generator: { name: "test", cells: 4 },
  seed: 7,
};

/** A mesh whose numbers identify its sample, node and component. */
export function makeSample(number: number, nodeCount: number): MeshSample {
  const numbers = (components: number, base: number) =>
    Float32Array.from({ length: nodeCount * components }, (_, i) => base + number + i / 16);
  return {
    id: `plate-${number}`,
    dimensions: 2,
    nodeCount,
    position: numbers(2, 0),
    fields: { velocity: numbers(2, 100), temperature: numbers(1, 300) },
  };
}

/** Three meshes of one size, and three of different sizes. */
export const sameSize = [4, 4, 4].map((nodeCount, number) => makeSample(number, nodeCount));
export const ragged = [5, 3, 7].map((nodeCount, number) => makeSample(number, nodeCount));

/** Writes a mesh store of samples. */
export async function writeStore(
  path: string,
  samples: readonly MeshSample[],
  options = {},
): Promise<void> {
  const writer = await createMeshStore(path, header, options);
  for (const sample of samples) await writer.add(sample);
  await writer.close();
}

/** Reads all samples. */
export async function readAll(store: MeshStore): Promise<MeshSample[]> {
  const samples: MeshSample[] = [];
  for (let index = 0; index < store.sampleCount; index++) samples.push(await store.read(index));
  return samples;
}

/** The files below a directory, by path relative to it. */
export function filesOf(directory: string, below = ""): string[] {
  return [...Deno.readDirSync(join(directory, below))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesOf(directory, join(below, name)) : [join(below, name)]
  ).sort();
}

/** Copies a directory file by file. */
export function copyDirectory(from: string, to: string): void {
  for (const file of filesOf(from)) {
    Deno.mkdirSync(join(to, file, ".."), { recursive: true });
    Deno.copyFileSync(join(from, file), join(to, file));
  }
}

export type Json = Record<string, unknown>;

/** Replaces keys of a JSON file, at the top or below `key`. */
export function edit(file: string, changes: Json, key?: string): void {
  const json: Json = JSON.parse(Deno.readTextFileSync(file));
  const edited = key
    ? { ...json, [key]: { ...json[key] as Json, ...changes } }
    : { ...json, ...changes };
  Deno.writeTextFileSync(file, JSON.stringify(edited));
}

/** Checks that opening a store, or reading a sample of it, fails with a message. */
export async function assertDamaged(path: string, message: RegExp): Promise<void> {
  await assert.rejects(async () => await readAll(await openMeshStore(path)), {
    name: "DataError",
    message,
  });
}
