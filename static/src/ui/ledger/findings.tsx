// What does not agree about the public ledger, in plain words, with what can be done about it.

import type { LedgerFinding, RoomView } from "../../member/api.ts";
import { moment } from "../format.ts";
import { type Key, t } from "../i18n.ts";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { usePersonName } from "../parts/person.tsx";
import { saveBlob } from "../parts/save.ts";
import { useCall, usePortal, useSelect } from "../portal.ts";
import { fragmentOf } from "../shell/route.ts";

type Kind = LedgerFinding["kind"];

/** The gravest first. */
const ABOUT_ALL: readonly Kind[] = ["split", "own-entry", "own-list", "key", "own-device", "withheld"];
const ORDER: readonly Kind[] = [...ABOUT_ALL, "other-key", "garbled"];
/** About the person's own account, or the whole portal; the others are about one member, and shown where they are. */
const EVERYWHERE: ReadonlySet<Kind> = new Set(ABOUT_ALL);
const ABOUT_MEMBERS: ReadonlySet<Kind> = new Set<Kind>(["split", "other-key", "garbled"]);

/** Words for a finding: title and text. */
export function findingKey(kind: Kind, part: "title" | "text"): Key {
  return `ledgerFinding.${kind}.${part}`;
}

export function toneOf(kind: Kind): "danger" | "warning" | "info" {
  if (kind === "garbled") return "info";
  return kind === "withheld" || kind === "own-device" || kind === "other-key" ? "warning" : "danger";
}

/** Those that a person has not seen, the gravest of each kind once. */
export function standing(findings: readonly LedgerFinding[], wanted: ReadonlySet<Kind>): LedgerFinding[] {
  const open = findings.filter(({ kind, answered }) => wanted.has(kind) && !answered);
  return ORDER.flatMap((kind) => open.find((finding) => finding.kind === kind) ?? []);
}

/** For the head of every page. */
export function LedgerBanners() {
  const findings = useSelect((state) => state.ledgerFindings);
  return (
    <>
      {standing(findings, EVERYWHERE).map((finding) => (
        <LedgerBanner key={finding.id} finding={finding} />
      ))}
    </>
  );
}

function LedgerBanner({ finding }: { finding: LedgerFinding }) {
  return (
    <Notice
      tone={toneOf(finding.kind)}
      title={t(findingKey(finding.kind, "title"))}
      actions={<Ways finding={finding} dismissing={finding.kind !== "split"} />}
    >
      {t(findingKey(finding.kind, "text"))}
    </Notice>
  );
}

/** For the head of a room: what came from one of its members. */
export function RoomLedgerBanner({ room }: { room: RoomView }) {
  const findings = useSelect((state) => state.ledgerFindings);
  const here = findings.filter(({ account }) => account !== null && room.members.includes(account));
  return (
    <>
      {standing(here, ABOUT_MEMBERS).map((finding) => (
        <MemberBanner key={finding.id} finding={finding} />
      ))}
    </>
  );
}

function MemberBanner({ finding }: { finding: LedgerFinding }) {
  const name = usePersonName(finding.account);
  return (
    <div class="problem-banner">
      <Notice
        tone={toneOf(finding.kind)}
        title={t(`ledgerFinding.${finding.kind}.member` as Key, { name })}
        actions={finding.kind === "split" ? undefined : <Ways finding={finding} dismissing />}
      >
        {finding.kind === "split" ? t("ledgerFinding.split.room") : t(findingKey(finding.kind, "text"))}
      </Notice>
    </div>
  );
}

/** What can be done about a finding. */
export function Ways(props: { finding: LedgerFinding; dismissing: boolean; /** In the panel itself. */ here?: boolean }) {
  const { finding, dismissing, here = false } = props;
  const { api, session } = usePortal();
  const call = useCall();
  const { id, kind, detail } = finding;
  const keep = async (): Promise<void> => save(await api.ledgerEvidence(id));
  const answer = (): void => void call.run(() => api.answerFinding(id));
  return (
    <>
      {finding.hasEvidence && (
        <button type="button" disabled={call.busy} onClick={() => void call.run(keep)}>
          {t("ledgerFinding.save")}
        </button>
      )}
      {kind === "own-device" && detail !== null && (
        <button
          type="button"
          class="button-danger"
          onClick={() => session.show({ kind: "revoke-device", device: detail, label: t("ledgerFinding.newDevice") })}
        >
          {t("ledgerFinding.removeDevice")}
        </button>
      )}
      {dismissing && (
        <button type="button" disabled={call.busy} onClick={answer}>
          {t(answerKey(kind))}
        </button>
      )}
      {!here && <a href={fragmentOf({ screen: "settings", section: "ledger" })}>{t("ledgerFinding.look")}</a>}
      <FailureNotice failure={call.failure} />
    </>
  );
}

function answerKey(kind: Kind): Key {
  if (kind === "own-device") return "ledgerFinding.itWasMe";
  return kind === "key" ? "ledgerFinding.follow" : "ledgerFinding.seen";
}

/** A line of the panel. */
export function FindingRow({ finding }: { finding: LedgerFinding }) {
  const name = usePersonName(finding.account);
  const member = finding.kind === "other-key" || finding.kind === "garbled";
  const about = member ? t(`ledgerFinding.${finding.kind}.member` as Key, { name }) : null;
  return (
    <li>
      <strong>{about ?? t(findingKey(finding.kind, "title"))}</strong>
      <p>{t(findingKey(finding.kind, "text"))}</p>
      <p class="quiet">
        {moment(finding.at_ms)} {finding.answered && t("ledgerFinding.answered")}
      </p>
      <div class="button-row">
        <Ways finding={finding} dismissing={!finding.answered} here />
      </div>
    </li>
  );
}

function save(evidence: Blob): void {
  saveBlob(evidence, `ledger ${new Date().toISOString().slice(0, 10)}.evidence.json`);
}
