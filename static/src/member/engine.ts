// The engine: who is signed in, the status that the page shows, and with calls.ts the whole of MemberApi.
//
// | phase       | left by                                                                           |
// |-------------|-----------------------------------------------------------------------------------|
// | starting    | → unsupported, storage-full, elsewhere, signed-out, ready                         |
// | elsewhere   | takeOver() → starting                                                             |
// | signed-out  | confirmAccount(), signIn…() → ready                                               |
// | ready       | signOut() → signed-out (data erased) · session over → signed-out (data kept)      |
// |             | device revoked → revoked (data erased) · another tab takes over → elsewhere       |
// | storage-full| a reload: nothing is kept here that could be read, and nothing can be kept        |
// | revoked     | confirmAccount(), signIn…() → ready                                               |

import type { InvitationAnswer } from "./answers.ts";
import type {
  InvitationView,
  MemberApi,
  MemberEvent,
  NewAccount,
  OwnerProof,
  Status,
} from "./api.ts";
import type { Prepared, Proof } from "./becoming.ts";
import { Calls } from "./calls.ts";
import { hasCode, MemberError } from "./failure.ts";
import { Http } from "./http.ts";
import { later } from "./loading.ts";
import type { Platform } from "./platform.ts";
import type { Opened, Session } from "./session.ts";
import { SignedIn } from "./signedin.ts";
import { Space, type Unsent, unsentIn } from "./space.ts";
import type { Store } from "./store.ts";
import { Vault } from "./vault.ts";

/** From where on a wrong clock is worth a word, and corrected for the record's days. */
const CLOCK_TOLERANCE_S = 3600;

export class Engine extends Calls implements MemberApi {
  status: Status = { phase: "starting" };
  private readonly platform: Platform;
  private readonly emit: (event: MemberEvent) => void;
  protected readonly http: Http;
  protected readonly origin: string;
  private readonly space: Space;
  private inside: SignedIn | null = null;
  private prepared: { value: Prepared; tried: boolean } | null = null;
  private clockAhead_s = 0;
  private storageFull = false;

  constructor(platform: Platform, emit: (event: MemberEvent) => void) {
    super();
    this.platform = platform;
    this.origin = platform.origin;
    this.emit = emit;
    this.space = new Space(() => platform.openBackend());
    this.space.onFull = (full) => this.noticeFull(full);
    this.http = new Http({
      origin: platform.origin,
      fetch: platform.fetch,
      now_ms: () => platform.now_ms(),
      onClock: (ahead_s) => this.noticeClock(ahead_s),
    });
  }

  /** Become the writer of this browser, and whoever was signed in here. */
  async start(steal = false): Promise<void> {
    this.setStatus({ phase: "starting" });
    const missing = await this.platform.missing();
    if (missing.length > 0) return this.setStatus({ phase: "unsupported", missing });
    if (!(await this.platform.lock.acquire(steal, () => this.halt({ phase: "elsewhere" }))))
      return this.setStatus({ phase: "elsewhere" });
    try {
      await this.takeUp();
    } catch (error) {
      if (!hasCode(error, "client.storage_full")) throw error;
      this.setStatus({ phase: "storage-full" });
    }
  }

  /** Become whoever was signed in here, or nobody. */
  private async takeUp(): Promise<void> {
    let store = await this.space.open();
    const session = await store.get<Session>("session").catch(async (error: unknown) => {
      if (!(error instanceof Error) || error.name !== "OperationError") throw error;
      // The key that seals at rest is gone, and with it all that it sealed: nobody is signed in here any more.
      store = await this.freshStore();
      return undefined;
    });
    const vault = session && (await Vault.load({ account: session.account, key: session.vaultKey }, this.http, store));
    if (session && vault) await this.enter({ session, vault });
    else this.setStatus({ phase: "signed-out" });
  }

  /** End everything without a trace on the server: the tab closes. */
  stop(): void {
    this.space.letGo();
    this.inside?.stop();
    this.inside = null;
    this.platform.lock.release();
  }

