// Puts store, session and screens together.

import { render } from "preact";
import type { Connection } from "../member/rpc.ts";
import { App } from "./app.tsx";
import { useLanguage } from "./catalogues.ts";
import { INTERFACE_LANGUAGES, chooseLanguage } from "./i18n.ts";
import { Fault } from "./entry/gate.tsx";
import { keepTitle, watchAttention } from "./attention.ts";
import { askDemonstration } from "./demonstration.ts";
import { type Portal, PortalContext } from "./portal.ts";
import { applyAppearance, loadPreferences } from "./preferences.ts";
import { RecordKeeper } from "./record/keeper.ts";
import { Session, clearSecret } from "./session.ts";
import { parseRoute } from "./shell/route.ts";
import { initialState } from "./state.ts";
import { Store } from "./store.ts";

/**
 * Draw the portal into `root`.
 *
 * @param stopped rejects when the worker can not run (any more); then nothing goes on and the page says so.
 */
export async function startPortal(connection: Connection, root: HTMLElement, stopped: Promise<never>): Promise<void> {
  const preferences = loadPreferences();
  applyAppearance(preferences);
  const lang = chooseLanguage(preferences.language, navigator.languages, INTERFACE_LANGUAGES);
  await useLanguage(lang);
  const store = new Store(initialState(preferences, parseRoute(location.hash), lang));
  clearSecret(store.get().route);
  const { api } = connection;
  const record = new RecordKeeper(api, store);
  const session = new Session(api, store, record);
  const portal: Portal = { api, store, session, record };
  const draw = (failed: boolean): void => {
    render(<PortalContext.Provider value={portal}>{failed ? <Fault /> : <App />}</PortalContext.Provider>, root);
  };
  addEventListener("popstate", () => session.followAddress());
  connection.onEvent((event) => session.take(event));
  keepTitle(store);
  watchAttention(api, store);
  stopped.catch(() => draw(true));
  draw(false);
  store.set({ demonstration: await askDemonstration() });
}
