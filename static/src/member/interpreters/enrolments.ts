// Letting interpreters in: what a program asks for is looked at, recognised by its code, and vouched for.

import { grouped, safetyHalf, statementToJson } from "../../e2ee/identity.ts";
import { type EnrolmentRequest, readEnrolment, readEnrolmentCode } from "../../e2ee/enrolment.ts";
import { type Readers, vouch } from "../../e2ee/vouching.ts";
import { unb64 } from "../../wire/bytes.ts";
import type { Id } from "../../wire/ids.ts";
import { MemberError } from "../failure.ts";
import type { Http } from "../http.ts";
import type { People } from "../people.ts";
import type { Vault } from "../vault.ts";

/** Who approves. */
interface Owner {
  vault: Vault;
  people: People;
  http: Http;
  now_s: number;
}

/** Refusal "enrolment.code", "enrolment.other", "enrolment.malformed". */
export async function lookEnrolment(
  code: string,
  http: Http,
): Promise<{ account: Id; machine: string; digits: string }> {
  const { account, machine, sign } = await fetchRequest(code, http);
  return { account, machine, digits: grouped(safetyHalf(account, sign)) };
}

/** Sign for the program behind a code, and know its key from now on. Returns its account. */
export async function approveEnrolment(
  code: string,
  wish: { name: string; languages: string[]; for: Readers },
  { vault, people, http, now_s }: Owner,
): Promise<Id> {
  const { account, sign } = await fetchRequest(code, http);
  const vouching = { account, at_s: now_s, by: vault.account, for: wish.for, sign };
  const statement = statementToJson(await vouch(vouching, vault.sign));
  const { name, languages } = wish;
  const body = { code: readEnrolmentCode(code), name, languages, vouch: statement };
  // Before anybody hears of the account: whatever key the server shows for it later, this one was approved.
  await people.pinKey(account, sign, name);
  const answer = await http.post<{ account: Id }>("/api/enrolments/approve", body, { idempotent: true });
  if (answer.account !== account) throw new MemberError("person.refused", { account });
  return account;
}

/** The request behind a code, recognised by it: looked at anew each time, because the server is not trusted. */
async function fetchRequest(code: string, http: Http): Promise<EnrolmentRequest> {
  const body = { code: readEnrolmentCode(code) };
  const { request } = await http.post<{ request: string }>("/api/enrolments/look", body, { idempotent: true });
  return readEnrolment(code, unb64(request));
}
