// What the page may ask of the worker while somebody is signed in. Becoming somebody, and ceasing to be, is engine.ts's.

import { TYPING } from "../wire/events.ts";
import { type Id, newId } from "../wire/ids.ts";
import { evidenceOf } from "./alarms.ts";
import type { InvitationRowAnswer } from "./answers.ts";
import type {
  Answer,
  AnswerView,
  Asked,
  Delegation,
  DeviceView,
  Draft,
  DraftApi,
  Entry,
  ExportWords,
  History,
  InvitationRow,
  LedgerFinding,
  LedgerView,
  Mark,
  MemberApi,
  Person,
  Role,
  RoomKind,
  RoomSummary,
  RoomView,
  SafetyNumber,
  SearchHit,
  TermView,
  TermWord,
} from "./api.ts";
import { hashOf } from "./interpreters/composing.ts";
import { MemberError } from "./failure.ts";
import type { Http } from "./http.ts";
import { later } from "./loading.ts";
import type { SignedIn } from "./signedin.ts";
import type { Store } from "./store.ts";

/** The calls by which somebody becomes, or ceases to be, the one who is signed in. */
type Becoming =
  | "lookInvitation"
  | "prepareAccount"
  | "confirmAccount"
  | "unsent"
  | "signIn"
  | "signInWithRecovery"
  | "signOut"
  | "takeOver"
  | "setPassphrase"
  | "renewRecoveryKey";

export abstract class Calls implements Omit<MemberApi, Becoming> {
  protected abstract readonly http: Http;
  protected abstract readonly origin: string;

  /** MemberError "client.not_ready" if nobody is. */
  protected abstract signedIn(): SignedIn;
  protected abstract store(): Store;
  /** Seconds, by the clock of the record's days. */
  protected abstract now_s(): number;

  // people

  async people(): Promise<Person[]> {
    return this.signedIn().people.all();
  }

  async delegations(): Promise<Delegation[]> {
    return this.signedIn().people.delegations();
  }

  async updateMe(change: {
    name?: string;
    languages?: string[];
    settings?: { presence: boolean; typing: boolean };
  }): Promise<void> {
    await this.signedIn().updateMe(change);
    if (change.settings) this.signedIn().setActive(true);
  }

  async devices(): Promise<DeviceView[]> {
    return this.signedIn().devices();
  }

  async labelDevice(device: Id, label: string): Promise<void> {
    await this.signedIn().labelDevice(device, label);
  }

  async revokeDevice(device: Id): Promise<void> {
    await this.signedIn().revokeDevice(device);
  }

  async safetyNumber(account: Id): Promise<SafetyNumber> {
    return this.signedIn().people.safetyNumber(account);
  }

  async setVerified(account: Id, verified: boolean, name: string): Promise<void> {
    await this.signedIn().people.setVerified(account, verified, name);
  }

  async acknowledgeKey(account: Id): Promise<void> {
    await this.signedIn().people.acknowledge(account);
  }

  async acceptName(account: Id, name: string): Promise<void> {
    await this.signedIn().people.acceptName(account, name);
  }

  // administration

  createDelegation(name: string, code: string, colour: number): Promise<Delegation> {
    return this.http.post<Delegation>("/api/delegations", { name, code, colour });
  }

  async invite(delegation: Id | null, roles: Role[], days: number): Promise<{ link: string; expires_s: number }> {
    const body = { delegation, roles, days };
    const { id, secret, expires_s } = await this.http.post<{ id: Id; secret: string; expires_s: number }>(
      "/api/invitations",
      body,
    );
    return { link: `${this.origin}/#/invitation/${id}.${secret}`, expires_s };
  }

  async invitations(): Promise<InvitationRow[]> {
    return this.http.get<InvitationRowAnswer[]>("/api/invitations");
  }

  async withdrawInvitation(id: Id): Promise<void> {
    await this.http.delete(`/api/invitations/${id}`);
  }

  async changeAccount(account: Id, change: { roles?: Role[]; disabled?: boolean }): Promise<void> {
    await this.http.patch(`/api/accounts/${account}`, change);
  }

  // rooms

  async rooms(): Promise<RoomSummary[]> {
    return this.signedIn().rooms.summaries();
  }

  async createRoom(kind: RoomKind, name: string, members: Id[], history: History): Promise<Id> {
    return this.signedIn().rooms.create(kind, name, members, history);
  }

  async openRoom(room: Id): Promise<RoomView> {
    return this.signedIn().rooms.openRoom(room);
  }

