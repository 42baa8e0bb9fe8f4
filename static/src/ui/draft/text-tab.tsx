// The text on the table: all its clauses, one of them open for writing, with the outline and what is to be said of a
// clause beside it.

import { useEffect, useMemo, useState } from "preact/hooks";
import type { EditorView } from "prosemirror-view";
import { ensureFragment } from "../../draft/model/clauses.ts";
import { EDIT, fragmentIn } from "../../draft/model/doc.ts";
import { directionOf, labelOf } from "../../draft/exports/labels.ts";
import { lengthOfRuns, textIn } from "../../draft/model/inline.ts";
import type { DraftView } from "../../member/api.ts";
import type { ClauseView } from "../../wire/drafts/projection.ts";
import type { TextNode } from "../../wire/drafts/text.ts";
import { t } from "../i18n.ts";
import { ClauseInspector } from "../negotiation/inspector.tsx";
import { TranslateDialog } from "../negotiation/translate-dialog.tsx";
import { Sources } from "./citing.tsx";
import { ClauseRow } from "./clause-row.tsx";
import { ClauseText } from "./clause-text.tsx";
import { ClauseEditor } from "./editor/clause-editor.tsx";
import type { Surroundings } from "./editor/decorations.ts";
import { Find } from "./find.tsx";
import { isFresh, machineWords } from "./machine-words.ts";
import { Outline } from "./outline.tsx";
import { clauseTextAround, placeAt, selectedSpan } from "./places.ts";
import { Proposing } from "./proposing.tsx";
import { TextNotices } from "./text-notices.tsx";
import { Toolbar } from "./toolbar.tsx";
import { useOthers, useTelling } from "./use-cursors.ts";
import { useDraft } from "./use-draft.ts";
import { type Layout, useLayout } from "./use-layout.ts";
import { type Writing, moveAmong, useWriting } from "./use-writing.ts";

export type Beside = "outline" | "inspector" | null;

export function TextTab() {
  const { document, selected, lang, mode } = useDraft();
  const writing = useWriting();
  const layout = useLayout();
  const [beside, setBeside] = useState<Beside>(null);
  const [finding, setFinding] = useState(false);
  const onKeyDown = (event: KeyboardEvent): void => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "f") {
      event.preventDefault();
      setFinding(true);
    }
  };
  return (
    <div class="text-tab" data-beside={beside ?? "none"} onKeyDown={onKeyDown} data-mode={mode}>
      <Toolbar writing={writing} beside={beside} setBeside={setBeside} find={() => setFinding(true)} />
      {finding && <Find writing={writing} close={() => setFinding(false)} />}
      <div class="text-panes">
        <nav class="text-outline" aria-label={t("draft.outline")}>
          <Outline layout={layout} chosen={() => setBeside(null)} />
        </nav>
        <div class="text-scroll">
          <div class="text-page" lang={lang}>
            <TextNotices />
            <Clauses writing={writing} layout={layout} />
            {document.nodes.length === 0 && <p class="quiet">{t("draft.noClauses")}</p>}
            <Sources />
          </div>
        </div>
        <aside class="text-inspector" aria-label={t("draft.inspector")}>
          {selected === null ? <p class="quiet">{t("draft.selectClause")}</p> : <ClauseInspector node={selected} />}
        </aside>
      </div>
    </div>
  );
}

interface ClausesProps {
  writing: Writing;
  layout: Layout;
}

/** Draws every row at each edit: what is not another row is kept by ClauseRow, so nothing else may stand in between. */
function Clauses({ writing, layout }: ClausesProps) {
  const { document, projection, selected, select, desk, mode, lang, view: draft } = useDraft();
  const [taking, setTaking] = useState<string | null>(null);
  const views = useMemo(() => new Map(projection.clauses.map((each) => [each.node, each])), [projection]);
  const others = useOthers(writing.active?.node ?? null);
  const stop = selected ?? document.nodes[0]?.id;
  const drafting = document.meta.langs[0] ?? lang;
  const { active } = writing;
  const onMouseUp = (event: MouseEvent): void => {
    if (event.button !== 0 || clauseTextAround(event.target as Node)?.dataset["node"] === undefined) return;
    const span = selectedSpan();
    if (span !== null && span.from.node !== span.to.node) return; // several clauses: to be bracketed together
    const found = span === null ? placeAt(event.clientX, event.clientY) : null;
    if (span !== null) writing.open(span.from.node, { anchor: span.from.offset, head: span.to.offset });
    else if (found !== null) writing.open(found.node, { anchor: found.offset, head: found.offset });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const node = (event.target as HTMLElement).dataset["row"];
    if (node === undefined) return;
    const at = document.nodes.findIndex(({ id }) => id === node);
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Enter") writing.open(node, "end");
    else if (step !== 0 && event.altKey && event.shiftKey && mode === "write") moveAmong(desk, node, step);
    else if (step !== 0 && !event.altKey) focusRow(document.nodes[at + step], select);
    else return;
    event.preventDefault();
  };
  return (
    <div class="clauses" role="list" dir={directionOf(lang)} onMouseUp={onMouseUp} onKeyDown={onKeyDown}>
      {document.nodes.map((node) => {
        const row = rowOf(node, { view: views.get(node.id), draft, lang, drafting, layout });
        const further = {
          take: mode === "write" ? setTaking : null,
          selected: selected === node.id,
          writers: others.writers.get(node.id) ?? "",
          stop: node.id === stop,
        };
        if (active?.node !== node.id) return <ClauseRow key={node.id} {...row} {...further} />;
        return (
          <ClauseRow key={node.id} {...row} {...further}>
            <Open node={node} name={row.label} writing={writing} layout={layout} cursors={others.here} turn={active.turn} />
          </ClauseRow>
        );
      })}
      {taking !== null && <Taking clause={views.get(taking)} close={() => setTaking(null)} />}
    </div>
  );
}