  /** The network is said to be back. */
  hurry(): void {
    this.inside?.socket.hurry();
  }

  // becoming someone

  lookInvitation(id: string, secret: string): Promise<InvitationView> {
    return this.http.post<InvitationAnswer>("/api/invitations/look", { id, secret }, { idempotent: true });
  }

  async prepareAccount(id: string, secret: string, account: NewAccount): Promise<{ recoveryKey: string }> {
    await this.requireNothingOfOthers(account.handle);
    const { prepare, printed } = await later();
    this.prepared = { value: await prepare(id, secret, account, () => this.now_s()), tried: false };
    return { recoveryKey: printed(this.prepared.value) };
  }

  async confirmAccount(): Promise<void> {
    if (!this.prepared) throw new MemberError("account.unprepared");
    const { value, tried } = this.prepared;
    const { enrol } = await later();
    this.prepared.tried = true;
    const store = await this.freshStore();
    try {
      await this.keepAndEnter(await enrol(value, this.http, store), store);
    } catch (error) {
      // An earlier attempt may have reached the server although its answer did not come back.
      if (!tried || !hasCode(error, "invitation.used", "handle.taken")) throw error;
      await this.signIn(value.wish.handle, value.wish.passphrase);
    }
    this.prepared = null;
  }

  async unsent(): Promise<Unsent> {
    return unsentIn(this.space.opened);
  }

  async signIn(handle: string, passphrase: string, discard = false): Promise<void> {
    if (!discard) await this.requireNothingOfOthers(handle);
    const { withPassphrase } = await later();
    await this.become(await withPassphrase(handle, passphrase, this.http), false);
  }

  async signInWithRecovery(handle: string, recoveryKey: string, discard = false): Promise<void> {
    if (!discard) await this.requireNothingOfOthers(handle);
    const { withRecoveryKey } = await later();
    await this.become(await withRecoveryKey(handle, recoveryKey, this.http), true);
  }

  async signOut(): Promise<void> {
    const inside = this.signedIn();
    await inside.vault.flush();
    await this.http.post("/api/sign-out", {}).catch((error: unknown) => {
      if (!hasCode(error, "session.required", "network.offline", "network.timeout")) throw error;
    });
    await this.erase({ phase: "signed-out" });
  }

  async takeOver(): Promise<void> {
    if (this.status.phase === "elsewhere") await this.start(true);
  }

  async setPassphrase(passphrase: string, proof?: OwnerProof): Promise<void> {
    const inside = this.signedIn();
    const { changePassphrase } = await later();
    await changePassphrase(inside.session, passphrase, proof, this.http);
    await inside.setSession({ needsPassphrase: false });
  }

  async renewRecoveryKey(): Promise<{ recoveryKey: string }> {
    const { session, vault } = this.signedIn();
    const { renewRecoveryKey } = await later();
    return { recoveryKey: await renewRecoveryKey(session, vault) };
  }

  // what calls need

  /** Nobody is there whose page would be looked at. */
  override async setActive(active: boolean): Promise<void> {
    if (this.inside) await super.setActive(active);
  }

  protected signedIn(): SignedIn {
    if (!this.inside) throw new MemberError("client.not_ready");
    return this.inside;
  }

  protected store(): Store {
    return this.space.opened;
  }

  private async become(proof: Proof, needsPassphrase: boolean): Promise<void> {
    this.inside?.stop();
    this.inside = null;
    let store = await this.space.take();
    const before = await store.get<Session>("session");
    const { bind } = await later();
    const { opened, device } = await bind(proof, before, this.http, store, () => this.now_s());
    // Another account's data, or a revoked device's: none of it is for the one who signs in now.
    if (before && device === "new") {
      const { session } = opened;
      store = await this.freshStore();
      const vault = await Vault.open(
        { account: session.account, key: session.vaultKey },
        proof.answer.vault,
        this.http,
        store,
      );
      return this.keepAndEnter({ session: { ...session, needsPassphrase }, vault }, store);
    }
    const { session } = opened;
    const kept = await Vault.load({ account: session.account, key: session.vaultKey }, this.http, store);
    // What this browser had not stored yet is put upon the server's version.
    if (kept && device === "kept") await kept.refresh();
    const vault = kept && device === "kept" ? kept : opened.vault;
    await this.keepAndEnter({ session: { ...session, needsPassphrase }, vault }, store);
  }

