// Everything that exists while somebody is signed in: keys, people, rooms, transfers, the connection.

import type { DeviceAnswer, MeAnswer } from "./answers.ts";
import type { DeviceView, Me, MemberEvent } from "./api.ts";
import type { Drafts } from "./drafts/drafts.ts";
import type { Asides } from "./interpreters/asides.ts";
import { Transfers } from "./files.ts";
import { hasCode, MemberError } from "./failure.ts";
import { type Http, isPassing } from "./http.ts";
import { revokeDevice } from "../e2ee/devices.ts";
import { statementToJson } from "../e2ee/identity.ts";
import { ASIDE, PRESENCE, type ServerEvents, SESSION_REVOKED } from "../wire/events.ts";
import type { Id } from "../wire/ids.ts";
import { Keyholder } from "./keyholder.ts";
import { drafts, later } from "./loading.ts";
import { LedgerStore } from "./ledger/kept.ts";
import { Heeding } from "./ledger/heeding.ts";
import { People } from "./people.ts";
import { Persevering } from "./persevering.ts";
import type { Platform } from "./platform.ts";
import { Rooms } from "./rooms.ts";
import { fetchOwnList, identityOf, meOf, type Opened, type Session } from "./session.ts";
import { Socket } from "./socket.ts";
import type { Store } from "./store.ts";
import type { Vault } from "./vault.ts";

/** What the engine is told. */
export interface Listener {
  emit(event: MemberEvent): void;
  /** Connection, backup or the own row changed. */
  onStatus(): void;
  /** The server does not know this session any more; `revoked`: because its device was revoked. */
  onOut(revoked: boolean): void;
  onFault(error: unknown): void;
}

interface Parts {
  opened: Opened;
  http: Http;
  store: Store;
  platform: Platform;
  now_ms: () => number;
  listener: Listener;
}

const REVOKE_ATTEMPTS = 4;

export class SignedIn {
  readonly vault: Vault;
  readonly people: People;
  readonly ledger: LedgerStore;
  readonly heeding: Heeding;
  readonly keyholder: Keyholder;
  readonly rooms: Rooms;
  readonly transfers: Transfers;
  readonly socket: Socket;
  session: Session;
  connection: "connecting" | "online" | "offline" = "connecting";
  /** Whether what the server had was taken in since the sign-in. */
  settled = false;
  private readonly http: Http;
  private readonly store: Store;
  private readonly now_ms: () => number;
  private readonly listener: Listener;
  private readonly missed: Persevering;
  private active = true;
  private asked: Asides | null = null;
  private negotiated: Drafts | null = null;

  private constructor({ opened, http, store, platform, now_ms, listener }: Parts, device: Keyholder["device"]) {
    this.session = opened.session;
    this.vault = opened.vault;
    this.http = http;
    this.store = store;
    this.now_ms = now_ms;
    this.listener = listener;
    // By this device's own clock: the server must not be able to stop the hour.
    this.ledger = new LedgerStore(store, () => platform.now_ms());
    this.people = new People(http, store, this.vault, this.ledger);
    this.keyholder = new Keyholder({ device, http, store, vault: this.vault, people: this.people, now_ms });
    this.transfers = new Transfers(http, store);
    this.socket = new Socket({
      origin: platform.origin,
      ...(platform.socketHeaders && { headers: platform.socketHeaders }),
      ticket: () => this.ticket(),
      onConnection: (online) => this.connected(online),
      onEvent: (name, payload) => void this.rooms.quietly(() => this.heard(name, payload)),
    });
    this.missed = new Persevering({
      work: () => this.catchUp(),
      isWanted: () => this.socket.connected,
      onFault: (error) => void this.rooms.quietly(() => Promise.reject(error)),
    });
    this.rooms = new Rooms({
      http,
      store,
      people: this.people,
      me: () => this.me,
      keyholder: this.keyholder,
      ledger: this.ledger,
      onSaid: (room, rows) => {
        void this.rooms.quietly(() => this.heeding.hear(room, rows));
        void this.rooms.quietly(async () => this.negotiated?.roomMoved(room.id, rows));
      },
      socket: this.socket,
      now_ms,
      patience_ms: () => platform.patience_ms(),
      emit: (event) => listener.emit(event),
      onFault: (error) => this.fault(error),
      onDeviceList: (account) => this.deviceListChanged(account),
    });
    this.heeding = new Heeding({
      http,
      ledger: this.ledger,
      people: this.people,
      rooms: () => this.rooms.all(),
      own: device.device,
      emit: (event) => listener.emit(event),
      onFault: (error) => this.fault(error),
    });
  }

