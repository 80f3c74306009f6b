/**
 * The error near the subdomain borders and away from them, as bars.
 *
 * @module
 */

import { countOf, formatNumber, formatPercent } from "../../../format.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { MetricsRow } from "../report_data.ts";

/** Two bars per method on one scale; undefined for a mesh without borders. */
export function borderBars(rows: readonly MetricsRow[]): Markup | undefined {
  const shown = rows.filter(({ metrics }) => (metrics.borders?.border.nodeCount ?? 0) > 0);
  const network = shown.find(({ method }) => method === "network")?.metrics.borders;
  if (!network) return undefined;
  const errors = shown.flatMap(({ metrics: { borders } }) =>
    borders ? [borders.border.normalisedRmse, borders.interior.normalisedRmse] : []
  );
  const largest = Math.max(...errors) || 1;
  const bar = (name: string, kind: string, error: number) => {
    const width = `${(100 * error / largest).toFixed(2)}%`;
    return markup`<tr><th scope="row">${name}</th>
<td class="bar"><div class="${kind}" style="width:${width}"></div></td>
<td>${formatNumber(error)}</td></tr>`;
  };
  const table = ({ label, method, metrics: { borders } }: MetricsRow) => {
    const kind = method === "network" ? "bar-network" : "bar-baseline";
    return borders && markup`<table><caption>${label}</caption><tbody>
${bar("near a border", kind, borders.border.normalisedRmse)}
${bar("interior", `${kind} pale`, borders.interior.normalisedRmse)}</tbody></table>`;
  };
  const { border, interior } = network;
  const share = formatPercent(border.nodeCount / (border.nodeCount + interior.nodeCount));
  const nodes = countOf(border.nodeCount, "node");
  return markup`<figure class="border-error"><p>${verdict(network.ratio)}</p>${shown.map(table)}
<figcaption>Normalised RMSE. ${share} of the nodes of all test samples (${nodes}) are near another
subdomain.</figcaption></figure>`;
}

function verdict(ratio: number | undefined): Markup {
  if (ratio === undefined) {
    return markup`The two groups of nodes cannot be compared: one is empty or exact.`;
  }
  const times = `${formatNumber(ratio)} times`;
  return markup`Near the subdomain borders the error is <b>${times}</b> that of the interior.`;
}
