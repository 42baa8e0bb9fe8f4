// Entry of a helper: a worker of the member worker, which examines items for it (examiners.ts). The build makes one file
// of it with all that it needs.

import { examine } from "../e2ee/examine.ts";
import { recordKeyOf } from "../e2ee/record.ts";
import { Refusal, type RefusalCode, type RefusalDetail } from "../e2ee/refusal.ts";
import type { Bytes } from "../wire/bytes.ts";
import type { Id } from "../wire/ids.ts";

/** Items to examine: keys stand once, and are named by their index, -1 for none. */
export interface Task {
  devices: Bytes[];
  keys: { room: Id; epoch: number; bucket: number; value: Bytes }[];
  items: { raw: Bytes; device: number; key: number }[];
}

/** An Examination that can be posted: a Refusal is none. */
export interface Posted {
  itemHash: Bytes;
  whole: boolean;
  signed: boolean;
  opened: Bytes | { code: RefusalCode; detail: RefusalDetail } | null;
}

async function answer(task: Task): Promise<Posted[]> {
  const keys = task.keys.map(({ value, room, epoch, bucket }) => recordKeyOf(value, room, epoch, bucket));
  const sealed = task.items.map(({ raw, device, key }) => {
    return { raw, deviceKey: task.devices[device] ?? null, key: keys[key] ?? null };
  });
  return (await examine(sealed)).map(({ opened, ...rest }) => {
    return { ...rest, opened: opened instanceof Refusal ? { code: opened.code, detail: opened.detail } : opened };
  });
}

addEventListener("message", ({ data }: MessageEvent<Task>) => {
  answer(data).then(postMessage, (error: unknown) => {
    // A rejection would stay in here; what is thrown reaches who waits.
    setTimeout(() => {
      throw error;
    });
  });
});
