// Where words of the text were agreed before: said of what is selected, read beside the clause and below the text.

import type { EditorState } from "prosemirror-state";
import { useId, useMemo, useState } from "preact/hooks";
import {
  type CitedStretch,
  type CitedWords,
  LONGEST_SOURCE,
  citationAround,
  citationsIn,
  sourcesIn,
  wordsAt,
} from "../../draft/model/citations.ts";
import { fragmentIn } from "../../draft/model/doc.ts";
import { readInline, textIn } from "../../draft/model/inline.ts";
import { allProposals } from "../../draft/negotiation/support.ts";
import type { Id } from "../../wire/ids.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { useNegotiation, useShowClause } from "../negotiation/use-negotiation.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import type { Desk } from "./desk.ts";
import { selectedSpan } from "./places.ts";
import { offsetOfPlace, placeWords } from "./use-cursors.ts";
import { useDraft } from "./use-draft.ts";

/** What is to be cited: places that stay with their letters while others write, and what stands there now. */
export interface Citing {
  node: string;
  lang: string;
  from: string;
  to: string;
  words: string;
  /** Of the citation that is there; "" for none. */
  source: string;
}

/** What is selected in the open clause, or else at rest; the citation around the cursor; null for neither. */
export function citingAt(desk: Desk, lang: string, open: string | undefined, editor: EditorState | undefined): Citing | null {
  const span = editor === undefined || open === undefined ? selectedSpan() : null;
  if (span !== null && span.from.node !== span.to.node) return null;
  const node = span?.from.node ?? open;
  if (node === undefined) return null;
  const { from, to } = span === null ? (editor?.selection ?? { from: 0, to: 0 }) : { from: span.from.offset, to: span.to.offset };
  return citingOf(desk, { node, lang, from, to });
}

function citingOf(desk: Desk, stretch: CitedStretch): Citing | null {
  const { node, lang } = stretch;
  const fragment = fragmentIn(desk.text, node, lang);
  if (fragment === undefined) return null;
  const text = textIn(fragment);
  const runs = readInline(text);
  const around = citationAround(stretch, runs);
  // The cursor alone stands for the whole citation; what is selected, for itself.
  const { from, to } = stretch.from === stretch.to && around !== null ? around : stretch;
  if (from === to) return null;
  const places = { from: placeWords(text, from), to: placeWords(text, to) };
  return { node, lang, ...places, words: wordsAt({ node, lang, from, to }, runs), source: around?.source ?? "" };
}

export function CiteDialog({ citing, onClose }: { citing: Citing; onClose: () => void }) {
  const { desk, ops, document, lang } = useDraft();
  const { boards } = useNegotiation();
  const [source, setSource] = useState(citing.source);
  const list = useId();
  const known = useMemo(() => {
    const proposed = allProposals(boards).flatMap(({ cites }) => cites.map((cite) => cite.source));
    return [...new Set([...sourcesIn(document, lang).keys(), ...proposed])].filter((each) => each !== "");
  }, [document, lang, boards]);
  const say = (words: string): void => {
    const fragment = fragmentIn(desk.text, citing.node, citing.lang);
    const text = fragment && textIn(fragment);
    const [from, to] = [citing.from, citing.to].map((place) => (text === undefined ? null : offsetOfPlace(text, place)));
    if (from != null && to != null) {
      desk.undo.stopCapturing();
      ops.cite({ node: citing.node, lang: citing.lang, from, to }, words);
      desk.undo.stopCapturing();
      desk.flush();
    }
    onClose();
  };
  return (
    <Dialog title={t("draft.cite")} size="small" keepOpen onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (source.trim() !== "") say(source);
        }}
      >
        <blockquote class="cite-words" lang={citing.lang} dir="auto">
          {citing.words}
        </blockquote>
        <Field label={t("draft.cite.source")} hint={t("draft.cite.hint")}>
          {(ids) => (
            <input
              {...ids}
              type="text"
              dir="auto"
              list={list}
              autofocus
              maxLength={LONGEST_SOURCE}
              value={source}
              onInput={(event) => setSource(event.currentTarget.value)}
            />
          )}
        </Field>
        <datalist id={list}>
          {known.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <DialogActions>
          {citing.source !== "" && (
            <button type="button" class="button-danger" onClick={() => say("")}>
              {t("draft.cite.remove")}
            </button>
          )}
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button type="submit" class="button-primary" disabled={source.trim() === ""}>
            {t("draft.cite.submit")}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** Beside a clause: its words that were agreed elsewhere, and where. */
export function CitationSection({ node }: { node: Id }) {
  const { desk, mode, lang, document } = useDraft();
  const [changing, setChanging] = useState<Citing | null>(null);
  const runs = document.nodes.find(({ id }) => id === node)?.text[lang] ?? [];
  const found = citationsIn(node, lang, runs);
  if (found.length === 0) return null;
  return (
    <section class="neg-section">
      <h3>{t("draft.sources")}</h3>
      <ul class="cite-list">
        {found.map((citation) => (
          <li key={citation.from}>
            <Cited citation={citation} />
            {mode === "write" && (
              <button type="button" class="button-small" onClick={() => setChanging(citingOf(desk, citation))}>
                {t("draft.cite.change")}
              </button>
            )}
          </li>
        ))}
      </ul>
      {changing !== null && <CiteDialog citing={changing} onClose={() => setChanging(null)} />}
    </section>
  );
}

function Cited({ citation: { words, source, lang } }: { citation: CitedWords }) {
  return (
    <>
      <q lang={lang} dir="auto">
        {words}
      </q>
      <cite class="cite-source" dir="auto">
        <Icon name="terms" size={14} /> {source}
      </cite>
    </>
  );
}

/** Below the text: every source that it cites, with ways to the clauses that do. */
export function Sources() {
  const { document, lang } = useDraft();
  const { names } = useNegotiation();
  const show = useShowClause();
  const sources = useMemo(() => [...sourcesIn(document, lang)], [document, lang]);
  if (sources.length === 0) return null;
  const go = (node: string): void => {
    show(node);
    requestAnimationFrame(() => {
      const row = globalThis.document.querySelector<HTMLElement>(`[data-row="${CSS.escape(node)}"]`);
      row?.scrollIntoView({ block: "center" });
      row?.focus({ preventScroll: true });
    });
  };
  return (
    <section class="text-sources" aria-label={t("draft.sources")}>
      <h2>{t("draft.sources")}</h2>
      <ul class="cite-list">
        {sources.map(([source, nodes]) => (
          <li key={source}>
            <cite class="cite-source" dir="auto">
              {source}
            </cite>
            {nodes.map((node) => (
              <button key={node} type="button" class="button-link" onClick={() => go(node)}>
                {names.of(node)}
              </button>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
