// Calls from the page into the worker, and events back, over postMessage.
//
//   page → worker   {call: n, method, args}
//   worker → page   {call: n, value} | {call: n, failure}     answers, in any order
//                   {event}                                   a MemberEvent

import type { Failure, MemberApi, MemberEvent } from "./api.ts";
import { MemberError, toFailure } from "./failure.ts";

/** What a Worker, a MessagePort and a worker's global scope have in common. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
}

type Method = keyof MemberApi;

interface Call {
  call: number;
  method: Method;
  args: unknown[];
}

type FromWorker = { call: number; value: unknown } | { call: number; failure: Failure } | { event: MemberEvent };

/** The methods that a page may call; a name outside of this list is refused. */
const METHODS: { [name in Method]: true } = {
  lookInvitation: true,
  prepareAccount: true,
  confirmAccount: true,
  signIn: true,
  signInWithRecovery: true,
  signOut: true,
  unsent: true,
  takeOver: true,
  setPassphrase: true,
  renewRecoveryKey: true,
  people: true,
  delegations: true,
  updateMe: true,
  devices: true,
  labelDevice: true,
  revokeDevice: true,
  safetyNumber: true,
  setVerified: true,
  acknowledgeKey: true,
  acceptName: true,
  createDelegation: true,
  invite: true,
  invitations: true,
  withdrawInvitation: true,
  changeAccount: true,
  rooms: true,
  createRoom: true,
  openRoom: true,
  closeRoom: true,
  renameRoom: true,
  addMembers: true,
  removeMember: true,
  leaveRoom: true,
  archiveRoom: true,
  rejoin: true,
  answerProblem: true,
  roomEvidence: true,
  entries: true,
  numberAt: true,
  send: true,
  retry: true,
  discard: true,
  correct: true,
  withdraw: true,
  react: true,
  markRead: true,
  saveDraft: true,
  draft: true,
  setTyping: true,
  setActive: true,
  search: true,
  exportRecord: true,
  upload: true,
  download: true,
  pauseTransfer: true,
  resumeTransfer: true,
  cancelTransfer: true,
  ask: true,
  render: true,
  setTranslations: true,
  terms: true,
  saveTerm: true,
  removeTerm: true,
  ledger: true,
  ledgerFindings: true,
  ledgerEvidence: true,
  answerFinding: true,
  lookEnrolment: true,
  approveEnrolment: true,
  endInterpreter: true,
  onDrafts: true,
};

/** The page's end of the worker. `onEvent` returns the function that ends the listening. */
export interface Connection {
  api: MemberApi;
  onEvent(listener: (event: MemberEvent) => void): () => void;
}

/**
 * Connect the page to its member worker. Events that arrive before the first listener are kept for it.
 * A failing call rejects with a MemberError, which has the shape of Failure.
 */
export function connectMember(worker: Port): Connection {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const listeners = new Set<(event: MemberEvent) => void>();
  const early: MemberEvent[] = [];
  let calls = 0;

  worker.addEventListener("message", ({ data }) => {
    const message = data as FromWorker;
    if ("event" in message) {
      if (listeners.size === 0) early.push(message.event);
      for (const listener of listeners) listener(message.event);
      return;
    }
    const call = waiting.get(message.call);
    waiting.delete(message.call);
    if ("failure" in message) call?.reject(new MemberError(message.failure.code, message.failure.detail));
    else call?.resolve(message.value);
  });

  const invoke = (method: Method, args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const call = ++calls;
      waiting.set(call, { resolve, reject });
      worker.postMessage({ call, method, args } satisfies Call);
    });

  const names = Object.keys(METHODS) as Method[];
  const api = Object.fromEntries(names.map((name) => [name, (...args: unknown[]) => invoke(name, args)]));
  return {
    api: api as unknown as MemberApi,
    onEvent(listener) {
      listeners.add(listener);
      for (const event of early.splice(0)) listener(event);
      return () => listeners.delete(listener);
    },
  };
}

/** The worker's end: answer calls with `api`; returns the function that sends events to the page. */
export function serveMember(port: Port, api: MemberApi): (event: MemberEvent) => void {
  port.addEventListener("message", ({ data }) => {
    const { call, method, args } = data as Call;
    answer(api, method, args).then(
      (value) => port.postMessage({ call, value } satisfies FromWorker),
      (error: unknown) => port.postMessage({ call, failure: toFailure(error) } satisfies FromWorker),
    );
  });
  return (event) => port.postMessage({ event } satisfies FromWorker);
}

async function answer(api: MemberApi, method: Method, args: unknown[]): Promise<unknown> {
  if (!Object.hasOwn(METHODS, method)) throw new MemberError("client.fault", { method: String(method) });
  return (api[method] as (...given: unknown[]) => Promise<unknown>)(...args);
}
