/**
 * The error near the subdomain borders against the interior, as bars.
 *
 * @module
 */

import { countOf, formatNumber, formatPercent } from "../format.ts";
import { type Markup, markup } from "../markup.ts";
import type { MetricsRow } from "../report_data.ts";

/** Two bars per method on one scale; undefined where there are no borders. */
export function borderError(rows: readonly MetricsRow[]): Markup | undefined {
  const shown = rows.filter(({ metrics }) => (metrics.borders?.border.nodeCount ?? 0) > 0);
  const network = shown.find(({ method }) => method === "network")?.metrics.borders;
  if (!network) return undefined;
  const largest = Math.max(...shown.flatMap(({ metrics }) => [
    metrics.borders?.border.normalisedRmse ?? 0,
    metrics.borders?.interior.normalisedRmse ?? 0,
  ]));
  const bar = (name: string, kind: string, error: number) =>
    markup`
      <tr>
        <th scope="row">${name}</th>
        <td class="bar">
          <div class="${kind}" style="width:${(100 * error / (largest || 1)).toFixed(2)}%"></div>
        </td>
        <td>${formatNumber(error)}</td>
      </tr>
    `;
  const share = network.border.nodeCount / (network.border.nodeCount + network.interior.nodeCount);
  return markup`
    <figure
      class="border-error"><p>${verdict(network.ratio)}</p>${
    shown.map((
      { label, method, metrics: { borders } },
    ) =>
      borders &&
      markup`<table><caption>${label}</caption>${
        bar(
          "near a border",
          method === "network" ? "bar-network" : "bar-baseline",
          borders.border.normalisedRmse,
        )
      }${
        bar(
          "interior",
          method === "network" ? "bar-network pale" : "bar-baseline pale",
          borders.interior.normalisedRmse,
        )
      }</table>`
    )
  }<figcaption>Normalised RMSE. ${formatPercent(share)} of the nodes (${
    countOf(
      network.border.nodeCount,
      "node",
    )
  } over all test samples) lie near another subdomain.</figcaption></figure>
  `;
}

function verdict(ratio: number | undefined): Markup {
  if (ratio === undefined) return markup`The two groups of nodes cannot be compared: one is empty or exact.`;
  return markup`Near the subdomain borders the error is <b>${
    formatNumber(ratio)
  } times</b> that of the interior.`;
}
