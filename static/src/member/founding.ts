// Making a room: its group of one device and the first item of its record.

import { createGroup, encodeGroup, exporterValue, groupInfo } from "../e2ee/group.ts";
import { signItem } from "../e2ee/record.ts";
import { grantToJson, sealGrant } from "../e2ee/ring.ts";
import { b64 } from "../wire/bytes.ts";
import { bucketOf, firstHead, foundingBody, ItemKind } from "../wire/envelope.ts";
import { newId } from "../wire/ids.ts";
import type { History, RoomKind } from "./api.ts";
import type { Host } from "./host.ts";
import type { RoomWish } from "./making.ts";
import { atBase, newRoom, type PendingChange, type RoomData } from "./roomdata.ts";

/** A new room, kept with all that is to be sent for it and what is wished of it; the server has not heard of it. */
export async function foundingOf(kind: RoomKind, history: History, wish: RoomWish, host: Host): Promise<RoomData> {
  const { device } = host.keyholder;
  const { account } = device;
  const room = newId();
  const bucket = bucketOf(host.now_ms());
  const group = await createGroup(room, bucket, history, device);
  const place = { room, epoch: 0, bucket, device: device.device, sequence: 1, item: newId() };
  const head = firstHead(room);
  const fields = { kind: ItemKind.founding, ...place, seenNumber: 0, seenHead: head };
  const raw = await signItem(fields, foundingBody(room, history), device.key);
  const ring = [{ epoch: 0, bucket, value: await exporterValue(group) }];
  const content = { account, room, epoch: 0, base: { number: 0, head }, ring };
  const grant = grantToJson(await sealGrant(content, host.people.list(account).box, device));
  const request = { room, kind, envelope: b64(raw), grants: [grant], group_info: b64(await groupInfo(group)) };
  const pending: PendingChange = { kind: "founding", item: place.item, raw, request, group: encodeGroup(group) };
  const word = { room, kind, state: "active", role: "chair", members: [], cursor: 0, visible_from: 1 } as const;
  const data = { ...atBase(newRoom({ ...word, members: [] }), { number: 0, head }, 0), name: wish.name };
  await host.store.write(
    new Map<string, unknown>([
      [`room:${room}`, data],
      [`pending:${room}`, pending],
      [`wish:${room}`, wish],
    ]),
  );
  return data;
}