  /** Take up everything that is kept, and connect. */
  static async begin(parts: Parts): Promise<SignedIn> {
    const { listener } = parts;
    const signedIn = new SignedIn(parts, await identityOf(parts.opened.session));
    signedIn.vault.onBackup = () => listener.onStatus();
    signedIn.transfers.onChange = (transfer) => listener.emit({ type: "transfer", transfer });
    await signedIn.ledger.load();
    await signedIn.people.load();
    signedIn.people.onChange = () => {
      signedIn.rooms.peopleChanged();
      void signedIn.rooms.quietly(async () => signedIn.negotiated?.peopleChanged());
      listener.emit({ type: "people" });
    };
    await signedIn.rooms.load();
    await signedIn.transfers.load();
    signedIn.socket.start();
    return signedIn;
  }

  get me(): Me {
    return this.session.me;
  }

  async setSession(change: Partial<Session>): Promise<void> {
    this.session = { ...this.session, ...change };
    await this.store.put("session", this.session);
    this.listener.onStatus();
    this.rooms.readerChanged();
  }

  async updateMe(change: object): Promise<void> {
    const answer = await this.http.patch<MeAnswer>("/api/me", change);
    await this.setSession({ me: meOf(answer, this.session.device) });
    this.listener.emit({ type: "people" });
  }

  /** Questions to interpreters. */
  async asides(): Promise<Asides> {
    const { Asides } = await later();
    const { people, keyholder, socket, now_ms } = this;
    return (this.asked ??= new Asides({ people, keyholder, socket, now_ms }));
  }

  /** Drafts on the table of the rooms. */
  async drafts(): Promise<Drafts> {
    const { Drafts } = await drafts();
    const { rooms, socket, listener } = this;
    return (this.negotiated ??= new Drafts({ rooms, socket, emit: (event) => listener.emit(event) }));
  }

  /** Who has drafts in this browser sends what waits in them, and looks after them for the others. */
  private async tendDrafts(): Promise<void> {
    if (!(await this.store.holds("drafts:"))) return;
    await (await this.drafts()).connected();
  }

  setActive(active: boolean): void {
    this.active = active;
    void this.rooms.quietly(() => this.tellPresence());
  }

  async devices(): Promise<DeviceView[]> {
    const rows = await this.http.get<DeviceAnswer[]>("/api/devices");
    const { labels } = this.vault.content;
    return rows.map(({ device, kind, created_s, last_seen_day: lastSeenDay, revoked }) => {
      const current = device === this.session.device;
      return { device, kind, label: labels[device] ?? "", created_s, lastSeenDay, current, revoked };
    });
  }

  labelDevice(device: Id, label: string): Promise<void> {
    return this.vault.change((content) => ({ ...content, labels: { ...content.labels, [device]: label } }));
  }

