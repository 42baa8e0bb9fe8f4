// What may be called of drafts.

import type { DraftApi } from "./api.ts";

/** The methods that a page may call; a name outside of this list is refused. */
export const METHODS: { [name in keyof DraftApi]: true } = {
  drafts: true,
  createDraft: true,
  openDraft: true,
  closeDraft: true,
  draftState: true,
  draftUpdate: true,
  draftAct: true,
  draftTalk: true,
  setDraftRights: true,
  draftCursor: true,
  reviseDraft: true,
  draftRevision: true,
  signDraft: true,
  offlineObjection: true,
  draftBundle: true,
  draftInstruments: true,
  publishDraft: true,
  answerDraftProblem: true,
  draftEvidence: true,
};
