// How the text converges: a chart that can be heard and read as a table too. Lines differ by their strokes.

import { useMemo, useState } from "preact/hooks";
import { type Point, type SeriesAct, convergence, stepPath, withinTheDraft } from "../../draft/negotiation/convergence.ts";
import type { ActLog } from "../../member/drafts/api.ts";
import { clockTime, dayKey, deadline, number, shortDay } from "../format.ts";
import { t } from "../i18n.ts";
import { useNegotiation } from "./use-negotiation.ts";

const WIDTH = 640;
const HEIGHT = 180;
const LINES = ["brackets", "options", "agreed"] as const;

export function Convergence() {
  const { document, view } = useNegotiation();
  const [asTable, setAsTable] = useState(false);
  const points = useMemo(() => {
    const acts = view.actLog.flatMap(seriesAct);
    const begun_ms = view.actLog[0]?.at_ms ?? 0;
    const said = document.brackets.map(({ id, at, options }) => ({ id, at_ms: at, options: options.length }));
    return fromTheBeginning(convergence(withinTheDraft(said, acts, { begun_ms, now_ms: Date.now() }), acts), begun_ms);
  }, [document, view.actLog]);
  const newest = points.at(-1);
  return (
    <section class="neg-part" aria-label={t("negotiation.convergence.title")}>
      <h2>{t("negotiation.convergence.title")}</h2>
      {newest === undefined ? (
        <p class="neg-empty">{t("negotiation.convergence.none")}</p>
      ) : (
        <>
          <p>{t("negotiation.convergence.now", { ...newest })}</p>
          <Chart points={points} />
          <button type="button" class="button-link" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            {t(asTable ? "negotiation.convergence.hideTable" : "negotiation.convergence.table")}
          </button>
          {asTable && <PointTable points={points} />}
        </>
      )}
      <p class="quiet">{t("negotiation.convergence.text")}</p>
    </section>
  );
}

/** With the moment at which the draft began, when there was nothing yet. */
function fromTheBeginning(points: Point[], begun_ms: number): Point[] {
  const [first] = points;
  if (first === undefined || begun_ms >= first.at_ms) return points;
  return [{ at_ms: begun_ms, brackets: 0, options: 0, agreed: 0 }, ...points];
}

function seriesAct({ refused, content, at_ms, number: place }: ActLog): SeriesAct[] {
  if (refused !== null) return [];
  const when = { at_ms, number: place };
  switch (content.t) {
    case "decide":
      return [{ t: "decide", bracket: content.bracket, option: content.option, over: content.over, ...when }];
    case "agree":
      return [{ t: "agree", nodes: content.items.map(({ node }) => node), ...when }];
    case "reopen":
      return [{ t: "reopen", nodes: content.nodes, ...when }];
    default:
      return [];
  }
}

function Chart({ points }: { points: readonly Point[] }) {
  const from_ms = points[0]?.at_ms ?? 0;
  const to_ms = Math.max(Date.now(), from_ms + 1);
  const most = Math.max(1, ...points.flatMap((point) => LINES.map((line) => point[line])));
  const label = dayKey(from_ms) === dayKey(to_ms) ? clockTime : shortDay;
  const box = { width: WIDTH, height: HEIGHT, from_ms, to_ms, most };
  return (
    <figure class="neg-chart">
      <ul class="neg-legend">
        {LINES.map((line) => (
          <li key={line}>
            <svg width="28" height="8" aria-hidden="true" focusable="false">
              <path class={`neg-line neg-line-${line}`} d="M0 4H28" />
            </svg>{" "}
            {t(`negotiation.convergence.${line}`)}
          </li>
        ))}
      </ul>
      <svg
        viewBox={`-36 -8 ${WIDTH + 44} ${HEIGHT + 32}`}
        role="img"
        aria-label={t("negotiation.convergence.label", {
          from: label(from_ms),
          to: label(to_ms),
          ...points.at(-1),
        })}
      >
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <line class="neg-grid" x1="0" x2={WIDTH} y1={HEIGHT * (1 - part)} y2={HEIGHT * (1 - part)} />
            <text class="neg-axis" x="-8" y={HEIGHT * (1 - part) + 4} text-anchor="end">
              {number(Math.round(most * part * 10) / 10)}
            </text>
          </g>
        ))}
        <text class="neg-axis" x="0" y={HEIGHT + 18}>
          {label(from_ms)}
        </text>
        <text class="neg-axis" x={WIDTH} y={HEIGHT + 18} text-anchor="end">
          {label(to_ms)}
        </text>
        {LINES.map((line) => (
          <path key={line} class={`neg-line neg-line-${line}`} d={stepPath(points, (point) => point[line], box)} />
        ))}
      </svg>
    </figure>
  );
}

function PointTable({ points }: { points: readonly Point[] }) {
  return (
    <div class="neg-scroll">
      <table class="neg-table">
        <thead>
          <tr>
            <th scope="col">{t("negotiation.convergence.when")}</th>
            {LINES.map((line) => (
              <th key={line} scope="col">
                {t(`negotiation.convergence.${line}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.at_ms}>
              <th scope="row">{deadline(point.at_ms)}</th>
              {LINES.map((line) => (
                <td key={line}>{number(point[line])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