  async closeRoom(room: Id): Promise<void> {
    this.signedIn().rooms.closeRoom(room);
  }

  async renameRoom(room: Id, name: string): Promise<void> {
    await this.signedIn().rooms.get(room).sender.add({ t: "name", name });
  }

  async addMembers(room: Id, accounts: Id[]): Promise<void> {
    await this.signedIn().rooms.addMembers(room, accounts);
  }

  async removeMember(room: Id, account: Id): Promise<void> {
    await this.signedIn().rooms.removeMember(room, account);
  }

  async leaveRoom(room: Id): Promise<void> {
    await this.signedIn().rooms.leave(room);
  }

  async archiveRoom(room: Id, archived: boolean): Promise<void> {
    await this.signedIn().rooms.archive(room, archived);
  }

  async rejoin(room: Id): Promise<void> {
    await this.signedIn().rooms.rejoin(room);
  }

  async answerProblem(room: Id, answer: Answer): Promise<{ parted: number | null }> {
    return { parted: await this.signedIn().rooms.answer(room, answer) };
  }

  async roomEvidence(room: Id): Promise<Blob> {
    const { rooms } = this.signedIn();
    return evidenceOf(rooms.get(room).room, rooms);
  }

  // the record

  async entries(
    room: Id,
    window: { before?: number; after?: number; limit: number },
  ): Promise<{ entries: Entry[]; more: boolean }> {
    return this.signedIn().rooms.get(room).room.timeline.entries(window);
  }

  async numberAt(room: Id, at_ms: number): Promise<number | null> {
    return this.signedIn().rooms.get(room).room.timeline.numberAt(at_ms);
  }

  async send(
    room: Id,
    message: { text: string; lang: string; reply: Id | null; mentions: Id[]; files: Id[] },
  ): Promise<Id> {
    const { rooms, transfers } = this.signedIn();
    const { text, lang, mentions, reply } = message;
    const files = transfers.describe(message.files);
    const item = await rooms
      .get(room)
      .sender.add({ t: "message", text, lang, mentions, files, ...(reply !== null && { reply }) });
    if (message.files.length > 0) await transfers.forget(message.files);
    return item;
  }

  async retry(room: Id, item: Id): Promise<void> {
    await this.signedIn().rooms.get(room).sender.retry(item);
  }

  async discard(room: Id, item: Id): Promise<void> {
    const { rooms } = this.signedIn();
    await rooms.get(room).sender.discard(item);
    rooms.discarded(room, item);
  }

  async correct(room: Id, item: Id, text: string, lang: string): Promise<void> {
    this.requireOwn(room, item);
    await this.signedIn().rooms.get(room).sender.add({ t: "correction", target: item, text, lang });
  }

  async withdraw(room: Id, item: Id, reason: string | null): Promise<void> {
    this.requireOwn(room, item);
    const content = { t: "withdrawal", target: item, ...(reason !== null && { reason }) } as const;
    await this.signedIn().rooms.get(room).sender.add(content);
  }

  async react(room: Id, item: Id, mark: Mark, on: boolean): Promise<void> {
    const { sender, room: open } = this.signedIn().rooms.get(room);
    if (!open.timeline.message(item)) throw new MemberError("item.unknown");
    await sender.add({ t: "reaction", target: item, mark, on });
  }

  async markRead(room: Id, number: number): Promise<void> {
    await this.signedIn().rooms.markRead(room, number);
  }

  async saveDraft(room: Id, draft: Draft): Promise<void> {
    this.signedIn();
    const empty = draft.text === "" && draft.reply === null;
    await this.store().put(`draft:${room}`, empty ? undefined : draft);
  }

  async draft(room: Id): Promise<Draft> {
    this.signedIn();
    return (await this.store().get<Draft>(`draft:${room}`)) ?? { text: "", reply: null };
  }

  async setTyping(room: Id, typing: boolean): Promise<void> {
    const { socket, me, rooms } = this.signedIn();
    if (!me.settings.typing || !socket.connected) return;
    await rooms.quietly(() => socket.call(TYPING, room, typing));
  }

  async setActive(active: boolean): Promise<void> {
    this.signedIn().setActive(active);
  }

  async search(query: string, room: Id | null): Promise<SearchHit[]> {
    const { rooms } = this.signedIn();
    const within = room === null ? rooms.all() : [rooms.get(room).room];
    const hits = within.flatMap((one) => one.timeline.search(query, one.id));
    return hits.sort((a, b) => b.at_ms - a.at_ms);
  }

