/** `deno task study partitioners`. @module */

import { Command, Option } from "commander";
import { basename, join } from "node:path";
import { UserError } from "../../errors.ts";
import { INSTALL_METIS, loadMetis } from "../../pipeline/graph/metis.ts";
import { choosePreset } from "../../pipeline/presets/presets.ts";
import {
  studiedGraph,
  studyPartitioners,
} from "../../pipeline/experiments/studies/partitioner_study.ts";
import { addExamples, inputOption, interruptSignal } from "../command/command_line.ts";
import { commandText } from "../command/command_text.ts";
import { prepareStore } from "../data_sets/prepare_store.ts";
import { fidelityOption, outOption, setOption } from "../options/experiment_options.ts";
import { listFlags, numbersOption, writeStudy } from "./run_studies.ts";

interface PartitionersFlags {
  readonly store?: string | undefined;
  readonly fidelity?: string | undefined;
  readonly parts: readonly number[];
  readonly nodes: number | "all";
  readonly set: readonly string[];
  readonly out?: string | undefined;
}

const PARTS: readonly number[] = [2, 4, 8, 16];

/** Partitioners against edges cut, balance and bytes. */
export const partitioners = new Command("partitioners")
  .description(
    "Strips, coordinate bisection and METIS against edges cut, balance and bytes of each hop.",
  )
  .argument("[preset]", "preset whose graph is cut", "darcy")
  .addOption(
    inputOption("--store <path>", "another data set of the preset, or graphs of `convert edges`"),
  )
  .addOption(fidelityOption())
  .addOption(
    numbersOption("--parts <list>", "numbers of parts", { min: 1 })
      .default(PARTS, PARTS.join(",")),
  )
  .addOption(
    new Option("--nodes <n>", "sampled nodes, or all").argParser(parseNodes).default("all"),
  )
  .addOption(setOption())
  .addOption(outOption("out/study-partitioners-NAME"))
  .action(async (name: string, { parts, out, ...flags }: PartitionersFlags) => {
    const { store, fidelity, nodes, set } = flags;
    const preset = choosePreset(name, fidelity);
    const choice = { ...preset.defaults, store: store ?? preset.defaults.store };
    if (store === undefined) await prepareStore(preset, choice);
    using metis = loadMetis();
    if (metis === undefined) {
      console.error(`METIS is left out: it is not installed; install it with ${INSTALL_METIS}`);
    }
    const graph = await studiedGraph({ preset, choice, changes: set, nodes }, interruptSignal);
    const subject = store === undefined ? preset.name : basename(store).replace(/\.\w+$/, "");
    const directory = out ?? join("out", `study-partitioners-${subject}`);
    const command = commandText("study partitioners", name, { ...flags, ...listFlags({ parts }) });
    await writeStudy(studyPartitioners(graph, parts, metis, command), directory);
  });

addExamples(
  partitioners,
  "deno task study partitioners airfrans",
  "deno task study partitioners --store data/graph.zarr --parts 2,4,8,16,32",
);

function parseNodes(text: string): number | "all" {
  if (text === "all") return text;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new UserError(
    `Cannot read --nodes: it must be "all" or an integer >= 1, received "${text}"`,
  );
}
