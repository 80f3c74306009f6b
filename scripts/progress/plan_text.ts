/**
 * A plan as text for the terminal.
 *
 * @module
 */

import type { Machine } from "../../pipeline/run/plan/machine.ts";
import type { Plan, TrainingPlan } from "../../pipeline/run/plan/plan.ts";
import { countOf, formatBytes, formatCount, formatPercent, formatSeconds } from "../../format.ts";
import type { Foreseen, PlanComparison } from "../../pipeline/reporting/report_data.ts";
import { textTable } from "../../pipeline/reporting/tables/text_table.ts";

/** The plan as lines: the pipeline, a row for each rank, messages, memory and time. */
export function planText(plan: Plan, machine: Machine | undefined): string {
  const { training } = plan;
  const steps = countOf(Math.round(training.steps), "step");
  return [
    `Plan of ${plan.name}: ${steps} of ${training.stage} on ` +
    `${countOf(training.ranks, "rank")} (${training.device})`,
    "",
    ...plan.stages.map(stageLine),
    "",
    ...rankTable(training),
    "",
    neighbourLine(training),
    ...messageLines(training),
    `memory       about ${formatBytes(plan.peakBytes)} in total` +
    (machine
      ? `; ${formatBytes(machine.availableBytes)} of ${formatBytes(machine.totalBytes)} are ` +
        "available"
      : ""),
    `time         about ${formatSeconds(training.stepSeconds)} per step, ` +
    `${formatSeconds(plan.seconds)} in total`,
  ].join("\n");
}

/** Predicted and measured figures in one line. */
export function comparisonText({ peakBytes, stepSeconds }: PlanComparison): string {
  const text = ({ predicted, measured }: Foreseen, format: (value: number) => string) =>
    `${format(measured)} (${format(predicted)} predicted)`;
  const step = stepSeconds === undefined ? "" : `, ${text(stepSeconds, formatSeconds)} per step`;
  return `Peak memory ${text(peakBytes, formatBytes)}${step}`;
}

function stageLine({ name, ranks, from }: Plan["stages"][number]): string {
  return [
    `  ${name}`,
    ranks > 1 ? ` (${countOf(ranks, "rank")})` : "",
    from.length > 0 ? ` from ${from.join(", ")}` : "",
  ].join("");
}

/** Nodes, ghosts and edges of the first graph, and the cost of a step on it. */
function rankTable(training: TrainingPlan): readonly string[] {
  const { nodeCounts, ghostCounts, edgeCounts, costs, rankBytes } = training;
  const row = (name: string, ranks: readonly number[]) => {
    const total = (figure: (rank: number) => number) =>
      ranks.reduce((sum, rank) => sum + figure(rank), 0);
    return [
      name,
      formatCount(total((rank) => nodeCounts[rank])),
      formatCount(total((rank) => ghostCounts[rank])),
      formatCount(total((rank) => edgeCounts[rank])),
      (total((rank) => costs[rank].operations) / 1e9).toPrecision(3),
      formatBytes(total((rank) => rankBytes[rank])),
    ];
  };
  const all = nodeCounts.map((_, rank) => rank);
  const rows = all.map((rank) => row(String(rank), [rank]));
  if (all.length > 1) rows.push(row("all", all));
  return textTable("rank", ["nodes", "ghosts", "edges", "GFLOP per step", "peak memory"], rows);
}

/** Neighbours and components of the first graph. */
function neighbourLine({ connectivity }: TrainingPlan): string {
  const { nodeCount, minEdges, medianEdges, maxEdges, fullCount } = connectivity;
  const { componentCount, isolatedCount } = connectivity;
  return [
    `neighbours   ${minEdges} at least, ${medianEdges} in the median, ${maxEdges} at most`,
    fullCount > 0 ? `; ${formatPercent(fullCount / nodeCount)} of the nodes have maxEdges` : "",
    componentCount > 1 ? `; ${componentCount} separate parts, ${isolatedCount} isolated nodes` : "",
  ].join("");
}

function messageLines({ ranks, costs }: TrainingPlan): readonly string[] {
  if (ranks === 1) return [];
  const total = (figure: (cost: TrainingPlan["costs"][number]) => number) =>
    costs.reduce((sum, cost) => sum + figure(cost), 0);
  const forward = total((cost) => cost.forwardHaloBytes) / Math.max(1, costs[0].forwardHalos);
  const backward = total((cost) => cost.backwardHaloBytes) / Math.max(1, costs[0].backwardHalos);
  return [
    `each hop     ${formatBytes(forward)} of latents forward, ${formatBytes(backward)} of ` +
    "gradients backward, all ranks together",
    `all-reduce   ${formatBytes(costs[0].reduceBytes)} of gradients from each rank`,
  ];
}
