// A version as it is read, or what changed between two: insertions underlined, deletions struck out, brackets as signs
// with the names of those who are behind each option. Used on the screen and on paper.

import type { ComponentChildren } from "preact";
import { directionOf, isHeading, labelOf, removalIn } from "../../draft/exports/labels.ts";
import type { Footnote } from "../../draft/exports/manuscript.ts";
import type { Operation } from "../../draft/redline/compare.ts";
import type { Entry, Piece } from "../../draft/redline/redline.ts";
import type { Atom } from "../../draft/redline/signs.ts";
import { t } from "../i18n.ts";

interface RedlineViewProps {
  entries: readonly Entry[];
  notes: ReadonlyMap<string, Footnote>;
  lang: string;
  /** Names of delegations. */
  nameOf: (delegation: string) => string;
}

const SIGNS = { open: "[", or: " / ", close: "]" } as const;
/** What is one place where something changed, for going from one to the next. */
export const CHANGE_PLACE = "data-change";

export function RedlineView({ entries, notes, lang, nameOf }: RedlineViewProps) {
  const depths = depthsOf(entries);
  const about = { notes, lang, nameOf };
  return (
    <div class="redline" lang={lang} dir={directionOf(lang)}>
      {entries.map((entry, index) => (
        <EntryLine
          key={`${entry.node} ${entry.change === "away"}`}
          entry={entry}
          depth={depths[index] ?? 0}
          {...about}
        />
      ))}
      {notes.size > 0 && (
        <ol class="redline-notes">
          {[...notes].map(([node, { pieces }]) => (
            <li key={node}>
              <Pieces pieces={pieces} {...about} />
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

type About = Omit<RedlineViewProps, "entries">;

/** How far each clause is set in: points by how many of them they stand in. */
function depthsOf(entries: readonly Entry[]): number[] {
  const points = new Map<string, number>();
  return entries.map(({ node, kind, parent }) => {
    const depth = kind === "point" ? (points.get(parent) ?? 0) + 1 : 0;
    if (kind === "point") points.set(node, depth);
    return Math.min(depth, 4);
  });
}

function EntryLine({ entry, depth, ...about }: About & { entry: Entry; depth: number }) {
  const { kind, change } = entry;
  const label = labelOf(entry, about.lang);
  const changed = change === "same" ? {} : { [CHANGE_PLACE]: "" };
  const whole: Operation =
    change === "inserted" ? "inserted" : change === "deleted" || change === "away" ? "deleted" : "same";
  return (
    <div
      class={`redline-clause redline-${kind} redline-depth-${depth} redline-${change}`}
      {...changed}
      {...headingOf(entry)}
    >
      {label !== "" && (
        <span class="redline-number">
          <Changed op={whole}>{label}</Changed>
        </span>
      )}
      <span class="redline-words">
        <Pieces pieces={entry.pieces} {...about} />
        <Moved entry={entry} />
      </span>
    </div>
  );
}

/** Headings inside one another are told to those who do not see the page: the title, then by depth. */
function headingOf({ kind, depth }: Entry): { role?: "heading"; "aria-level"?: number } {
  if (kind === "title") return { role: "heading", "aria-level": 3 };
  return isHeading(kind) ? { role: "heading", "aria-level": 4 + Math.min(depth, 2) } : {};
}

function Moved({ entry: { change, otherNumber } }: { entry: Entry }) {
  if (change !== "moved" && change !== "away") return null;
  const number = otherNumber;
  const words =
    number === "" ? t("exchange.moved") : t(change === "moved" ? "exchange.movedFrom" : "exchange.movedTo", { number });
  return (
    <span class="redline-moved" dir="auto">
      {words}
    </span>
  );
}

function Pieces({ pieces, ...about }: About & { pieces: readonly Piece[] }) {
  return (
    <>
      {pieces.map(({ op, atom }, index) => (
        <Changed key={index} op={op}>
          <AtomView atom={atom} {...about} />
        </Changed>
      ))}
    </>
  );
}

function Changed({ op, children }: { op: Operation; children: ComponentChildren }) {
  if (op === "inserted") return <ins>{children}</ins>;
  return op === "deleted" ? <del>{children}</del> : <>{children}</>;
}

function AtomView({ atom, notes, lang, nameOf }: About & { atom: Atom }) {
  switch (atom.t) {
    case "text": {
      const strong = atom.strong ? <strong>{atom.text}</strong> : atom.text;
      return atom.em ? <em>{strong}</em> : <>{strong}</>;
    }
    case "break":
      return <br />;
    case "note":
      return <sup>{notes.get(atom.note)?.number ?? "*"}</sup>;
    case "sign":
      return <span class="redline-sign">{SIGNS[atom.sign]}</span>;
    case "by":
      return (
        <span class="redline-by">
          {" ("}
          <bdi>{atom.delegations.map(nameOf).join("; ")}</bdi>)
        </span>
      );
    case "removal":
      return <em class="redline-removal">{removalIn(lang)}</em>;
  }
}