/** A machine's words, as they were when it began, to be read against the source and made a person's own. */
function Taking({ clause, close }: { clause: ClauseView | undefined; close: () => void }) {
  const { view, lang } = useDraft();
  const [machine] = useState(() => (clause === undefined ? null : machineWords(view.machine, clause, lang)));
  if (clause === undefined || machine === null) return null;
  return <TranslateDialog clause={clause} source={machine.from} target={lang} start={machine.text} onClose={close} />;
}

function focusRow(node: TextNode | undefined, select: (node: string) => void): void {
  if (node === undefined) return;
  select(node.id);
  document.querySelector<HTMLElement>(`[data-row="${CSS.escape(node.id)}"]`)?.focus();
}

interface Shown {
  view: ClauseView | undefined;
  draft: DraftView;
  lang: string;
  drafting: string;
  layout: Layout;
}

const NO_RUNS = [] as const;

/** What a clause's row shows of the text; the same objects as before while it shows the same. */
function rowOf(node: TextNode, { view, draft, lang, drafting, layout }: Shown) {
  const machine = view === undefined || lang === drafting ? null : machineWords(draft.machine, view, lang);
  return {
    node: node.id,
    kind: node.kind,
    depth: view?.depth ?? 0,
    label: view === undefined ? "" : labelOf(view, lang),
    state: view?.state ?? "open",
    voided: view?.voided ?? false,
    stale: view?.concord[lang]?.fresh === false,
    gone: view?.gone ?? false,
    lang,
    runs: node.text[lang] ?? NO_RUNS,
    elsewhere: lang === drafting ? NO_RUNS : (node.text[drafting] ?? NO_RUNS),
    drafting,
    machine: machine?.text ?? "",
    machineBy: machine?.by ?? "",
    machineFresh: machine !== null && view !== undefined && isFresh(machine, view),
    signs: layout.signs.get(node.id),
    looks: layout.looks,
    notes: layout.notes,
  } as const;
}

interface OpenProps {
  node: TextNode;
  name: string;
  writing: Writing;
  layout: Layout;
  cursors: Surroundings["cursors"];
  turn: number;
}

/** The clause that is open: for writing in it, or for proposing other words for it. */
function Open({ node, name, writing, layout, cursors, turn }: OpenProps) {
  const { desk, document, text, lang, mode } = useDraft();
  const tell = useTelling(desk, node.id, lang);
  const around = useSurroundings(node, layout, cursors);
  const label = t("draft.editing", { clause: name || t(`draft.empty.${node.kind}`) });
  const { active, keys } = writing;
  const onView = (view: EditorView | null): void => {
    writing.view.current = view;
  };
  const missing = fragmentIn(text, node.id, lang) === undefined;
  useEffect(() => {
    if (missing && mode === "write") text.transact(() => ensureFragment(text, node.id, lang), EDIT);
  }, [missing, mode]);
  const fragment = fragmentIn(text, node.id, lang);
  const caret = active?.caret ?? "end";
  if (mode === "read") return <ReadOnly node={node} lang={lang} layout={layout} />;
  if (mode === "propose") {
    return <Proposing key={`${node.id} ${lang}`} node={node} lang={lang} label={label} around={around} close={() => writing.close()} />;
  }
  if (fragment === undefined) return null;
  const own = textIn(fragment);
  return (
    <ClauseEditor
      key={`${node.id} ${lang} ${turn} ${document.meta.langs.length}`}
      text={own}
      lang={lang}
      label={label}
      caret={caret}
      around={around}
      keys={keys}
      onView={onView}
      onState={(view) => tell(view, own)}
    />
  );
}

function ReadOnly({ node, lang, layout }: { node: TextNode; lang: string; layout: Layout }) {
  const runs = node.text[lang] ?? NO_RUNS;
  return (
    <div class="clause-text" data-node={node.id} lang={lang} dir="auto">
      <ClauseText runs={runs} signs={layout.signs.get(node.id)} looks={layout.looks} notes={layout.notes} lang={lang} />
    </div>
  );
}

function useSurroundings(node: TextNode, layout: Layout, cursors: Surroundings["cursors"]): Surroundings {
  const { document, lang } = useDraft();
  const [before, behind] = useMemo(() => {
    const hasWords = ({ kind, text }: TextNode): boolean => kind !== "note" && lengthOfRuns(text[lang] ?? []) > 0;
    const order = document.nodes.findIndex(({ id }) => id === node.id);
    const above = document.nodes.findLast((each, i) => i < order && hasWords(each));
    const below = document.nodes.find((each, i) => i > order && hasWords(each));
    return [above?.text[lang]?.at(-1)?.brackets ?? [], below?.text[lang]?.[0]?.brackets ?? []];
  }, [document, lang, node.id]);
  const deletions = layout.signs.get(node.id)?.deletions;
  const { looks, notes } = layout;
  const said = JSON.stringify([before, behind, deletions, cursors]);
  return useMemo(
    () => ({ before, behind, deletions: deletions ?? [], looks, notes, cursors, lang }),
    [said, looks, notes, lang],
  );
}
