// Other words for a clause, by somebody who may propose them but not write the text: written in a copy of the clause and
// handed in as an alternative of the delegation.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { EditorView } from "prosemirror-view";
import { Doc, UndoManager } from "yjs";
import { addProposal } from "../../draft/negotiation/proposals.ts";
import { EDIT } from "../../draft/model/doc.ts";
import { plainText, readInline, textIn, insertRuns } from "../../draft/model/inline.ts";
import type { TextNode } from "../../wire/drafts/text.ts";
import { t } from "../i18n.ts";
import { usePortal } from "../portal.ts";
import { ClauseEditor, type EditorKeys } from "./editor/clause-editor.tsx";
import type { Surroundings } from "./editor/decorations.ts";
import { useDraft } from "./use-draft.ts";

interface ProposingProps {
  node: TextNode;
  lang: string;
  label: string;
  around: Surroundings;
  close: () => void;
}

/** A copy of the clause's words that nobody else sees, with an undo of its own. */
function useCopy(node: TextNode, lang: string) {
  return useMemo(() => {
    const doc = new Doc();
    const text = textIn(doc.getXmlFragment("copy"));
    insertRuns(text, 0, node.text[lang] ?? []);
    return { doc, text, undo: new UndoManager(text, { trackedOrigins: new Set([EDIT]) }) };
  }, [node.id, lang]);
}

export function Proposing({ node, lang, label, around, close }: ProposingProps) {
  const { session } = usePortal();
  const { proposals, view } = useDraft();
  const { doc, text, undo } = useCopy(node, lang);
  const [reason, setReason] = useState("");
  const [changed, setChanged] = useState(false);
  const editor = useRef<EditorView | null>(null);
  useEffect(() => () => doc.destroy(), [doc]);
  const before = plainText(node.text[lang] ?? []);
  const own = proposals.get(view.delegation);
  const handIn = (): void => {
    if (own === undefined) return;
    const words = plainText(readInline(text)).trim();
    const proposal = { kind: words === "" ? "delete" : "alternative", node: node.id, lang, bracket: null } as const;
    const rest = { start: null, end: null, quote: before, text: words === "" ? {} : { [lang]: words }, reason, cites: [] };
    addProposal(own, { ...proposal, ...rest }, Date.now());
    session.toast("done", t("draft.propose.done"));
    close();
  };
  const keys: EditorKeys = { ...NO_KEYS, undo: () => undo.undo() !== null || true, redo: () => undo.redo() !== null || true, escape: () => (close(), true) };
  return (
    <div class="proposing">
      <ClauseEditor
        text={text}
        lang={lang}
        label={label}
        caret="end"
        around={around}
        keys={keys}
        onView={(opened) => (editor.current = opened)}
        onState={() => setChanged(plainText(readInline(text)) !== before)}
      />
      <div class="proposing-bar">
        <label class="visually-hidden" for={`reason-${node.id}`}>
          {t("draft.propose.reason")}
        </label>
        <input
          id={`reason-${node.id}`}
          type="text"
          dir="auto"
          value={reason}
          placeholder={t("draft.propose.reason")}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <button type="button" class="button-primary" disabled={!changed || own === undefined} onClick={handIn}>
          {t("draft.propose.submit")}
        </button>
        <button type="button" onClick={close}>
          {t("action.cancel")}
        </button>
      </div>
    </div>
  );
}

const nothing = (): boolean => true;

/** What leads out of the clause does nothing in a copy of it. */
const NO_KEYS: EditorKeys = {
  split: nothing,
  joinBack: nothing,
  joinOn: nothing,
  leave: () => false,
  indent: () => false,
  move: nothing,
  bracket: nothing,
  cite: nothing,
  undo: nothing,
  redo: nothing,
  escape: nothing,
  pasteMore: nothing,
};
