/** `bench io`: writing and reading stores, encoding and decoding record batches. @module */

import { Command } from "commander";
import { join } from "node:path";
import { openMeshStore } from "../../io/mesh_store.ts";
import {
  createRecordBatch,
  decodeRecordBatch,
  encodeRecordBatch,
  RecordBatchTemplate,
} from "../../io/record_batch.ts";
import { darcyHeader, generateDarcySample } from "../../pipeline/datasets/darcy/darcy_data.ts";
import { writeSamples } from "../../pipeline/datasets/write_samples.ts";
import { fillUniform, hash } from "../../pipeline/graph/random.ts";
import { addExamples, integerOption } from "../command/command_line.ts";
import { type Figure, medianMs, printFigures } from "./timing.ts";
import { makeScratchDirectory } from "../command/scratch_directory.ts";

/** Samples of a store. */
const COUNT = 32;
const RESOLUTION = 85;
/** Position in two dimensions, coefficient and solution. */
const NODE_BYTES = 4 * Float32Array.BYTES_PER_ELEMENT;

/** A halo message of 1,000 ghosts, and a field of a million values. */
const HALO_SCHEMA = {
  name: "halo",
  columns: { latent: { fixedSizeList: "float32", size: 32 } },
} as const;
const HALO_ROWS = 1000;
const FIELD_SCHEMA = { name: "field", columns: { values: { list: "float32" } } } as const;
const FIELD_VALUES = 2 ** 20;

/** The command. */
export const io: Command = new Command("io")
  .description(
    "Writing and reading of Zarr and Arrow stores, encoding and decoding of record batches.",
  )
  .addOption(integerOption("--repeats <n>", "calls to measure, after one to warm up", 1).default(5))
  .option("--json", "print one JSON object", false)
  .action(async ({ repeats, json }: { readonly repeats: number; readonly json: boolean }) => {
    const figures = [...await measureStores(repeats), ...await measureBatches(repeats)];
    const how =
      `Median of ${repeats} calls after one to warm up. MB are of uncompressed numbers; ` +
      "stores have " +
      `${COUNT} Darcy samples on ${RESOLUTION} x ${RESOLUTION} vertices, in the directory "out".`;
    printFigures({ benchmark: "io", how, figures }, json);
  });

addExamples(io, "deno task bench io --json");

async function measureStores(repeats: number): Promise<Figure[]> {
  const options = { count: COUNT, resolution: RESOLUTION, seed: 1 };
  const samples = Array.from({ length: COUNT }, (_, k) => generateDarcySample(k, options));
  async function* stream() {
    yield* samples;
  }
  const bytes = COUNT * RESOLUTION ** 2 * NODE_BYTES;
  const directory = await makeScratchDirectory("bench");
  try {
    const figures: Figure[] = [];
    for (const kind of ["zarr", "arrow"]) {
      const path = join(directory, `samples.${kind}`);
      const write = await medianMs(
        repeats,
        () => writeSamples(path, darcyHeader(options), stream(), { overwrite: true }),
      );
      const read = await medianMs(repeats, async () => {
        const store = await openMeshStore(path);
        for (let k = 0; k < COUNT; k++) await store.read(k);
      });
      figures.push(
        rateFigure(`write ${COUNT} samples to .${kind}`, write, bytes),
        rateFigure(`open and read ${COUNT} samples of .${kind}`, read, bytes),
      );
    }
    return figures;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function measureBatches(repeats: number): Promise<Figure[]> {
  const field = fillUniform(hash(0, "field"), new Float32Array(FIELD_VALUES));
  const fieldBytes = encodeRecordBatch(createRecordBatch(FIELD_SCHEMA, [{ values: field }]));
  const rows = fillUniform(
    hash(0, "rows"),
    new Float32Array(HALO_ROWS * HALO_SCHEMA.columns.latent.size),
  );
  const template = new RecordBatchTemplate(HALO_SCHEMA, HALO_ROWS, "latent");
  const haloBytes = template.encode(rows);
  const works: Readonly<Record<string, readonly [bytes: number, run: () => unknown]>> = {
    "encode a field of 2^20 values": [
      field.byteLength,
      () => encodeRecordBatch(createRecordBatch(FIELD_SCHEMA, [{ values: field }])),
    ],
    "decode it": [
      field.byteLength,
      () => decodeRecordBatch(fieldBytes, FIELD_SCHEMA).list("values", 0),
    ],
    [`encode a halo of ${HALO_ROWS} rows from its template`]: [
      rows.byteLength,
      () => template.encode(rows),
    ],
    "decode the halo": [
      rows.byteLength,
      () => decodeRecordBatch(haloBytes).values("latent", "float32"),
    ],
  };
  const figures: Figure[] = [];
  for (const [name, [bytes, run]] of Object.entries(works)) {
    const time = await medianMs(20 * repeats, run, 20);
    figures.push(rateFigure(name, time, bytes));
  }
  return figures;
}

function rateFigure(name: string, time: number, bytes: number): Figure {
  return { name, medianMs: time, rates: { "MB/s": bytes / time / 1000 } };
}
