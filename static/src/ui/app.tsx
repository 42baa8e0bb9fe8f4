// Which screen is shown.

import { Fragment } from "preact";
import { useErrorBoundary } from "preact/hooks";
import { Elsewhere, Fault, Revoked, StorageFull, Unsupported } from "./entry/gate.tsx";
import { Frame } from "./entry/frame.tsx";
import { SignIn } from "./entry/sign-in.tsx";
import { t } from "./i18n.ts";
import { fetchLater } from "./parts/later.ts";
import { lazy } from "./parts/lazy.ts";
import { Loading } from "./parts/loading.tsx";
import { useSelect } from "./portal.ts";
import { Dialogs } from "./dialogs/dialogs.tsx";
import { Shell } from "./shell/shell.tsx";
import { Toasts } from "./shell/toasts.tsx";

const Onboarding = lazy(async () => (await fetchLater()).Onboarding);
const AlreadySignedIn = lazy(async () => (await fetchLater()).AlreadySignedIn);
const DemoSignIn = lazy(async () => (await fetchLater()).DemoSignIn);
const DemoOccupied = lazy(async () => (await fetchLater()).DemoOccupied);

export function App() {
  const lang = useSelect((state) => state.lang);
  const [fault] = useErrorBoundary((error) => reportError(error));
  if (fault !== undefined) return <Fault />;
  return (
    <Fragment key={lang}>
      <Demonstration />
      <Screen />
      <Dialogs />
      <Toasts />
    </Fragment>
  );
}

/** Nobody may take a demonstration for the real thing. */
function Demonstration() {
  const on = useSelect((state) => state.demonstration === true);
  if (!on) return null;
  return (
    <aside class="demonstration" aria-label={t("demo.name")}>
      <strong>{t("demo.name")}</strong> <span>{t("demo.text")}</span>
    </aside>
  );
}

function Screen() {
  const status = useSelect((state) => state.status);
  const route = useSelect((state) => state.route);
  if (status.phase === "unsupported") return <Unsupported missing={status.missing} />;
  if (status.phase === "storage-full") return <StorageFull />;
  if (route.screen === "demo" && (status.phase === "elsewhere" || status.phase === "ready")) {
    return <DemoOccupied name={status.phase === "ready" ? status.me.name : null} />;
  }
  if (status.phase === "elsewhere") return <Elsewhere />;
  if (status.phase === "revoked") return <Revoked />;
  if (route.screen === "invitation" && status.phase !== "starting") {
    if (status.phase === "ready") return <AlreadySignedIn name={status.me.name} />;
    return <Onboarding id={route.id} secret={route.secret} />;
  }
  if (status.phase === "signed-out" && route.screen === "demo") {
    return <DemoSignIn handle={route.handle} recoveryKey={route.key} />;
  }
  if (status.phase === "signed-out") return <SignIn />;
  if (status.phase === "ready") return <Shell />;
  return (
    <Frame title={t("state.starting")}>
      <Loading />
      <div class="late">
        <p>{t("state.late")}</p>
        <button type="button" onClick={() => location.reload()}>
          {t("fault.reload")}
        </button>
      </div>
    </Frame>
  );
}
