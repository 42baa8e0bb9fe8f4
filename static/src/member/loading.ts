// Code that is fetched when it is first needed. The browser remembers what it has got, and tries again what failed.

import { MemberError } from "./failure.ts";

/** What is in later.ts. MemberError "network.offline" if it can not be fetched now. */
export function later(): Promise<typeof import("./later.ts")> {
  return arriving(import("./later.ts"));
}

/** `code` as it arrives; MemberError "network.offline" if the network kept it. */
export async function arriving<T>(code: Promise<T>): Promise<T> {
  try {
    return await code;
  } catch (error) {
    // The only thing by which a browser tells it: https://html.spec.whatwg.org/#hostloadimportedmodule
    if (!(error instanceof TypeError)) throw error;
    throw new MemberError("network.offline", {}, { cause: error });
  }
}
