// Files on their way, with amount, remaining time, pause and cancel.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Id, Transfer } from "../../member/api.ts";
import { failureWords } from "../failure-words.ts";
import { bytes, percent, remaining } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { usePortal, useSelect } from "../portal.ts";
import { TransferRate } from "../record/transfer-rate.ts";

/** A download that is over sooner needs no line, which would only push the record about. */
const PATIENCE_MS = 1000;

/** Downloads of this room; uploads stand in the composer until they are sent. Failures are told where one asked. */
export function TransferTray({ room }: { room: Id }) {
  const transfers = useSelect((state) => state.transfers);
  const shown = [...transfers.values()].filter(
    (transfer) => transfer.room === room && transfer.direction === "down" && transfer.state === "running",
  );
  if (shown.length === 0) return null;
  return (
    <ul class="transfers" aria-label={t("transfer.downloads")}>
      {shown.map((transfer) => (
        <Download key={transfer.transfer} transfer={transfer} />
      ))}
    </ul>
  );
}

function Download({ transfer }: { transfer: Transfer }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return late ? <TransferRow transfer={transfer} /> : null;
}

export function TransferRow({ transfer, onRemove }: { transfer: Transfer; onRemove?: () => void }) {
  const { api, session } = usePortal();
  const { transfer: id, name, done_bytes, total_bytes, state } = transfer;
  const up = transfer.direction === "up"; // only what is sent can be halted and gone on with
  const cancel = (): void => {
    if (state !== "done") void session.attempt(api.cancelTransfer(id));
    onRemove?.();
  };
  return (
    <li class={`transfer transfer-${state}`}>
      <Icon name={state === "done" ? "check" : state === "failed" ? "alert" : "file"} />
      <span class="transfer-name" dir="auto" title={name}>
        {name}
      </span>
      <span class="transfer-state">
        <TransferState transfer={transfer} />
      </span>
      {state !== "done" && (
        <progress aria-label={t("transfer.progress", { name })} value={done_bytes} max={Math.max(1, total_bytes)} />
      )}
      <span class="transfer-tools">
        {up && state === "running" && (
          <button
            type="button"
            class="button-quiet button-icon"
            aria-label={t("transfer.pause", { name })}
            onClick={() => void session.attempt(api.pauseTransfer(id))}
          >
            <Icon name="pause" size={14} />
          </button>
        )}
        {up && (state === "paused" || state === "failed") && (
          <button
            type="button"
            class="button-quiet button-icon"
            aria-label={t("transfer.resume", { name })}
            onClick={() => void session.attempt(api.resumeTransfer(id))}
          >
            <Icon name="play" size={14} />
          </button>
        )}
        <button
          type="button"
          class="button-quiet button-icon"
          aria-label={t(state === "done" ? "transfer.remove" : "transfer.cancel", { name })}
          onClick={cancel}
        >
          <Icon name="close" size={14} />
        </button>
      </span>
    </li>
  );
}

function TransferState({ transfer }: { transfer: Transfer }) {
  const rate = useRef(new TransferRate());
  const { state, done_bytes, total_bytes, failure } = transfer;
  if (state === "done") return <>{bytes(total_bytes)}</>;
  if (state === "failed") return <>{failureWords(failure ?? "client.fault")}</>;
  const amount = t("transfer.amount", {
    done: bytes(done_bytes),
    total: bytes(total_bytes),
    percent: percent(total_bytes === 0 ? 0 : done_bytes / total_bytes),
  });
  if (state === "paused") return <>{t("transfer.paused", { amount })}</>;
  rate.current.add(Date.now(), done_bytes);
  const left = rate.current.remaining_s(total_bytes);
  return <>{left === null ? amount : t("transfer.remaining", { amount, time: remaining(left) })}</>;
}
