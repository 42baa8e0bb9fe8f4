// The sides of a draft, by their names in the address. Each is fetched when it is first drawn, or ahead.

import type { FunctionComponent } from "preact";
import { scriptsArrived } from "../fetching.ts";
import { lazy } from "../parts/lazy.ts";
import type { DraftTab } from "../shell/route.ts";

async function writing(): Promise<typeof import("./sides/writing.ts")> {
  await scriptsArrived("writing");
  return await import("./sides/writing.ts");
}

async function negotiating(): Promise<typeof import("./sides/negotiating.ts")> {
  await scriptsArrived("negotiating");
  return await import("./sides/negotiating.ts");
}

async function exchanging(): Promise<typeof import("./sides/exchanging.ts")> {
  await scriptsArrived("exchanging");
  return await import("./sides/exchanging.ts");
}

export const TABS: Readonly<Record<DraftTab, FunctionComponent>> = {
  text: lazy(async () => (await writing()).TextTab),
  positions: lazy(async () => (await negotiating()).PositionsTab),
  proposals: lazy(async () => (await negotiating()).ProposalsTab),
  acts: lazy(async () => (await negotiating()).ActsTab),
  languages: lazy(async () => (await negotiating()).LanguagesTab),
  versions: lazy(async () => (await exchanging()).VersionsTab),
};

/** Chooses a file for a new text and shows its clauses; what it then takes to make the text comes with it. */
export const FilePicker = lazy(async () => (await exchanging()).ImportPicker);
export async function textFromFile(): Promise<typeof import("./sides/exchanging.ts").createFromImport> {
  return (await exchanging()).createFromImport;
}

export const RightsDialog = lazy(async () => (await negotiating()).RightsDialog);

/** Fetch every side while there is a network: when one is wanted, there may be none. TypeError while there is none. */
export async function fetchSides(): Promise<void> {
  await Promise.all([scriptsArrived("writing"), scriptsArrived("negotiating"), scriptsArrived("exchanging")]);
}
