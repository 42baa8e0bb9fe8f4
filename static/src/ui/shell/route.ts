// Where the page stands, kept in the address's fragment, so that the back gesture works. It never leaves the browser.
//
//   #/                              rooms
//   #/room/<id>[/<panel>]           a room, perhaps with a side panel
//   #/room/<id>/draft/<draft>[/<tab>]  a draft of that room, the text or another of its sides
//   #/settings/<section>
//   #/administration/<section>
//   #/invitation/<id>.<secret>      an invitation link; cleared from the address as soon as it is read
//   #/demo/<handle>/<recovery key>  signs in at once where the server is a demonstration; cleared likewise

import type { Id } from "../../member/api.ts";

export const PANELS = ["members", "drafts", "files", "terms", "about", "search"] as const;
export type Panel = (typeof PANELS)[number];
export const DRAFT_TABS = ["text", "positions", "proposals", "acts", "languages", "versions"] as const;
export type DraftTab = (typeof DRAFT_TABS)[number];
export const SETTINGS = ["profile", "languages", "security", "devices", "interpreters", "appearance", "privacy", "ledger"] as const;
export type SettingsSection = (typeof SETTINGS)[number];
export const ADMINISTRATION = ["people", "delegations", "invitations"] as const;
export type AdministrationSection = (typeof ADMINISTRATION)[number];

export type Route =
  | { screen: "home" }
  | { screen: "room"; room: Id; panel: Panel | null }
  | { screen: "draft"; room: Id; draft: Id; tab: DraftTab }
  | { screen: "settings"; section: SettingsSection }
  | { screen: "administration"; section: AdministrationSection }
  | { screen: "invitation"; id: string; secret: string }
  | { screen: "demo"; handle: string; key: string };

const ID = /^[A-Za-z0-9_-]{22}$/;
const SECRET = /^[A-Za-z0-9_-]{16,128}$/;
const RECOVERY_KEY = /^[A-Za-z0-9-]{36,44}$/;

function oneOf<T extends string>(names: readonly T[], name: string | undefined): T | null {
  return names.find((each) => each === name) ?? null;
}

/** A sign-in name and a printed recovery key; the key's own check tells whether it is whole. */
function parseDemo(handle: string | undefined, key: string | undefined): Route | null {
  if (handle === undefined || key === undefined || !RECOVERY_KEY.test(key)) return null;
  try {
    return { screen: "demo", handle: decodeURIComponent(handle), key };
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

function parseInvitation(rest: string): Route | null {
  const [id = "", secret = ""] = rest.split(/[./]/, 2);
  return ID.test(id) && SECRET.test(secret) ? { screen: "invitation", id, secret } : null;
}

/** Read a fragment; whatever is not understood is the home screen. */
export function parseRoute(fragment: string): Route {
  const [screen = "", ...rest] = fragment.replace(/^#?\/?/, "").split("/");
  const [first, second, third, fourth] = rest;
  if (screen === "room" && first !== undefined && ID.test(first)) {
    if (second === "draft" && ID.test(third ?? "")) {
      return { screen: "draft", room: first, draft: third ?? "", tab: oneOf(DRAFT_TABS, fourth) ?? "text" };
    }
    return { screen, room: first, panel: oneOf(PANELS, second) };
  }
  if (screen === "settings") return { screen, section: oneOf(SETTINGS, first) ?? "profile" };
  if (screen === "administration") return { screen, section: oneOf(ADMINISTRATION, first) ?? "people" };
  if (screen === "invitation") return parseInvitation(rest.join("/")) ?? { screen: "home" };
  if (screen === "demo") return parseDemo(first, second) ?? { screen: "home" };
  return { screen: "home" };
}

/** The room that a route shows, or something of; null for none. */
export function roomOf(route: Route): Id | null {
  return route.screen === "room" || route.screen === "draft" ? route.room : null;
}

/** The fragment of a route. What holds a secret is never written back. */
export function fragmentOf(route: Route): string {
  switch (route.screen) {
    case "room":
      return `#/room/${route.room}${route.panel === null ? "" : `/${route.panel}`}`;
    case "draft":
      return `#/room/${route.room}/draft/${route.draft}${route.tab === "text" ? "" : `/${route.tab}`}`;
    case "settings":
      return `#/settings/${route.section}`;
    case "administration":
      return `#/administration/${route.section}`;
    default:
      return "#/";
  }
}
