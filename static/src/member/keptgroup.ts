// A room's group as this browser keeps it: bytes, until somebody needs what is inside. Listing the rooms does not.

import type { Group } from "../e2ee/group.ts";
import type { DeviceIdentity } from "../e2ee/identity.ts";
import { Refusal } from "../e2ee/refusal.ts";
import type { Bytes } from "../wire/bytes.ts";
import { later } from "./loading.ts";

export class KeptGroup {
  /** What is stored under "group:<id>". */
  readonly raw: Bytes;
  private readonly device: DeviceIdentity;
  private group: Group | null | undefined;

  /** `group`: what the bytes hold, if that is known already. */
  constructor(raw: Bytes, device: DeviceIdentity, group?: Group) {
    this.raw = raw;
    this.device = device;
    this.group = group;
  }

  /**
   * The group, or null if the bytes can not be read: then this device reads by grants until it is let in anew.
   * MemberError "network.offline" while MLS can not be loaded.
   */
  async read(): Promise<Group | null> {
    if (this.group !== undefined) return this.group;
    const { decodeGroup } = await later();
    try {
      return (this.group = decodeGroup(this.raw, this.device));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return (this.group = null);
    }
  }
}
