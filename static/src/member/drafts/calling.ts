// The page's calls about drafts: loaded with the first draft, so that no visit pays for their names.

import type { DraftApi, MemberApi } from "../api.ts";
import { METHODS } from "./methods.ts";

/** DraftApi over the one call that the worker takes for it. */
export function draftApi(api: Pick<MemberApi, "onDrafts">): DraftApi {
  const names = Object.keys(METHODS) as (keyof DraftApi)[];
  const calls = names.map((name) => [name, (...args: unknown[]) => api.onDrafts(name, args)]);
  return Object.fromEntries(calls) as unknown as DraftApi;
}
