// Keeps what is being written, so that it survives a change of room, a reload, a crash.

import type { Draft, Id, MemberApi } from "../../member/api.ts";
import { isFailure } from "../failure-words.ts";

const SAVE_AFTER_MS = 500;
const TYPING_FOR_MS = 4000;

export class DraftKeeper {
  readonly #api: MemberApi;
  readonly #room: Id;
  #pending: Draft | null = null;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #typing = false;

  constructor(api: MemberApi, room: Id) {
    this.#api = api;
    this.#room = room;
  }

  load(): Promise<Draft> {
    return this.#api.draft(this.#room);
  }

  /** Save soon; what follows within half a second is saved with it. */
  change(draft: Draft): void {
    this.#pending = draft;
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => this.flush(), SAVE_AFTER_MS);
  }

  /** Save now what is not saved yet. */
  flush(): void {
    clearTimeout(this.#saveTimer);
    const draft = this.#pending;
    this.#pending = null;
    if (draft !== null) quietly(this.#api.saveDraft(this.#room, draft));
  }

  /** Tell the others that something is being written, until a few seconds after the last key. */
  typing(on: boolean): void {
    clearTimeout(this.#typingTimer);
    if (on) this.#typingTimer = setTimeout(() => this.typing(false), TYPING_FOR_MS);
    if (on === this.#typing) return;
    this.#typing = on;
    quietly(this.#api.setTyping(this.#room, on));
  }

  stop(): void {
    this.flush();
    this.typing(false);
  }
}

/** A draft that could not be kept must not interrupt the writing; the banner about full storage tells the reason. */
function quietly(call: Promise<void>): void {
  call.catch((error: unknown) => {
    if (!isFailure(error)) throw error;
  });
}
