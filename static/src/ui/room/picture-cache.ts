// Addresses of the pictures that were shown last. Older ones are released, all of them at the sign-out.

import type { Id } from "../../member/api.ts";

const KEPT = 60;
const addresses = new Map<Id, string>();

export function keptPicture(blob: Id): string | null {
  return addresses.get(blob) ?? null;
}

export function keepPicture(blob: Id, picture: Blob): string {
  const address = URL.createObjectURL(picture);
  addresses.set(blob, address);
  for (const [oldest, old] of addresses) {
    if (addresses.size <= KEPT) break;
    addresses.delete(oldest);
    URL.revokeObjectURL(old);
  }
  return address;
}

export function forgetPictures(): void {
  for (const address of addresses.values()) URL.revokeObjectURL(address);
  addresses.clear();
}
