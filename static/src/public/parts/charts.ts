// Drawings of the auditor's page, as SVG in the page's own colours.

import { element } from "./words.ts";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, EDGE] = [640, 160, 8];

/** What was seen at a time. */
export interface Point {
  readonly at_ms: number;
  readonly size: number;
}

/** How the ledger grew, as a stepped line with its two ends in words: time across, entries upwards. */
export function growthChart(seen: readonly Point[], title: string): HTMLElement {
  const figure = element("figure", "growth");
  const ends = element("figcaption", "ends hint");
  for (const point of [seen[0]!, seen[seen.length - 1]!]) ends.append(element("span", "", inWords(point)));
  figure.append(line(seen, title), ends);
  return figure;
}

function inWords({ at_ms, size }: Point): string {
  const language = document.documentElement.lang;
  const when = new Date(at_ms).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  return `${when}: ${size.toLocaleString(language)}`;
}

function line(seen: readonly Point[], title: string): SVGElement {
  const [first, last] = [seen[0]!, seen[seen.length - 1]!];
  const span_ms = Math.max(last.at_ms - first.at_ms, 1);
  const x = (at_ms: number): number => EDGE + ((at_ms - first.at_ms) / span_ms) * (WIDTH - 2 * EDGE);
  const most = Math.max(...seen.map(({ size }) => size), 1);
  const y = (size: number): number => HEIGHT - EDGE - (size / most) * (HEIGHT - 2 * EDGE);
  const steps = seen.map(({ at_ms, size }, at) => (at === 0 ? `M${x(at_ms)} ${y(size)}` : `H${x(at_ms)}V${y(size)}`));
  const chart = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "chart" });
  const name = drawn("title", {});
  name.textContent = title;
  chart.append(name, drawn("path", { d: `M${EDGE} ${HEIGHT - EDGE}H${WIDTH - EDGE}`, class: "axis" }));
  chart.append(drawn("path", { d: steps.join(""), class: "line" }));
  for (const { at_ms, size } of seen) chart.append(drawn("circle", { cx: x(at_ms), cy: y(size), r: 3, class: "dot" }));
  return chart;
}

/** How many entries there are of each kind: a table whose bars are `meter` elements. */
export function kindBars(kinds: ReadonlyMap<number, number>, nameOf: (kind: number) => string): HTMLElement {
  const table = element("table", "kinds");
  const most = Math.max(...kinds.values(), 1);
  for (const [kind, count] of [...kinds].sort(([, a], [, b]) => b - a)) {
    const row = element("tr");
    const bar = document.createElement("meter");
    [bar.max, bar.value] = [most, count];
    const cell = element("td", "bar");
    cell.append(bar);
    row.append(element("th", "", nameOf(kind)), cell);
    row.append(element("td", "count", count.toLocaleString(document.documentElement.lang)));
    table.append(row);
  }
  return table;
}

function drawn(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
