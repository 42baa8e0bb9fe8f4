// Hands over what an investigation of a room's problems needs.

import type { RoomSummary } from "../../member/api.ts";
import { safeFileName, saveBlob } from "../parts/save.ts";
import type { Portal } from "../portal.ts";
import { roomName } from "./naming.ts";

/** Make the file of evidence of a room and give it to the reader's disk. Rejects as the call does. */
export async function saveEvidence({ api }: Portal, room: RoomSummary): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  saveBlob(await api.roomEvidence(room.room), `${safeFileName(roomName(room))} ${date}.evidence.jsonl`);
}
