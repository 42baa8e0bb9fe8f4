// The matrix clause × delegation. Arrow keys walk its cells; Enter goes to the clause; in the own column keys 1 to 5
// choose a stance, which is then signed.

import { useRef, useState } from "preact/hooks";
import { FILTERS, type Filter, STANCES, filtered, steppedCell } from "../../draft/negotiation/matrix.ts";
import type { Stance } from "../../wire/drafts/acts.ts";
import type { ClauseView } from "../../wire/drafts/projection.ts";
import type { Id } from "../../wire/ids.ts";
import { t, tn } from "../i18n.ts";
import { AgreeDialog } from "./agree-dialog.tsx";
import { StanceBadge, StateBadge } from "./clause-state.tsx";
import { DelegationName, useByName, useDelegationNames } from "./delegations.tsx";
import { MismatchNote } from "./mismatch.tsx";
import { PositionDialog, standingPosition } from "./position-section.tsx";
import { useNegotiation, useShowClause } from "./use-negotiation.ts";

interface Asking {
  clauses: readonly ClauseView[];
  stance: Stance;
}

export function PositionMatrix() {
  const negotiation = useNegotiation();
  const { projection, own, parties, mayAct } = negotiation;
  const [filter, setFilter] = useState<Filter>("all");
  const [asking, setAsking] = useState<Asking | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<Id>>(new Set());
  const [agreeing, setAgreeing] = useState(false);
  const byName = useByName();
  const held = new Set([...parties, ...projection.clauses.flatMap(({ positions }) => Object.keys(positions))]);
  const others = byName([...held].filter((each) => each !== own));
  const columns = own !== "" && held.has(own) ? [own, ...others] : others;
  const clauses = filtered(countable(projection.clauses), filter, own);
  const close = (): void => {
    setAsking(null);
    setAgreeing(false);
    setChosen(new Set());
  };
  const marked = clauses.filter(({ node }) => chosen.has(node));
  const toggle = (node: Id, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(node);
    else next.delete(node);
    setChosen(next);
  };
  return (
    <section class="neg-part" aria-label={t("negotiation.matrix.title")}>
      <h2>{t("negotiation.matrix.title")}</h2>
      <div class="neg-tools">
        <FilterField value={filter} onChange={setFilter} />
        <p class="quiet" role="status">
          {tn("negotiation.clauses", clauses.length)}
        </p>
        {marked.length > 0 && own !== "" && mayAct("position") && (
          <StanceForMany clauses={marked} onChoose={(stance) => setAsking({ clauses: marked, stance })} />
        )}
        {marked.length > 0 && mayAct("agree") && (
          <button type="button" class="button-small" onClick={() => setAgreeing(true)}>
            {tn("negotiation.agree.several", marked.length)}
          </button>
        )}
      </div>
      {clauses.length === 0 ? (
        <p class="neg-empty">{t("negotiation.matrix.none")}</p>
      ) : (
        <Grid clauses={clauses} columns={columns} chosen={chosen} onToggle={toggle} onStance={setAsking} />
      )}
      <p class="quiet">{t("negotiation.matrix.keys")}</p>
      {asking !== null && <PositionDialog {...asking} onClose={close} />}
      {agreeing && <AgreeDialog clauses={marked} level="agreed" onClose={close} />}
    </section>
  );
}

/** Clauses on which a position can be taken: they are not empty, and no footnotes of their own. */
function countable(clauses: readonly ClauseView[]): ClauseView[] {
  return clauses.filter(({ gone, kind }) => !gone && kind !== "note");
}

