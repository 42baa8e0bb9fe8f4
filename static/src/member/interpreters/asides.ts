// Questions to interpreters that nobody else can read and nothing keeps.
//
// | a question is | left by                                                                               |
// |---------------|---------------------------------------------------------------------------------------|
// | open          | the answer of the account that was asked, from one of its devices → answered          |
// |               | 20 s pass → failed (aside.timeout); the server says that it is not there → failed     |
// | closed        | whatever comes for it now is not looked at, replayed answers neither                  |

import type { AsidePlace } from "../../e2ee/aside.ts";
import { Refusal } from "../../e2ee/refusal.ts";
import { b64, type Bytes, MalformedError, unb64 } from "../../wire/bytes.ts";
import { ASIDE } from "../../wire/events.ts";
import { type Id, newId } from "../../wire/ids.ts";
import type { AnswerView, Asked } from "../api.ts";
import { readsAs } from "./languages.ts";
import { answerView, encodeQuestion, readReply, type Reply } from "./asking.ts";
import { MemberError } from "../failure.ts";
import type { Keyholder } from "../keyholder.ts";
import { later } from "../loading.ts";
import type { People } from "../people.ts";
import type { Room } from "../room.ts";
import type { Socket } from "../socket.ts";

interface Parts {
  people: People;
  keyholder: Keyholder;
  socket: Socket;
  now_ms: () => number;
  /** How long to wait for an answer. */
  patience_ms?: number;
}

interface Open {
  room: Id;
  interpreter: Id;
  /** How many more asides are opened to find its answer. */
  tries: number;
  /** The lists of the interpreter were looked at anew for it. */
  refreshed: boolean;
  answer: (said: Reply["said"]) => void;
}

const PATIENCE_MS = 20_000;
const TRIES = 8;
/** What a question may hold, in Unicode characters. */
const TEXT_MAX = 8_000;

export class Asides {
  private readonly parts: Parts;
  private readonly open = new Map<Id, Open>();

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /**
   * Have `asked.interpreter` translate a text that nobody else is to read. MemberError interpreter.unvouched if nobody
   * whose key is known here answers for it, aside.absent, aside.timeout, translation.<problem>.
   */
  async ask({ id: room }: Room, asked: Asked): Promise<AnswerView> {
    const { people, socket } = this.parts;
    const { interpreter, text } = asked;
    if (people.interpreterCard(interpreter)?.vouched !== true) throw new MemberError("interpreter.unvouched");
    if ([...text].length > TEXT_MAX) throw new MemberError("translation.too_long");
    const ask = newId();
    const sealed = await this.seal(ask, room, asked);
    const waiting = this.answerTo(ask, room, interpreter);
    try {
      await socket.call(ASIDE, room, interpreter, b64(sealed));
      const said = await waiting.answer;
      if ("problem" in said) throw new MemberError(`translation.${said.problem}`);
      // What was not asked for must not look as if it had been.
      if (!readsAs(said.there.to, asked.to)) throw new MemberError("translation.failed");
      return answerView(text, said);
    } finally {
      waiting.close();
    }
  }

  /** An aside came. What is no answer to an open question is dropped. */
  async hear(room: Id, from: Id, sealed: string): Promise<void> {
    const awaited = [...this.open.values()].filter((one) => one.room === room && one.interpreter === from);
    // An interpreter that says more than a few things for each question wants to keep this browser busy.
    if (!awaited.some((one) => one.tries-- > 0)) return;
    const { people, keyholder } = this.parts;
    const place = { room, from, to: keyholder.device.account };
    const content = await this.openFrom(place, sealed, awaited);
    const reply = content && readReply(content);
    const question = reply && this.open.get(reply.ask);
    // From another account than the one that was asked it is nobody's answer.
    if (!question || question.interpreter !== from || question.room !== room) return;
    if (people.keyChanged(from) || people.isUnlogged(from)) return;
    question.answer(reply.said);
  }

  private async seal(ask: Id, room: Id, asked: Asked): Promise<Bytes> {
    const { people, keyholder, now_ms } = this.parts;
    const { device } = keyholder;
    const { sealAside } = await later();
    const place = { room, from: device.account, to: asked.interpreter };
    return sealAside(encodeQuestion(ask, asked, now_ms()), place, device, people.list(asked.interpreter).box);
  }

  private answerTo(ask: Id, room: Id, interpreter: Id): { answer: Promise<Reply["said"]>; close: () => void } {
    const { promise, resolve, reject } = Promise.withResolvers<Reply["said"]>();
    const late = (): void => reject(new MemberError("aside.timeout"));
    const timer = setTimeout(late, this.parts.patience_ms ?? PATIENCE_MS);
    this.open.set(ask, { room, interpreter, answer: resolve, tries: TRIES, refreshed: false });
    promise.catch(() => {}); // when the question could not even be sent, nobody waits for it
    const close = (): void => {
      clearTimeout(timer);
      this.open.delete(ask);
    };
    return { answer: promise, close };
  }

  /** The content of an aside; null if it is not what its account's device said. */
  private async openFrom(place: AsidePlace, sealed: string, awaited: readonly Open[]): Promise<Bytes | null> {
    try {
      return await this.opened(place, unb64(sealed), awaited);
    } catch (error) {
      if (error instanceof Refusal || error instanceof MalformedError) return null;
      throw error;
    }
  }

  private async opened(place: AsidePlace, sealed: Bytes, awaited: readonly Open[]): Promise<Bytes> {
    const { people, keyholder } = this.parts;
    const { openAside } = await later();
    const boxes = await keyholder.boxes();
    try {
      return (await openAside(sealed, place, boxes, people)).content;
    } catch (error) {
      const late = error instanceof Refusal && error.code === "aside.forged" && awaited.some((one) => !one.refreshed);
      if (!late) throw error;
      for (const one of awaited) one.refreshed = true;
      await people.refresh([place.from]); // its device may have been listed since
      return (await openAside(sealed, place, boxes, people)).content;
    }
  }
}
