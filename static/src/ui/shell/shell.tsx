// The three panes: rooms, record, side panel. On a narrow screen the address says which one is shown.

import { useEffect } from "preact/hooks";
import { t } from "../i18n.ts";
import { fetchDrafts, fetchLater } from "../parts/later.ts";
import { lazy } from "../parts/lazy.ts";
import { usePortal, useSelect } from "../portal.ts";
import { Banners } from "./banners.tsx";
import { Home } from "./home.tsx";
import { focusOn, shortcutOf } from "./keys.ts";
import { RoomsPane } from "./rooms-pane.tsx";

const Room = lazy(async () => (await fetchLater()).Room);
const DraftPage = lazy(async () => (await fetchDrafts()).DraftPage);
const SidePanel = lazy(async () => (await fetchLater()).SidePanel);
const Settings = lazy(async () => (await fetchLater()).Settings);
const Administration = lazy(async () => (await fetchLater()).Administration);

/** Fetched ahead, once the list of rooms stands: when it is wanted, there may be no network. */
const AHEAD_MS = 1000;

async function fetchAhead(): Promise<void> {
  try {
    await fetchLater();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // no network: asked for again when it is wanted
  }
}

export function Shell() {
  const portal = usePortal();
  const route = useSelect((state) => state.route);
  const panel = route.screen === "room" ? route.panel : null;
  const pane = route.screen === "home" ? "rooms" : panel === null ? "main" : "side";

  useEffect(() => {
    const timer = setTimeout(() => void fetchAhead(), AHEAD_MS);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const { dialog, preferences } = portal.store.get();
      if (event.defaultPrevented || dialog !== null || event.isComposing) return;
      const shortcut = shortcutOf(event, preferences.singleKeys);
      if (shortcut?.run === undefined) return;
      event.preventDefault();
      shortcut.run(portal);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [portal]);

  return (
    <div class={panel === null ? "shell" : "shell shell-with-side"} data-pane={pane}>
      <button type="button" class="skip-link" onClick={() => focusOn("#main")}>
        {t("shell.skip")}
      </button>
      <RoomsPane />
      <main class="main-pane" id="main" tabIndex={-1}>
        <Banners />
        {route.screen === "room" && <Room key={route.room} />}
        {route.screen === "draft" && <DraftPage key={route.draft} room={route.room} draft={route.draft} tab={route.tab} />}
        {route.screen === "home" && <Home />}
        {route.screen === "settings" && <Settings section={route.section} />}
        {route.screen === "administration" && <Administration section={route.section} />}
      </main>
      {panel !== null && <SidePanel panel={panel} />}
      <Announcer />
    </div>
  );
}

function Announcer() {
  const announcement = useSelect((state) => state.announcement);
  return (
    <div class="visually-hidden" role="log" aria-live="polite">
      {announcement}
    </div>
  );
}
