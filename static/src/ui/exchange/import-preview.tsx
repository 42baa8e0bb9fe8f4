// The clauses that an import would make, with the numbers that they would have.

import { useMemo } from "preact/hooks";
import type { ImportedNode, ImportedText } from "../../draft/imports/clauses.ts";
import { directionOf, isHeading, labelOf } from "../../draft/exports/labels.ts";
import { atomsOf } from "../../draft/redline/signs.ts";
import { numberClauses } from "../../wire/drafts/numbering.ts";
import { t, tn } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";

/** As many clauses as anybody looks through; the others are counted. */
const MOST_SHOWN = 300;
const SIGNS = { open: "[", or: " / ", close: "]" } as const;

export function ImportPreview({ imported, lang }: { imported: ImportedText; lang: string }) {
  const { nodes, brackets, warnings } = imported;
  const clauses = nodes.filter(({ kind }) => kind !== "note");
  const numbers = useMemo(() => numberClauses(nodes), [imported]);
  const left = clauses.length - MOST_SHOWN;
  return (
    <section class="import-preview" aria-label={t("exchange.preview")}>
      <p class="import-counts" role="status">
        {tn("exchange.clauses", clauses.length)}
        {brackets.length > 0 && ` · ${tn("exchange.brackets", brackets.length)}`}
      </p>
      {warnings.length > 0 && (
        <Notice tone="warning">
          {warnings.map((warning) => (
            <div key={warning}>{t(`exchange.warning.${warning}`)}</div>
          ))}
        </Notice>
      )}
      <div class="import-clauses" lang={lang} dir={directionOf(lang)} tabIndex={0}>
        {clauses.slice(0, MOST_SHOWN).map((node) => (
          <Clause key={node.id} node={node} counted={numbers.get(node.id)} brackets={brackets} lang={lang} />
        ))}
      </div>
      {left > 0 && <p class="quiet">{tn("exchange.more", left)}</p>}
    </section>
  );
}

interface ClauseProps {
  node: ImportedNode;
  counted: { number: string; ordinal: number; depth: number } | undefined;
  brackets: ImportedText["brackets"];
  lang: string;
}

function Clause({ node, counted, brackets, lang }: ClauseProps) {
  const { number = "", ordinal = 0, depth = 0 } = counted ?? {};
  const label = labelOf({ kind: node.kind, number, ordinal }, lang);
  const strong = isHeading(node.kind) || node.kind === "title" ? "import-heading" : "";
  return (
    <div class={`import-clause import-depth-${Math.min(depth, 5)} ${strong}`}>
      {label !== "" && <span class="import-number">{label}</span>}
      <span>
        {atomsOf(node.runs, { brackets, supporters: null }).map((atom, index) => {
          if (atom.t === "text") return <span key={index}>{atom.text}</span>;
          if (atom.t === "sign")
            return (
              <span key={index} class="redline-sign">
                {SIGNS[atom.sign]}
              </span>
            );
          if (atom.t === "removal") return <span key={index}>—</span>;
          return atom.t === "break" ? <br key={index} /> : atom.t === "note" ? <sup key={index}>*</sup> : null;
        })}
      </span>
    </div>
  );
}
