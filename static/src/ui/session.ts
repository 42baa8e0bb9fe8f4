// The page's link with the worker: takes in its events, and carries out what several screens ask for.

import type { DraftEvent, Id, Me, MemberApi, MemberEvent, MessageEntry, RoomView, Transfer } from "../member/api.ts";
import { useLanguage } from "./catalogues.ts";
import { failureWords, isFailure } from "./failure-words.ts";
import { languageName } from "./format.ts";
import { INTERFACE_LANGUAGES, chooseLanguage, t, tn } from "./i18n.ts";
import { type Preferences, applyAppearance, storePreferences } from "./preferences.ts";
import type { RecordKeeper } from "./record/keeper.ts";
import { forgetPictures } from "./room/picture-cache.ts";
import { browserName } from "./settings/browser-name.ts";
import { onward } from "./shell/onward.ts";
import { type Route, fragmentOf, parseRoute, roomOf } from "./shell/route.ts";
import { type Dialog, type State, type Toast, me } from "./state.ts";
import type { Store } from "./store.ts";

const TOAST_MS = 6000;
/** What the person has just done herself needs no message. */
const CANCELLED = "transfer.cancelled";

/** A link's secret must not stay in the address bar, where it would be copied or synchronised. */
export function clearSecret(route: Route): void {
  if (route.screen !== "invitation" && route.screen !== "demo") return;
  history.replaceState(null, "", location.pathname + location.search); // where to go on to is no secret
}

/** Whether a demonstration's link means the person who is signed in already. */
function isOwnLink(route: Route, me: Me): boolean {
  return route.screen === "demo" && route.handle === me.handle;
}

export class Session {
  readonly #api: MemberApi;
  readonly #store: Store<State>;
  readonly #record: RecordKeeper;
  readonly #draftListeners = new Set<(event: DraftEvent) => void>();
  #toasts = 0;
  #asked = { rooms: 0, people: 0 };

  constructor(api: MemberApi, store: Store<State>, record: RecordKeeper) {
    this.#api = api;
    this.#store = store;
    this.#record = record;
    record.onArrival = (entries) => this.#tellArrivals(entries);
  }

  /** Take in one event of the worker. */
  take(event: MemberEvent): void {
    switch (event.type) {
      case "status":
        this.#takeStatus(event.status);
        break;
      case "rooms":
        void this.refreshRooms();
        break;
      case "people":
        void this.refreshPeople();
        break;
      case "room":
        this.#takeRoom(event.room);
        break;
      case "entries":
        this.#record.take(event.room, event.changed, event.removed);
        break;
      case "transfer":
        this.#takeTransfer(event.transfer);
        break;
      case "notify":
        this.#notify(event.room, event.mentioned);
        break;
      case "left-out":
        this.#tellLeftOut(event.accounts);
        break;
      case "terms":
        this.#store.set({ termsRound: this.#store.get().termsRound + 1 });
        break;
      case "ledger":
        this.#store.set({ ledgerFindings: event.findings });
        break;
      default:
        for (const listener of this.#draftListeners) listener(event);
    }
  }

  /** Hear what the worker tells about drafts. Returns the function that ends the listening. */
  onDraft(listener: (event: DraftEvent) => void): () => void {
    this.#draftListeners.add(listener);
    return () => this.#draftListeners.delete(listener);
  }

  #takeStatus(status: State["status"]): void {
    const before = this.#store.get().status;
    this.#store.set({ status });
    if (status.phase === "ready" && before.phase !== "ready") {
      const { route } = this.#store.get();
      const { screen } = route;
      // The link that was open here has just become this account.
      const became = before.phase === "signed-out" && (screen === "invitation" || screen === "demo");
      if (became || isOwnLink(route, status.me)) {
        this.#store.set({ route: { screen: "home" } });
      }
      if (before.phase !== "signed-out" || screen !== "invitation") this.#store.set({ settling: true });
      if (before.phase === "signed-out") void this.#nameDevice(status.me.device);
      void this.refreshPeople();
      void this.refreshRooms();
      void this.#refreshLedger();
      void this.#enter(this.#store.get().route);
    }
    const settles = status.phase === "ready" && status.settled && !(before.phase === "ready" && before.settled);
    if (settles) void this.#settle();
    if (status.phase !== "ready" && before.phase === "ready") this.#forget();
  }

