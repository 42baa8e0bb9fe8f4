// A sign-in link of a demonstration: signs in at once with the recovery key that it holds. Only where the server says
// that it is a demonstration: elsewhere such a link could sign somebody in as another person, who would then write
// under that person's name without knowing it.

import { useEffect } from "preact/hooks";
import { t } from "../i18n.ts";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { Loading } from "../parts/loading.tsx";
import { useCall, usePortal, useSelect } from "../portal.ts";
import { Frame } from "./frame.tsx";

interface DemoLinkProps {
  handle: string;
  recoveryKey: string;
}

/** Nobody is signed in here: do it, or say why not. */
export function DemoSignIn({ handle, recoveryKey }: DemoLinkProps) {
  const { api, session } = usePortal();
  const demonstration = useSelect((state) => state.demonstration);
  const call = useCall();
  const enter = (discard: boolean): void => {
    void call.run(() => api.signInWithRecovery(handle, recoveryKey, discard));
  };
  useEffect(() => {
    if (demonstration === true) enter(false);
  }, [demonstration]);
  if (demonstration === false) return <DemoRefused />;
  return (
    <Frame title={t("demo.signingIn", { name: handle })}>
      {call.failure === null ? <Loading /> : <FailureNotice failure={call.failure} />}
      {call.failure !== null && (
        <div class="button-row">
          {call.failure.code === "account.unsent" ? (
            <button type="button" class="button-danger" onClick={() => enter(true)}>
              {t("signIn.discard")}
            </button>
          ) : (
            <button type="button" class="button-primary" onClick={() => enter(false)}>
              {t("action.retry")}
            </button>
          )}
          <button type="button" onClick={() => session.go({ screen: "home" }, true)}>
            {t("onboarding.toSignIn")}
          </button>
        </div>
      )}
    </Frame>
  );
}

function DemoRefused() {
  const { session } = usePortal();
  return (
    <Frame title={t("demo.refusedTitle")}>
      <p>{t("demo.refusedText")}</p>
      <div class="button-row">
        <button type="button" class="button-primary" onClick={() => session.go({ screen: "home" }, true)}>
          {t("onboarding.toSignIn")}
        </button>
      </div>
    </Frame>
  );
}

/** Somebody else is signed in in this browser, here or in another tab: two people need two browsers. */
export function DemoOccupied({ name }: { name: string | null }) {
  const { session } = usePortal();
  const demonstration = useSelect((state) => state.demonstration);
  if (demonstration === false) return <DemoRefused />;
  return (
    <Frame title={t("demo.occupiedTitle")}>
      <Notice tone="info">
        {name === null ? t("demo.occupiedTab") : t("demo.occupiedBy", { name })} {t("demo.occupiedText")}
      </Notice>
      <div class="button-row">
        <button type="button" class="button-primary" onClick={() => session.go({ screen: "home" }, true)}>
          {name === null ? t("demo.here") : t("demo.stay", { name })}
        </button>
      </div>
    </Frame>
  );
}