  /**
   * What somebody else has written here and not sent would be erased by a sign-in with this name: not without a
   * question, and that before the server knows of the sign-in.
   */
  private async requireNothingOfOthers(handle: string): Promise<void> {
    const store = await this.space.take();
    const before = await store.get<Session>("session");
    if (!before || before.me.handle === handle.normalize("NFKC").trim().toLowerCase()) return;
    const { messages, drafts } = await unsentIn(store);
    if (messages + drafts > 0) throw new MemberError("account.unsent", { name: before.me.name, messages, drafts });
  }

  private async keepAndEnter(opened: Opened, store: Store): Promise<void> {
    await store.write(new Map<string, unknown>([["session", opened.session], opened.vault.keep()]));
    await this.enter(opened);
  }

  private async enter(opened: Opened): Promise<void> {
    let erased = false;
    // The socket and every answer say it, often at once: nothing is erased twice, and nothing said after that counts.
    const onOut = (revoked: boolean): void => {
      if (erased) return;
      erased = revoked;
      void (revoked ? this.erase({ phase: "revoked" }) : this.sessionOver());
    };
    const listener = {
      emit: this.emit,
      onStatus: () => this.showReady(),
      onOut,
      // Names and codes only: what went wrong must not carry content into a log.
      onFault: (error: unknown) => console.error("member:", error),
    };
    const parts = {
      opened,
      http: this.http,
      store: this.space.opened,
      platform: this.platform,
      now_ms: () => this.now_ms(),
      listener,
    };
    this.inside = await SignedIn.begin(parts);
    this.showReady();
  }

  private showReady(): void {
    if (!this.inside) return;
    const { me, connection, settled, vault, session } = this.inside;
    this.setStatus({
      phase: "ready",
      me,
      connection,
      settled,
      backup: vault.backup,
      clockOff_s: Math.abs(this.clockAhead_s) > CLOCK_TOLERANCE_S ? -this.clockAhead_s : null,
      storageFull: this.storageFull,
      needsPassphrase: session.needsPassphrase,
    });
  }

  private setStatus(status: Status): void {
    if (JSON.stringify(status) === JSON.stringify(this.status)) return;
    this.status = status;
    this.emit({ type: "status", status });
  }

  /** An empty store. */
  private freshStore(): Promise<Store> {
    this.inside?.stop();
    this.inside = null;
    return this.space.empty();
  }

  private halt(status: Status): void {
    this.space.letGo();
    this.inside?.stop();
    this.inside = null;
    this.setStatus(status);
  }

  private sessionOver(): void {
    this.inside?.stop();
    this.inside = null;
    this.setStatus({ phase: "signed-out" });
  }

  private async erase(status: Status): Promise<void> {
    await this.freshStore();
    this.setStatus(status);
  }

  /** Once there is room again, what was missed is taken up. */
  private noticeFull(full: boolean): void {
    const before = this.storageFull;
    this.storageFull = full;
    this.showReady();
    if (before && !full) this.inside?.goOn();
  }

  private noticeClock(ahead_s: number): void {
    const before = Math.abs(this.clockAhead_s) > CLOCK_TOLERANCE_S;
    this.clockAhead_s = ahead_s;
    if (before !== Math.abs(ahead_s) > CLOCK_TOLERANCE_S) this.showReady();
  }

  /** The clock for the record's days: the server's, where this device's is off by more than an hour. */
  private now_ms(): number {
    const off = Math.abs(this.clockAhead_s) > CLOCK_TOLERANCE_S;
    return this.platform.now_ms() + (off ? this.clockAhead_s * 1000 : 0);
  }

  protected now_s(): number {
    return Math.floor(this.now_ms() / 1000);
  }
}