  async #refreshLedger(): Promise<void> {
    const ledgerFindings = await this.attempt(this.#api.ledgerFindings());
    if (ledgerFindings !== undefined) this.#store.set({ ledgerFindings });
  }

  async #settle(): Promise<void> {
    const next = onward(location.search);
    if (next !== null) return location.replace(next);
    await this.refreshRooms();
    this.#store.set({ settling: false });
  }

  /** A new device is called after its browser, so that two of them can be told apart when one of them is lost. */
  async #nameDevice(device: Id): Promise<void> {
    const name = browserName(navigator.userAgent);
    try {
      const own = (await this.#api.devices()).find((each) => each.device === device);
      if (own?.label === "" && name !== "") await this.#api.labelDevice(device, name);
    } catch (error) {
      if (!isFailure(error)) throw error; // it stays without a name, which nobody has asked for
    }
  }

  /** Nothing of a person stays on the page after the sign-out. */
  #forget(): void {
    this.#record.close();
    forgetPictures();
    const empty = { rooms: null, room: null, people: new Map(), delegations: [], dialog: null, ledgerFindings: [] };
    this.#store.set({ ...empty, transfers: new Map(), attached: new Map() });
    this.#store.set({ opened: new Map(), hushed: new Set(), trusted: new Set() });
    this.#store.set({ composing: { reply: null, correct: null }, route: { screen: "home" } });
    history.replaceState(null, "", "#/");
  }

  /** An upload that this page did not begin was left by the one before it: it belongs to what is being written. */
  #takeTransfer(transfer: Transfer): void {
    const { transfers, attached } = this.#store.get();
    const { transfer: id, room, direction, state } = transfer;
    const left = !transfers.has(id) && direction === "up" && (state === "paused" || state === "done");
    this.#store.set({ transfers: new Map(transfers).set(id, transfer) });
    if (left) this.#store.set({ attached: new Map(attached).set(room, [...(attached.get(room) ?? []), id]) });
  }

  #takeRoom(room: RoomView): void {
    if (this.#store.get().room?.room === room.room) this.#store.set({ room });
  }

  #tellLeftOut(accounts: readonly Id[]): void {
    const { people } = this.#store.get();
    const names = accounts.map((account) => people.get(account)?.name ?? t("person.unknown"));
    this.toast("problem", t("addMembers.leftOut", { names: names.join(", ") }));
  }

  /** What arrives in the open room is read out; of many at once only how many there are. */
  #tellArrivals(entries: readonly MessageEntry[]): void {
    const [only] = entries;
    if (only === undefined) return;
    const name = this.#store.get().people.get(only.account)?.name ?? t("person.unknown");
    // A voice that speaks one language makes noise of another; a translation is read out when it comes.
    const own = me(this.#store.get())?.languages ?? [];
    const read = own.some((each) => each.split("-")[0] === only.lang.split("-")[0]);
    const text = read ? only.text : t("record.inLanguage", { language: languageName(only.lang) });
    this.announce(entries.length === 1 ? t("rooms.newest", { name, text }) : tn("record.newestNew", entries.length));
  }

  #notify(room: Id, mentioned: boolean): void {
    const { preferences, route } = this.#store.get();
    const inFront = document.visibilityState === "visible" && document.hasFocus();
    if (inFront || !preferences.notifications || !("Notification" in window)) return;
    if (Notification.permission !== "granted") return;
    const title = mentioned ? t("notify.mentioned") : t("notify.message");
    const shown = new Notification(title, { tag: `portal ${room}`, body: t("notify.body") });
    shown.onclick = () => {
      window.focus();
      const panel = route.screen === "room" ? route.panel : null;
      this.go({ screen: "room", room, panel });
      shown.close();
    };
  }

  async refreshRooms(): Promise<void> {
    const asked = ++this.#asked.rooms;
    const rooms = await this.attempt(this.#api.rooms());
    if (rooms !== undefined && asked === this.#asked.rooms) this.#store.set({ rooms });
  }

  async refreshPeople(): Promise<void> {
    const asked = ++this.#asked.people;
    const answers = await this.attempt(Promise.all([this.#api.people(), this.#api.delegations()]));
    if (answers === undefined || asked !== this.#asked.people) return;
    const [people, delegations] = answers;
    this.#store.set({ people: new Map(people.map((person) => [person.account, person])), delegations });
  }

  /** Go somewhere; `replace` keeps the back gesture from stopping at the place that is left. */
  go(route: Route, replace = false): void {
    const fragment = fragmentOf(route);
    if (fragment !== location.hash) history[replace ? "replaceState" : "pushState"](null, "", fragment);
    void this.#enter(route);
  }

  /** Go somewhere and wait until it is shown. */
  async open(route: Route): Promise<void> {
    const fragment = fragmentOf(route);
    if (fragment !== location.hash) history.pushState(null, "", fragment);
    await this.#enter(route);
  }

  /** The address was changed from outside: back, forward, a link. */
  followAddress(): void {
    const route = parseRoute(location.hash);
    clearSecret(route);
    void this.#enter(route);
  }

  async #enter(route: Route): Promise<void> {
    const { status, room, route: before } = this.#store.get();
    if (status.phase === "ready" && isOwnLink(route, status.me)) return this.#enter({ screen: "home" });
    this.#store.set({ route });
    if (status.phase !== "ready") return;
    const left = roomOf(before);
    const entered = roomOf(route);
    if (entered !== null && room?.room === entered) return;
    if (left !== null && left !== entered) {
      this.#record.close();
      this.#store.set({ room: null, composing: { reply: null, correct: null } });
      void this.attempt(this.#api.closeRoom(left));
    }
    if (entered !== null) await this.#openRoom(entered);
  }

  async #openRoom(id: Id): Promise<void> {
    this.#store.set({ roomFailure: null });
    try {
      const room = await this.#api.openRoom(id);
      const { route } = this.#store.get();
      if (roomOf(route) !== id) return;
      this.#store.set({ room });
      await this.#record.open(room);
    } catch (error) {
      if (!isFailure(error)) throw error;
      this.#store.set({ roomFailure: error });
    }
  }

  /** Close and open the current room again, fetching what is missing. */
  async reopenRoom(): Promise<void> {
    const { room } = this.#store.get();
    if (room === null) return;
    await this.attempt(this.#api.closeRoom(room.room));
    this.#record.close();
    await this.#openRoom(room.room);
  }

  /** Wait for a call; a failure becomes a toast and the answer is undefined. */
  async attempt<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      if (!isFailure(error)) throw error;
      if (error.code !== CANCELLED) this.toast("problem", failureWords(error.code, error.detail));
      return undefined;
    }
  }

  toast(tone: Toast["tone"], text: string): void {
    const id = ++this.#toasts;
    this.#store.set({ toasts: [...this.#store.get().toasts.slice(-3), { id, tone, text }] });
    if (tone === "done") setTimeout(() => this.dismiss(id), TOAST_MS);
  }

  dismiss(id: number): void {
    this.#store.set({ toasts: this.#store.get().toasts.filter((toast) => toast.id !== id) });
  }

  /** Let a screen reader say something, politely. */
  announce(announcement: string): void {
    this.#store.set({ announcement });
  }

  show(dialog: Dialog): void {
    this.#store.set({ dialog });
  }

  closeDialog(): void {
    this.#store.set({ dialog: null });
  }

  /** Change how this browser shows the portal. */
  async prefer(change: Partial<Preferences>): Promise<void> {
    const preferences = { ...this.#store.get().preferences, ...change };
    this.#store.set({ preferences });
    storePreferences(preferences);
    applyAppearance(preferences);
    if (change.language === undefined) return;
    const lang = chooseLanguage(preferences.language, navigator.languages, INTERFACE_LANGUAGES);
    await useLanguage(lang);
    this.#store.set({ lang });
  }
}
