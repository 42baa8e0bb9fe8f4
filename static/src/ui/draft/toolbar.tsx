// Above the text: undo, letters, brackets, clauses, search, language, and what stands beside it.

import { toggleMark } from "prosemirror-commands";
import type { Mark, Node } from "prosemirror-model";
import type { EditorState } from "prosemirror-state";
import { useEffect, useState } from "preact/hooks";
import type { NodeKind } from "../../wire/drafts/text.ts";
import { NODE_KINDS } from "../../draft/model/doc.ts";
import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { usePortal } from "../portal.ts";
import { modKey } from "../shell/keys.ts";
import { type Citing, CiteDialog, citingAt } from "./citing.tsx";
import { schema } from "./editor/schema.ts";
import { DraftIcon, type DraftIconName } from "./icons.tsx";
import { OptionDialog } from "./option-dialog.tsx";
import { selectedSpan } from "./places.ts";
import { stretchesOf } from "./stretches.ts";
import type { Beside } from "./text-tab.tsx";
import { useDraft } from "./use-draft.ts";
import { type Writing, moveAmong } from "./use-writing.ts";

interface ToolbarProps {
  writing: Writing;
  beside: Beside;
  setBeside: (beside: Beside) => void;
  find: () => void;
}

const CLAUSE_KINDS = NODE_KINDS.filter((kind): kind is Exclude<NodeKind, "note"> => kind !== "note");

interface ToolProps {
  name: DraftIconName;
  label: string;
  keys?: string;
  run: () => void;
}

/** A button that leaves the cursor where it is. */
function Tool({ name, label, keys, run }: ToolProps) {
  const words = keys === undefined ? label : `${label} (${keys})`;
  return (
    <button
      type="button"
      class="button-quiet button-icon"
      aria-label={label}
      title={words}
      onMouseDown={(event) => event.preventDefault()}
      onClick={run}
    >
      <DraftIcon name={name} />
    </button>
  );
}

export function Toolbar({ writing, beside, setBeside, find }: ToolbarProps) {
  const { mode } = useDraft();
  const mod = modKey();
  const toggle = (which: Exclude<Beside, null>): void => setBeside(beside === which ? null : which);
  return (
    <div class="text-tools" role="toolbar" aria-label={t("draft.tools")}>
      <button
        type="button"
        class="button-quiet button-icon only-squeezed"
        aria-label={t("draft.outline")}
        aria-expanded={beside === "outline"}
        onClick={() => toggle("outline")}
      >
        <DraftIcon name="outline" />
      </button>
      {mode === "write" && <WritingTools writing={writing} mod={mod} />}
      <button type="button" class="button-quiet button-icon" aria-label={t("draft.find")} title={`${t("draft.find")} (${mod} F)`} onClick={find}>
        <Icon name="search" />
      </button>
      <span class="text-tools-end">
        <ColumnField />
        <button
          type="button"
          class="button-quiet only-squeezed"
          aria-expanded={beside === "inspector"}
          onClick={() => toggle("inspector")}
        >
          <Icon name="panel" /> <span>{t("draft.inspector")}</span>
        </button>
      </span>
    </div>
  );
}

function WritingTools({ writing, mod }: { writing: Writing; mod: string }) {
  const [offering, setOffering] = useState<string | null>(null);
  const [citing, setCiting] = useState<Citing | null>(null);
  const { desk, lang } = useDraft();
  const { session } = usePortal();
  const { keys } = writing;
  const letters = (mark: "strong" | "em"): void => {
    const view = writing.view.current;
    if (view !== null) toggleMark(schema.marks[mark])(view.state, view.dispatch);
  };
  const bracket = useBracketing(writing);
  const offer = (): void => {
    const view = writing.view.current;
    const inner = view === null ? undefined : innerBracket(view.state);
    if (inner !== undefined) return setOffering(inner);
    const made = bracket();
    if (made !== null) setOffering(made);
  };
  const cite = (): void => {
    const found = citingAt(desk, lang, writing.active?.node, writing.view.current?.state);
    if (found === null) session.toast("problem", t("draft.selectFirst"));
    else setCiting(found);
  };
  useEffect(() => {
    writing.onCite = cite;
  });
  return (
    <>
      <Tool name="undo" label={t("draft.undo")} keys={`${mod} Z`} run={() => void keys.undo()} />
      <Tool name="redo" label={t("draft.redo")} keys={`${mod} ⇧ Z`} run={() => void keys.redo()} />
      <span class="text-tools-line" />
      <Tool name="bold" label={t("draft.bold")} keys={`${mod} B`} run={() => letters("strong")} />
      <Tool name="italic" label={t("draft.italic")} keys={`${mod} I`} run={() => letters("em")} />
      <span class="text-tools-line" />
      <Tool name="brackets" label={t("draft.bracket")} keys={`${mod} [`} run={() => void bracket()} />
      <Tool name="option" label={t("draft.offer")} run={offer} />
      <Tool name="note" label={t("draft.note")} run={() => writing.addNote()} />
      <Tool name="cite" label={t("draft.cite")} keys={`${mod} ⇧ L`} run={cite} />
      <ClauseMenu writing={writing} />
      {citing !== null && <CiteDialog citing={citing} onClose={() => setCiting(null)} />}
      {offering !== null && (
        <OptionDialog
          bracket={offering}
          onClose={() => {
            setOffering(null);
            desk.flush();
          }}
        />
      )}
    </>
  );
}

