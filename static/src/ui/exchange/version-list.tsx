// What is on the table and every version that was kept: who kept it, when, and its fingerprint.

import type { Failure } from "../../member/api.ts";
import { failureWords } from "../failure-words.ts";
import { moment } from "../format.ts";
import { t } from "../i18n.ts";
import { Person } from "../parts/person.tsx";
import type { ExportFacts } from "./making.ts";
import { type Kept, NOW } from "./source.ts";
import type { Comparison } from "./versions-tab.tsx";

/** As many signs of a hash as tell two versions apart at a glance. */
const SHOWN_SIGNS = 12;

interface VersionListProps {
  facts: ExportFacts;
  comparison: Comparison | null;
  onCompare: (comparison: Comparison) => void;
}

export function VersionList({ facts, comparison, onCompare }: VersionListProps) {
  return (
    <ol class="version-list" reversed aria-label={t("exchange.title")}>
      <li class="version">
        <span class="version-name">{t("exchange.now")}</span>
        <Fingerprint hash={facts.now.hash} />
      </li>
      {facts.kept.map((kept) => (
        <VersionLine
          key={kept.revision.item}
          kept={kept}
          current={comparison?.before === kept.revision.item && comparison.after === NOW}
          onCompare={() => onCompare({ before: kept.revision.item, after: NOW })}
        />
      ))}
    </ol>
  );
}

function VersionLine({ kept, current, onCompare }: { kept: Kept; current: boolean; onCompare: () => void }) {
  const { revision, opened, failure } = kept;
  return (
    <li class="version">
      <span class="version-name" dir="auto">
        {revision.name}
      </span>
      <span class="version-about">
        <Person account={revision.account} />
        <time dateTime={new Date(revision.at_ms).toISOString()}>{moment(revision.at_ms)}</time>
      </span>
      {opened !== null && <Fingerprint hash={opened.hash} />}
      {failure !== null && <span class="quiet">{whyUnread(failure)}</span>}
      {failure === null && (
        <button type="button" class="button-link" aria-pressed={current} disabled={opened === null} onClick={onCompare}>
          {t("exchange.compareWithNow")}
        </button>
      )}
    </li>
  );
}

function whyUnread({ code, detail }: Failure): string {
  if (code === "room.no_key") return t("exchange.unread");
  return code === "draft.malformed" ? t("exchange.false") : failureWords(code, detail);
}

function Fingerprint({ hash }: { hash: string }) {
  return (
    <span class="version-hash" title={`${hash}\n${t("exchange.hashHint")}`}>
      {t("exchange.hash")} <code dir="ltr">{hash.slice(0, SHOWN_SIGNS)}</code>
    </span>
  );
}