function FilterField({ value, onChange }: { value: Filter; onChange: (filter: Filter) => void }) {
  return (
    <label class="neg-select">
      <span>{t("negotiation.matrix.filter")}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as Filter)}>
        {FILTERS.map((filter) => (
          <option key={filter} value={filter}>
            {t(`negotiation.matrix.filter.${filter}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface StanceForManyProps {
  clauses: readonly ClauseView[];
  onChoose: (stance: Stance) => void;
}

function StanceForMany({ clauses, onChoose }: StanceForManyProps) {
  return (
    <label class="neg-select">
      <span>{tn("negotiation.matrix.several", clauses.length)}</span>
      <select value="" onChange={(event) => onChoose(event.currentTarget.value as Stance)}>
        <option value="">{t("negotiation.matrix.chooseStance")}</option>
        {STANCES.map((stance) => (
          <option key={stance} value={stance}>
            {t(`negotiation.stance.${stance}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface GridProps {
  clauses: readonly ClauseView[];
  columns: readonly Id[];
  chosen: ReadonlySet<Id>;
  onToggle: (node: Id, on: boolean) => void;
  onStance: (asking: Asking) => void;
}

function Grid({ clauses, columns, chosen, onToggle, onStance }: GridProps) {
  const { own, names, lang, mayAct } = useNegotiation();
  const show = useShowClause();
  const grid = useRef<HTMLTableElement>(null);
  const [at, setAt] = useState<readonly [number, number]>([0, 0]);
  const signs = own !== "" && mayAct("position");
  const focus = (cell: readonly [number, number]): void => {
    setAt(cell);
    grid.current?.querySelector<HTMLElement>(`[data-cell="${cell[0]} ${cell[1]}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLTableCellElement)) return;
    const rightToLeft = document.documentElement.dir === "rtl";
    const next = steppedCell(event.key, at, [clauses.length, columns.length], rightToLeft);
    const clause = clauses[at[0]];
    if (next !== null) focus(next);
    else if (event.key === "Enter" && clause !== undefined) show(clause.node);
    else if (!choosesStance(event.key, clause)) return;
    event.preventDefault();
  };
  const choosesStance = (key: string, clause: ClauseView | undefined): boolean => {
    const stance = STANCES[Number(key) - 1];
    if (stance === undefined || clause === undefined || !signs || columns[at[1]] !== own) return false;
    onStance({ clauses: [clause], stance });
    return true;
  };
  return (
    <div class="neg-scroll" tabIndex={-1}>
      <table class="neg-matrix" role="grid" ref={grid} onKeyDown={onKeyDown} aria-label={t("negotiation.matrix.title")}>
        <thead>
          <tr>
            <th scope="col">{t("negotiation.matrix.clause")}</th>
            {columns.map((delegation) => (
              <th key={delegation} scope="col">
                <DelegationName id={delegation} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {clauses.map((clause, row) => (
            <tr key={clause.node}>
              <th scope="row">
                <span class="neg-row">
                  <input
                    type="checkbox"
                    aria-label={t("negotiation.matrix.choose", { clause: names.of(clause.node) })}
                    checked={chosen.has(clause.node)}
                    onChange={(event) => onToggle(clause.node, event.currentTarget.checked)}
                  />
                  <button type="button" class="button-plain" onClick={() => show(clause.node)}>
                    {names.of(clause.node)}
                  </button>
                  <StateBadge state={clause.state} />
                </span>
                <span class="neg-row-words">
                  <bdi lang={lang}>{names.excerpt(clause.node, lang).words}</bdi>
                </span>
              </th>
              {columns.map((delegation, column) => (
                <Cell
                  key={delegation}
                  clause={clause}
                  delegation={delegation}
                  place={[row, column]}
                  focused={at[0] === row && at[1] === column}
                  onFocus={setAt}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CellProps {
  clause: ClauseView;
  delegation: Id;
  place: readonly [number, number];
  focused: boolean;
  onFocus: (place: readonly [number, number]) => void;
}

function Cell({ clause, delegation, place, focused, onFocus }: CellProps) {
  const negotiation = useNegotiation();
  const { names } = negotiation;
  const name = useDelegationNames();
  const made = standingPosition(negotiation, clause.node, delegation);
  const position = clause.positions[delegation];
  return (
    <td
      tabIndex={focused ? 0 : -1}
      data-cell={`${place[0]} ${place[1]}`}
      title={t("negotiation.matrix.cell", { clause: names.of(clause.node), name: name(delegation) })}
      onFocus={() => onFocus(place)}
    >
      {position === undefined ? (
        <span class="neg-stance-none">
          <span aria-hidden="true">–</span>
          <span class="visually-hidden">{t("negotiation.position.missing")}</span>
        </span>
      ) : (
        <StanceBadge stance={position.stance} fresh={position.fresh} />
      )}
      {made !== null && <MismatchNote account={made.account} delegation={delegation} />}
    </td>
  );
}
