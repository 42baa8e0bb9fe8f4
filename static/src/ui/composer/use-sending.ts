// What keeps a message from being sent, and the sending itself.

import type { Id, MessageEntry, RoomView } from "../../member/api.ts";
import { type Portal, usePortal, useSelect } from "../portal.ts";
import { mentioned } from "../record/mentions.ts";
import { me } from "../state.ts";
import { attachedTo, setAttached } from "./attachments.ts";
import { isStopped } from "./blocked.tsx";
import type { Text } from "./use-text.ts";

/** What fits into one message, in UTF-8 bytes, with room for mentions and files (docs/protocol.md §5). */
const LARGEST_TEXT_BYTES = 48_000;

export interface Sending {
  lang: string;
  languages: readonly string[];
  attached: readonly Id[];
  /** Why it can not be sent now, as far as the text field itself should say so. */
  obstacle: "tooLong" | "filesFirst" | null;
  possible: boolean;
  send: () => Promise<void>;
}

const NOTHING: readonly Id[] = [];

export function useSending(room: RoomView, { text, change, drafts }: Text): Sending {
  const portal = usePortal();
  const own = useSelect(me);
  const { reply, correct } = useSelect((state) => state.composing);
  const writing = useSelect((state) => state.preferences.writing);
  const transfers = useSelect((state) => state.transfers);
  const attached = useSelect((state) => state.attached.get(room.room) ?? NOTHING);
  const languages = own?.languages ?? ["en"];
  const lang = writing !== null && languages.includes(writing) ? writing : (languages[0] ?? "en");
  const unfinished = correct === null && attached.some((id) => transfers.get(id)?.state !== "done");
  const tooLong = new TextEncoder().encode(text).length > LARGEST_TEXT_BYTES;
  const obstacle = tooLong ? "tooLong" : unfinished ? "filesFirst" : null;
  const empty = text.trim() === "" && (attached.length === 0 || correct !== null);
  const possible = !empty && obstacle === null && !isStopped(room);
  const send = async (): Promise<void> => {
    if (!possible) return;
    drafts.typing(false);
    if (correct !== null) await sendCorrection(portal, room, correct, text, lang);
    else await sendMessage(portal, room, { text, lang, reply, files: attached }, change);
  };
  return { lang, languages, attached, obstacle, possible, send };
}

async function sendCorrection(
  { api, session, store }: Portal,
  room: RoomView,
  message: MessageEntry,
  text: string,
  lang: string,
): Promise<void> {
  store.set({ composing: { reply: null, correct: null } });
  await session.attempt(api.correct(room.room, message.item, text.trim(), lang));
}

interface Written {
  text: string;
  lang: string;
  reply: MessageEntry | null;
  files: readonly Id[];
}

async function sendMessage(
  portal: Portal,
  room: RoomView,
  { text, lang, reply, files }: Written,
  change: (text: string) => void,
): Promise<void> {
  const { api, session, store, record } = portal;
  const { people } = store.get();
  const names = new Map(room.members.map((account) => [people.get(account)?.name ?? "", account]));
  change("");
  setAttached(portal, room.room, []);
  store.set({ composing: { reply: null, correct: null } });
  record.clearUnread();
  const message = {
    text: text.trim(),
    lang,
    reply: reply?.item ?? null,
    mentions: mentioned(text, names),
    files: [...files],
  };
  const item = await session.attempt(api.send(room.room, message));
  if (item !== undefined) {
    await record.toNewest();
    return;
  }
  // The worker did not take it: everything stands as before.
  change(text);
  setAttached(portal, room.room, [...files, ...attachedTo(portal, room.room)]);
  store.set({ composing: { reply, correct: null } });
}
