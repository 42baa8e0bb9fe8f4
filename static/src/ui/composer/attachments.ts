// Files that belong to what is being written.

import type { Id } from "../../member/api.ts";
import { bytes } from "../format.ts";
import { t } from "../i18n.ts";
import type { Portal } from "../portal.ts";
import { pictureSize } from "../room/picture-kind.ts";

/** The largest file that a room takes: 1 GiB. */
export const LARGEST_BYTES = 1024 ** 3;

export async function attach(portal: Portal, room: Id, files: Iterable<File>): Promise<void> {
  for (const file of files) {
    if (file.size > LARGEST_BYTES) {
      portal.session.toast("problem", t("composer.tooLarge", { name: file.name, limit: bytes(LARGEST_BYTES) }));
      continue;
    }
    const transfer = await portal.session.attempt(portal.api.upload(room, file, await pictureSize(file)));
    // The same file again goes on with its transfer of before.
    if (transfer !== undefined) setAttached(portal, room, [...new Set([...attachedTo(portal, room), transfer])]);
  }
}

export function detach(portal: Portal, room: Id, transfer: Id): void {
  setAttached(
    portal,
    room,
    attachedTo(portal, room).filter((each) => each !== transfer),
  );
}

export function attachedTo({ store }: Portal, room: Id): readonly Id[] {
  return store.get().attached.get(room) ?? [];
}

export function setAttached({ store }: Portal, room: Id, transfers: readonly Id[]): void {
  store.set({ attached: new Map(store.get().attached).set(room, transfers) });
}