  /** Revoke a device of the own account; what is sealed to the account from now on is closed to it. */
  async revokeDevice(device: Id): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.vault.refresh();
      const list = await fetchOwnList(this.vault, this.http);
      const box = await (await later()).newBoxKey();
      const at_s = Math.floor(this.now_ms() / 1000);
      const statement = statementToJson(
        await revokeDevice(list, this.vault.sign, { at_s, device, box: box.publicKey }),
      );
      const { content } = this.vault;
      const { vault, stored } = await this.vault.next({ ...content, box: [...content.box, box.seed] });
      try {
        await this.http.post("/api/devices/revoke", { statement, vault });
        await stored();
        break;
      } catch (error) {
        if (!hasCode(error, "device.list_moved", "vault.version") || attempt === REVOKE_ATTEMPTS) throw error;
      }
    }
    await this.people.refresh([this.session.account]);
    this.rooms.putOutRevoked();
  }

  /** There is room for what could not be kept: fetch it, and send what waits. */
  goOn(): void {
    if (this.socket.connected) void this.missed.run();
  }

  stop(): void {
    this.missed.stop();
    this.socket.stop();
    this.rooms.stop();
    this.negotiated?.stop();
    this.heeding.stop();
    this.transfers.stop();
    this.vault.stop();
  }

  private async ticket(): Promise<string> {
    try {
      return (await this.http.post<{ ticket: string }>("/api/socket-ticket")).ticket;
    } catch (error) {
      this.noticeOut(error);
      if (this.connection !== "offline") this.connected(false);
      throw error;
    }
  }

  private connected(online: boolean): void {
    this.connection = online ? "online" : "offline";
    this.listener.onStatus();
    if (online) void this.missed.run();
    else this.rooms.disconnected();
  }

  /** What has to be done whenever the connection stands again. */
  private async catchUp(): Promise<void> {
    await this.tellPresence();
    const answer = await this.http.get<MeAnswer>("/api/me");
    if (JSON.stringify(meOf(answer, this.session.device)) !== JSON.stringify(this.me)) {
      await this.setSession({ me: meOf(answer, this.session.device) });
    }
    if (answer.vault_version !== this.vault.version) await this.vault.refresh();
    // Devices and keys that changed while nobody could tell: to be known before anything is sent.
    const company = this.rooms.all().flatMap((room) => Object.keys(room.data.membership.accounts));
    await this.people.refresh([this.session.account, ...company]);
    if (this.isRevoked()) return this.listener.onOut(true);
    // Offers first: a new device is let in by others only with one.
    await this.keyholder.replenish();
    await this.people.all();
    await this.people.keepNames();
    await Promise.all([this.rooms.connected(), this.vault.flush()]);
    this.settled = true;
    this.listener.onStatus();
    // Before the first room is opened, which may be without a network.
    await later();
    void this.heeding.look();
    void this.rooms.quietly(() => this.tendDrafts());
  }

  /** What an event asks for is not lost with it: catching up brings it. */
  private async heard<Name extends keyof ServerEvents>(name: Name, payload: ServerEvents[Name]): Promise<void> {
    try {
      await this.hear(name, payload);
    } catch (error) {
      if (isPassing(error)) this.missed.again();
      throw error;
    }
  }

  private async hear<Name extends keyof ServerEvents>(name: Name, payload: ServerEvents[Name]): Promise<void> {
    if (name === SESSION_REVOKED) await this.http.get("/api/me").catch((error: unknown) => this.noticeOut(error));
    // Before the first question nothing can be an answer.
    else if (name === ASIDE) await this.asked?.hear(...(payload as ServerEvents[typeof ASIDE]));
    // Nor are there drafts to be followed before the first was asked for.
    else if (name.startsWith("draft")) await this.negotiated?.hear(name, payload);
    else await this.rooms.hear(name, payload);
  }

  private async deviceListChanged(account: Id): Promise<void> {
    if (account === this.session.account) await this.vault.refresh();
    await this.people.refresh([account]);
    if (this.isRevoked()) return this.listener.onOut(true);
    void this.heeding.look();
  }

  private isRevoked(): boolean {
    return this.people.device(this.session.account, this.session.device)?.revoked === true;
  }

  private async tellPresence(): Promise<void> {
    const { presence } = this.me.settings;
    if (this.socket.connected) await this.socket.call(PRESENCE, presence ? (this.active ? "active" : "away") : "off");
  }

  private fault(error: unknown): void {
    if (!this.noticeOut(error)) this.listener.onFault(error);
  }

  private noticeOut(error: unknown): boolean {
    if (!(error instanceof MemberError) || !hasCode(error, "session.required", "session.device_required")) return false;
    this.listener.onOut(error.detail["revoked"] === true);
    return true;
  }
}
