// The devices of one's account: their names, when they were last here, taking one off.

import { useState } from "preact/hooks";
import type { DeviceView } from "../../member/api.ts";
import { shortDay, visitDay } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Loading } from "../parts/loading.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { Section } from "../parts/page.tsx";
import { useAnswer, usePortal, useSelect } from "../portal.ts";

export function Devices() {
  const { api } = usePortal();
  const [round, setRound] = useState(0);
  const dialog = useSelect((state) => state.dialog);
  // Asked again when the dialog that may have revoked one is closed.
  const { value, failure } = useAnswer(() => api.devices(), [round, dialog === null]);
  const [kept, setKept] = useState<DeviceView[]>([]);
  if (value !== undefined && value !== kept) setKept(value);
  const shown = value ?? kept;
  return (
    <Section title={t("settings.section.devices")} text={t("devices.text")}>
      <FailureNotice failure={failure} />
      {value === undefined && kept.length === 0 && failure === undefined && <Loading />}
      <ul class="device-list">
        {shown
          .filter((device) => !device.revoked)
          .map((device) => (
            <DeviceRow key={device.device} device={device} onChange={() => setRound(round + 1)} />
          ))}
      </ul>
      {shown.some((device) => device.revoked) && (
        <details>
          <summary>{t("devices.revoked", { count: shown.filter((device) => device.revoked).length })}</summary>
          <ul class="device-list">
            {shown
              .filter((device) => device.revoked)
              .map((device) => (
                <DeviceRow key={device.device} device={device} onChange={() => setRound(round + 1)} />
              ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

function DeviceRow({ device, onChange }: { device: DeviceView; onChange: () => void }) {
  const { session } = usePortal();
  const [renaming, setRenaming] = useState(false);
  const label = device.label === "" ? t(`deviceKind.${device.kind}`) : device.label;
  const seen =
    device.lastSeenDay === null ? t("devices.never") : t("devices.seen", { day: visitDay(device.lastSeenDay) });
  return (
    <li class="device">
      <Icon name={device.kind} size={18} />
      <div class="device-text">
        {renaming ? (
          <Rename
            device={device}
            onDone={() => {
              setRenaming(false);
              onChange();
            }}
            onCancel={() => setRenaming(false)}
          />
        ) : (
          <strong dir="auto">{label}</strong>
        )}
        <span class="quiet">
          {device.current ? t("devices.this") : seen} · {t("devices.since", { date: shortDay(device.created_s * 1000) })}
        </span>
      </div>
      {!device.revoked && !renaming && (
        <div class="button-row">
          <button
            type="button"
            class="button-small"
            aria-label={t("devices.rename", { label })}
            onClick={() => setRenaming(true)}
          >
            {t("action.rename")}
          </button>
          {!device.current && (
            <button
              type="button"
              class="button-small button-danger"
              aria-label={t("devices.revoke", { label })}
              onClick={() => session.show({ kind: "revoke-device", device: device.device, label })}
            >
              {t("revoke.action")}
            </button>
          )}
        </div>
      )}
    </li>
  );
}

function Rename({ device, onDone, onCancel }: { device: DeviceView; onDone: () => void; onCancel: () => void }) {
  const { api, session } = usePortal();
  const [label, setLabel] = useState(device.label);
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    await session.attempt(api.labelDevice(device.device, label.trim()));
    onDone();
  };
  return (
    <form
      class="inline-form"
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => event.key === "Escape" && onCancel()}
    >
      <input
        type="text"
        value={label}
        maxLength={60}
        autofocus
        dir="auto"
        aria-label={t("devices.label")}
        onInput={(event) => setLabel(event.currentTarget.value)}
      />
      <button type="submit" class="button-small button-primary">
        {t("action.save")}
      </button>
    </form>
  );
}
