/** `deno task convert FILES... --out X.zarr`. @module */

import { Command } from "commander";
import { openMeshFiles } from "../../io/mesh_file/open_mesh_file.ts";
import type { MeshSource } from "../../io/mesh_file/mesh_file.ts";
import { type MeshStore, openMeshStore } from "../../io/mesh_store.ts";
import type { ImportOptions } from "../../pipeline/datasets/imports/import_options.ts";
import { importMeshes } from "../../pipeline/datasets/imports/import_meshes.ts";
import { summarizeStore } from "../../pipeline/datasets/imports/summarize_store.ts";
import { requireStorePath } from "../../pipeline/datasets/write_samples.ts";
import { addExamples } from "../command/command_line.ts";
import { projectPath } from "../command/paths.ts";
import { printResult } from "../command/result_output.ts";
import { nextCommand, summaryText } from "../data_sets/summary_text.ts";
import { filesArgument, namedFiles } from "../options/files_argument.ts";
import { addImportOptions, fileOptionsOf, type ImportFlags } from "../options/import_flags.ts";
import { startProgress } from "../progress/progress.ts";
import { isStore, openExisting } from "./convert_existing.ts";
import {
  addTargetOptions,
  convertOnce,
  convertTo,
  type TargetFlags,
  targetOf,
} from "./convert_to.ts";

interface FilesFlags extends TargetFlags, ImportFlags {
  readonly json?: boolean | undefined;
}

const MODULE = new URL("../../pipeline/datasets/imports/import_meshes.ts", import.meta.url);

/** Meshes in files of any format that is recognised. */
export const files = addImportOptions(
  addTargetOptions(
    new Command("files")
      .alias("vtu")
      .description("Meshes with fields from files of other programs (the default command).")
      .addArgument(filesArgument("files, folders and patterns; their names become ids of samples"))
      .option("--json", "print the summary as JSON", false),
  ),
).action(async (args: readonly string[], flags: FilesFlags) => {
  const out = targetOf(args[0], flags);
  const paths = await namedFiles(args);
  const options = await fileOptionsOf(flags);
  const { overwrite, mantissaBits, json: isQuiet } = flags;
  const source = await isStore(paths) ? undefined : await openMeshFiles(paths, options.source);
  await convertOnce(
    // The names of the files become the ids of the samples.
    {
      command: "convert files",
      module: MODULE,
      sources: source?.files ?? paths,
      options: { ...options, missing: flags.missing?.map(String), paths },
    },
    out,
    flags,
    async () => {
      await requireStorePath(out, overwrite);
      const store = source === undefined
        ? await openExisting(paths[0], options.import)
        : await importWithProgress(source, options.import);
      await convertTo(out, store, { overwrite, mantissaBits, isQuiet });
    },
    isQuiet,
  );
  const summary = await summarizeStore(await openMeshStore(out));
  if (flags.json) return printResult("summary", JSON.stringify(summary, null, 2));
  console.log(summaryText(summary));
  console.log(`Next: ${nextCommand(summary, projectPath(out))}`);
});

async function importWithProgress(
  source: MeshSource,
  options: ImportOptions,
): Promise<MeshStore> {
  const progress = startProgress("read", source.samples.length, "samples");
  try {
    return (await importMeshes(source, options, (done) => progress.update(done))).store;
  } finally {
    progress.stop();
  }
}

addExamples(
  files,
  "deno task convert run*/wing.vtu --inputs sdf --targets U,p --out data/wings.zarr",
  "deno task convert results --targets T --test 'run_9*' --out data/results.zarr",
);