  async exportRecord(room: Id, form: "bundle" | "html", words?: ExportWords): Promise<Blob> {
    const { rooms, people, keyholder, heeding } = this.signedIn();
    const open = rooms.get(room).room;
    const { readableRecord, recordBundle } = await later();
    if (form === "bundle") {
      const roots = await heeding.loggedRoots(open);
      return recordBundle(open, people, keyholder.device, this.now_s(), roots);
    }
    const made = { account: keyholder.device.account, at_ms: this.now_s() * 1000 };
    return readableRecord(open, people, words ?? { lang: "", words: {} }, made);
  }

  // files

  async upload(room: Id, file: File, size?: { width: number; height: number }): Promise<Id> {
    return this.signedIn().transfers.upload(room, file, size ?? null);
  }

  async download(room: Id, item: Id, blob: Id): Promise<Blob> {
    const { rooms, transfers } = this.signedIn();
    const file = rooms
      .get(room)
      .room.timeline.message(item)
      ?.files.find((one) => one.blob === blob);
    if (!file) throw new MemberError("item.unknown");
    return transfers.download(room, file);
  }

  async pauseTransfer(transfer: Id): Promise<void> {
    this.signedIn().transfers.pause(transfer);
  }

  async resumeTransfer(transfer: Id): Promise<void> {
    this.signedIn().transfers.resume(transfer);
  }

  async cancelTransfer(transfer: Id): Promise<void> {
    await this.signedIn().transfers.cancel(transfer);
  }

  // translation

  async ask(room: Id, asked: Asked): Promise<AnswerView> {
    const inside = this.signedIn();
    const { room: open } = inside.rooms.get(room);
    return (await inside.asides()).ask(open, asked);
  }

  async render(room: Id, item: Id, to: string, text: string): Promise<void> {
    const { sender, room: open } = this.signedIn().rooms.get(room);
    const source = open.timeline.textOf(item);
    if (source === null) throw new MemberError("item.unknown");
    await sender.add({ t: "rendering", target: item, source: hashOf(source), to, text });
  }

  async setTranslations(room: Id, on: boolean): Promise<void> {
    await this.signedIn().rooms.get(room).sender.add({ t: "translations", on });
  }

  async terms(room: Id): Promise<TermView[]> {
    return this.signedIn().rooms.get(room).room.timeline.terms();
  }

  async saveTerm(room: Id, line: { term: Id | null; words: TermWord[]; note: string }): Promise<Id> {
    const { words, note } = line;
    const term = line.term ?? newId();
    await this.signedIn().rooms.get(room).sender.add({ t: "term", term, words, note, on: true });
    return term;
  }

  async removeTerm(room: Id, term: Id): Promise<void> {
    const { sender, room: open } = this.signedIn().rooms.get(room);
    const line = open.timeline.terms().find((one) => one.term === term);
    if (!line) throw new MemberError("item.unknown");
    await sender.add({ t: "term", term, words: line.words, note: line.note, on: false });
  }

  // interpreters

  // the public ledger

  async ledger(): Promise<LedgerView> {
    return this.signedIn().heeding.view();
  }

  async ledgerFindings(): Promise<LedgerFinding[]> {
    return this.signedIn().heeding.findings();
  }

  async ledgerEvidence(finding: string): Promise<Blob> {
    return this.signedIn().heeding.evidence(finding);
  }

  async answerFinding(finding: string): Promise<void> {
    await this.signedIn().heeding.answer(finding);
  }

  async lookEnrolment(code: string): Promise<{ account: Id; machine: string; digits: string }> {
    const { lookEnrolment } = await later();
    return lookEnrolment(code, this.http);
  }

  async approveEnrolment(
    code: string,
    wish: { name: string; languages: string[]; for: "room" | "delegation" },
  ): Promise<Id> {
    const { vault, people } = this.signedIn();
    const { approveEnrolment } = await later();
    return approveEnrolment(code, wish, { vault, people, http: this.http, now_s: this.now_s() });
  }

  async endInterpreter(account: Id): Promise<void> {
    await this.http.post(`/api/interpreters/${account}/end`, {}, { idempotent: true });
    await this.signedIn().people.all();
  }

  async onDrafts(method: keyof DraftApi, args: unknown[]): Promise<unknown> {
    return (await this.signedIn().drafts()).call(method, args);
  }

  private requireOwn(room: Id, item: Id): void {
    const message = this.signedIn().rooms.get(room).room.timeline.message(item);
    if (!message) throw new MemberError("item.unknown");
    if (message.account !== this.signedIn().session.account) throw new MemberError("item.not_yours");
  }
}