/** The innermost bracket in which all that is selected stands, or the cursor. */
function innerBracket({ selection, doc }: EditorState): string | undefined {
  const { $from, from, to, empty } = selection;
  const marks = empty ? $from.marks() : (doc.nodeAt(from)?.marks ?? []);
  const held = marks.filter((mark) => mark.type === schema.marks.bracket && (empty || spans(doc, mark, from, to)));
  const length = (mark: Mark): number => doc.children.reduce((sum, node) => sum + (mark.isInSet(node.marks) ? node.nodeSize : 0), 0);
  return held.sort((a, b) => length(a) - length(b))[0]?.attrs["id"] as string | undefined;
}

function spans(doc: Node, mark: Mark, from: number, to: number): boolean {
  let all = true;
  doc.nodesBetween(from, to, (node) => {
    if (node.isInline && !mark.isInSet(node.marks)) all = false;
  });
  return all;
}

/** Puts into a bracket what is selected: in the open clause, or over several at rest. The bracket; null for none. */
function useBracketing(writing: Writing): () => string | null {
  const { desk, document, lang, view } = useDraft();
  const { session } = usePortal();
  return () => {
    const editor = writing.view.current?.state;
    const span = selectedSpan();
    const open = writing.active?.node;
    const stretches =
      editor !== undefined && !editor.selection.empty && open !== undefined
        ? [{ node: open, lang, from: editor.selection.from, to: editor.selection.to }]
        : span === null
          ? []
          : stretchesOf(document, lang, span.from, span.to);
    desk.undo.stopCapturing();
    const made = desk.ops.bracketSpan(stretches, { by: view.delegation });
    desk.undo.stopCapturing();
    desk.flush();
    if (made === null) session.toast("problem", t("draft.selectFirst"));
    return made;
  };
}

function ClauseMenu({ writing }: { writing: Writing }) {
  const { desk, document, selected, view, ops } = useDraft();
  const { session } = usePortal();
  const node = document.nodes.find(({ id }) => id === selected);
  const edit = (work: () => unknown): void => {
    desk.undo.stopCapturing();
    work();
    desk.undo.stopCapturing();
    desk.flush();
  };
  const ofClause = (item: MenuItem): MenuItem | false => (node === undefined ? false : item);
  const items: (MenuItem | null | false)[] = [
    { label: t("draft.addClause"), icon: "plus", run: () => writing.insertBehind() },
    ofClause({ label: t("draft.moveUp"), icon: "up", shortcut: "Alt ⇧ ↑", run: () => moveAmong(desk, selected ?? "", -1) }),
    ofClause({ label: t("draft.moveDown"), icon: "down", shortcut: "Alt ⇧ ↓", run: () => moveAmong(desk, selected ?? "", 1) }),
    ofClause({
      label: t("draft.removeClause"),
      icon: "discard",
      danger: true,
      run: () => {
        writing.close();
        edit(() => ops.removeClause(selected ?? ""));
        session.toast("done", t("draft.removed"));
      },
    }),
    null,
    ...(node === undefined || node.kind === "note" ? [] : CLAUSE_KINDS).map((kind): MenuItem => ({
      label: t(`draft.kind.${kind}`),
      checked: node?.kind === kind,
      run: () => edit(() => ops.setKind(selected ?? "", kind)),
    })),
    null,
    {
      label: t("draft.whole"),
      run: () => edit(() => ops.bracketWhole({ by: view.delegation })),
    },
  ];
  return (
    <Menu label={t("draft.clause")} class="button-quiet" named items={items.filter((item) => item !== false)}>
      {t("draft.clause")} <Icon name="expand" size={14} />
    </Menu>
  );
}

/** Which language is read and written. */
function ColumnField() {
  const { document, lang, showLanguage } = useDraft();
  const { langs } = document.meta;
  if (langs.length < 2) return null;
  return (
    <select
      class="text-column"
      aria-label={t("draft.column")}
      value={lang}
      onChange={(event) => showLanguage(event.currentTarget.value)}
    >
      {langs.map((each) => (
        <option key={each} value={each}>
          {languageName(each)}
        </option>
      ))}
    </select>
  );
}
