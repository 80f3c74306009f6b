/** `deno task convert edges EDGES --nodes NODES --out X.zarr`. @module */

import { Command } from "commander";
import { UserError } from "../../errors.ts";
import { openEdgeList } from "../../pipeline/datasets/edge_list.ts";
import type { SplitShares } from "../../pipeline/datasets/splits.ts";
import { addExamples, inputArgument, inputOption, integerOption } from "../command/command_line.ts";
import { splitsOption } from "../options/splits_option.ts";
import {
  addTargetOptions,
  convertAndSummarize,
  convertOnce,
  type TargetFlags,
  targetOf,
} from "./convert_to.ts";
import { namesOption } from "./names_option.ts";

interface EdgesFlags extends TargetFlags {
  readonly nodes?: string | undefined;
  readonly inputs?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  readonly position?: readonly string[] | undefined;
  readonly id?: string | undefined;
  readonly ends?: readonly string[] | undefined;
  readonly sample?: string | undefined;
  readonly firstRow?: number | undefined;
  readonly undirected: boolean;
  readonly splits?: SplitShares | undefined;
}

const MODULE = new URL("../../pipeline/datasets/edge_list.ts", import.meta.url);

/** Any graph. */
export const edges = addTargetOptions(
  new Command("edges")
    .description(
      "Any graph, from a table of edges (columns sender, receiver) and one of nodes (column id " +
        "and their data), as CSV, Parquet or Arrow. With a column graph in both, each graph is a " +
        "sample.",
    )
    .addArgument(inputArgument("<edges>", "table of edges"))
    .addOption(inputOption("--nodes <file>", "table of nodes (required)")),
)
  .addOption(namesOption("--inputs <names>", "columns of nodes that the network reads"))
  .addOption(
    namesOption(
      "--targets <names>",
      "columns that the network predicts (without --inputs and --targets: all numeric columns, " +
        "without roles)",
    ),
  )
  .addOption(
    namesOption(
      "--position <names>",
      "columns of coordinates, or order for breadth-first order on a line (default: x, y, z, if " +
        "the names of inputs or targets are given and are others)",
    ),
  )
  .option("--id <name>", "column of nodes to which edges refer (default: id or node, else rows)")
  .addOption(
    namesOption(
      "--ends <names>",
      "columns of edges (default: sender, source, src or from; receiver, target, dst or to)",
    ),
  )
  .option("--sample <name>", "column of both tables that separates graphs (default: graph)")
  .addOption(
    integerOption(
      "--first-row <n>",
      "number of the first row of nodes, if edges refer to rows (default: 0; required if no edge " +
        "names row 0)",
      0,
    ),
  )
  .option("--undirected", "add the reverse of every edge that lacks it", false)
  .addOption(splitsOption("75/5/20"))
  .action(
    async (
      file: string,
      flags: EdgesFlags,
    ) => {
      const { nodes, inputs, targets, position, id, ends, sample, firstRow, undirected } = flags;
      const out = targetOf(file, flags);
      if (nodes === undefined) {
        throw new UserError(
          `Cannot convert "${file}": --nodes is required; give the path of the table of nodes`,
        );
      }
      const options = {
        inputs,
        targets,
        position,
        id,
        ends,
        sample,
        firstRow,
        undirected,
        shares: flags.splits,
      };
      await convertOnce(
        { command: "convert edges", module: MODULE, sources: [file, nodes], options },
        out,
        flags,
        async () => await convertAndSummarize(out, await openEdgeList(file, nodes, options), flags),
      );
    },
  );

addExamples(
  edges,
  "deno task convert edges edges.csv --nodes nodes.csv --inputs age --targets load " +
    "--undirected --out data/grid.zarr",
);
