// The text that is being written: the room's draft, or a correction, during which the draft waits.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Draft, Id, MessageEntry } from "../../member/api.ts";
import { isFailure } from "../failure-words.ts";
import { type Portal, usePortal, useSelect } from "../portal.ts";
import { focusOn } from "../shell/keys.ts";
import { DraftKeeper } from "./draft.ts";

export interface Text {
  text: string;
  change: (text: string) => void;
  drafts: DraftKeeper;
}

export function useText(room: Id): Text {
  const portal = usePortal();
  const { reply, correct } = useSelect((state) => state.composing);
  const drafts = useMemo(() => new DraftKeeper(portal.api, room), [room]);
  const [draft, setDraft] = useState("");
  const [correction, setCorrection] = useState("");
  const touched = useRef(false);
  useEffect(() => {
    void takeUp(drafts).then((loaded) => {
      if (loaded === null || touched.current) return;
      setDraft(loaded.text);
      answerAgain(portal, loaded.reply);
    });
    if (matchMedia("(pointer: fine)").matches) focusOn("#composer-text");
    return () => drafts.stop();
  }, [drafts]);
  useLayoutEffect(() => setCorrection(correct?.text ?? ""), [correct]);
  useEffect(() => {
    if (touched.current) drafts.change({ text: draft, reply: reply?.item ?? null });
  }, [reply]);
  const change = (text: string): void => {
    touched.current = true;
    if (correct !== null) {
      setCorrection(text);
      return;
    }
    setDraft(text);
    drafts.change({ text, reply: text === "" ? null : (reply?.item ?? null) });
  };
  return { text: correct === null ? draft : correction, change, drafts };
}

async function takeUp(drafts: DraftKeeper): Promise<Draft | null> {
  try {
    return await drafts.load();
  } catch (error) {
    if (!isFailure(error)) throw error;
    return null; // one begins with an empty field
  }
}

/** The draft was an answer: to the same message again, if it is on the page. */
function answerAgain({ store }: Portal, item: Id | null): void {
  const entries = store.get().record?.window?.entries ?? [];
  const reply = entries.find((entry): entry is MessageEntry => entry.kind === "message" && entry.item === item);
  if (reply !== undefined) store.set({ composing: { reply, correct: null } });
}
